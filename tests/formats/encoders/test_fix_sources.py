"""Plans for the source of applications, as people read them."""

import pytest
from msgspec import structs

from lading.formats.encoders.text.fixes import encode_fixes_table
from lading.formats.view import View
from lading.model.fixes import FixPlan, Step, Upgrade
from tests.formats.encoders.answers import FIXES


def netty(where: str, name: str, version: str, *clears: str) -> Step:
    upgrade = Upgrade("maven", f"io.netty:{name}", (f"io.netty:{name}",), version, "4.1.135", clears)
    return Step("source", where, in_image=False, lines=(f"mvn {name}",), upgrades=(upgrade,))


EPOLL = "netty-transport-native-epoll"
STEPS = (
    netty("opt/lib/netty-codec-4.1.100.jar", "netty-codec", "4.1.100", "CVE-1", "CVE-2"),
    netty(f"opt/lib/{EPOLL}-4.1.100-linux-aarch_64.jar", EPOLL, "4.1.100", "CVE-3"),
    netty(f"opt/lib/{EPOLL}-4.1.100-linux-x86_64.jar", EPOLL, "4.1.100", "CVE-3"),
    netty(f"opt/lib/{EPOLL}-4.1.105.jar", EPOLL, "4.1.105", "CVE-3"),
)


def said(*steps: Step, show_all: bool = False) -> list[str]:
    plan: FixPlan = structs.replace(FIXES, steps=steps, stays=(), bases=(), diagnostics=())
    lines = encode_fixes_table(plan, View(120, show_all=show_all)).decode().splitlines()
    return [line.rstrip("─ ") for line in lines[lines.index("") + 1 :]]


def test_libraries_in_one_directory_are_of_one_application() -> None:
    """What one line changes is said once, and a vulnerability of one package counts once, as the plan counts it."""
    assert said(*STEPS) == [
        "── In the source of opt/lib (4 archives) · clears 4",
        "mvn netty-codec",
        f"mvn {EPOLL}",
        "io.netty:netty-codec                   4.1.100 → 4.1.135  clears 2",
        f"io.netty:{EPOLL}  4.1.100 → 4.1.135  clears 1",
        f"io.netty:{EPOLL}  4.1.105 → 4.1.135  clears 1",
    ]


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (netty("opt/lib/shop.jar", "netty-codec", "4.1.100", "CVE-1"), "opt/lib/shop.jar"),
        (netty("", "netty-codec", "4.1.100", "CVE-1"), "the application"),
        (structs.replace(STEPS[0], upgrades=STEPS[0].upgrades * 2), "opt/lib/netty-codec-4.1.100.jar"),
        (
            structs.replace(STEPS[0], upgrades=(structs.replace(STEPS[0].upgrades[0], type="golang"),)),
            "opt/lib/netty-codec-4.1.100.jar",
        ),
    ],
)
def test_what_has_others_in_it_is_an_application_of_its_own(step: Step, title: str) -> None:
    titles = [line for line in said(step, STEPS[1]) if line.startswith("── In the source of ")]
    assert titles[0].startswith(f"── In the source of {title} · clears")
    assert titles[1].startswith(f"── In the source of {STEPS[1].where}")


def test_of_many_upgrades_all_are_named_on_request() -> None:
    steps = [netty(f"opt/lib/netty-{n}-1.jar", f"netty-{n}", "1", "CVE-1") for n in range(23)]
    assert said(*steps)[-2:] == ["io.netty:netty-19  1 → 4.1.135  clears 1", "  and 3 more (--all)"]
    assert said(*steps, show_all=True)[-1] == "io.netty:netty-22  1 → 4.1.135  clears 1"
