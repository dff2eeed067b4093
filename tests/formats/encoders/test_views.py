"""What tables show of a report: by what its rows are grouped, what is selected, and what is only counted."""

import re
from collections.abc import Callable

import pytest
from msgspec import structs

from lading.formats.encoders.text.report import encode_report_table, encode_report_tree
from lading.formats.encoders.text.report_markdown import encode_report_markdown
from lading.formats.view import GroupBy, Selection, View
from lading.model.advisory import SEVERITY_ORDER
from lading.model.checks import Issue
from lading.model.decision import Evaluated
from lading.model.finding import HiddenReason
from lading.model.package import Location, Package
from lading.policy.gate import decide
from lading.policy.policy import Policy
from tests.formats.encoders.html.pages import many
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

SHOP = report_on(IMAGE, shop(), (), shop_store())
Encoder = Callable[[Evaluated, View], bytes]


def shown(view: View, policy: Policy | None = None, encode: Encoder = encode_report_table) -> str:
    return encode(Evaluated(SHOP, decide(SHOP, policy or Policy(), DAY)), view).decode()


def body(view: View, encode: Encoder = encode_report_table) -> str:
    """What stands between the header and what every table ends with."""
    return shown(view, encode=encode).partition("to be exploited\n\n")[2].partition("\n\n── Hidden by default")[0]


def test_by_package_the_upgrade_says_how_many_it_clears_of_all() -> None:
    lines = body(View(100, group_by="package")).splitlines()
    assert lines[0].startswith("── By package · 5 vulnerabilities in 3 packages ──")
    assert lines[5:9] == [
        "openssl 3.0.9-1 → 3.0.11-1~deb12u2  clears 2 of 3",
        "  risk 22  high (debian)       CVE-2023-5363                            A bug in the processing of…",
        "  risk 10  low (debian)        CVE-2023-3817        → 3.0.10-1~deb12u1",
        "  risk 16  unrated             CVE-2024-13176       no fix yet",
    ]


def test_by_layer_a_row_stands_in_every_layer_that_has_it() -> None:
    sections = body(View(100, group_by="layer")).split("── Layer ")[1:]
    assert [section.split(" ──")[0] for section in sections] == [
        "1 · 4 vulnerabilities in 2 packages",
        "2 · 4 vulnerabilities in 2 packages",
    ]
    assert [section.splitlines()[1] for section in sections] == [
        "← ADD file:4f2c4f2c4f2c in /",
        "← RUN apt-get install curl",
    ]
    assert "    in libssl3\n" in sections[0]
    assert ["CVE-2023-5363" in section for section in sections] == [True, True]
    assert ["CVE-2023-38545" in section for section in sections] == [False, True]


def test_by_severity_each_row_has_its_package() -> None:
    assert re.sub("─+", "─", body(View(100, group_by="severity"))).splitlines() == [
        "─ Critical · 1 vulnerability ─",
        "risk 94  CVE-2023-38545  KEV  curl 7.88.1-10  → 7.88.1-10+deb12u4  curl overflows a heap buffer in…",
        "",
        "─ High · 1 vulnerability ─",
        "risk 22  CVE-2023-5363  openssl 3.0.9-1  → 3.0.11-1~deb12u2  A bug in the processing of key and ini…",
        "",
        "─ Low · 2 vulnerabilities ─",
        "risk 10  CVE-2023-3817  openssl 3.0.9-1    → 3.0.10-1~deb12u1",
        "risk 10  CVE-2005-2541  tar 1.34+dfsg-1.2  no fix yet",
        "",
        "─ Unrated · 1 vulnerability ─",
        "risk 16  CVE-2024-13176  openssl 3.0.9-1  no fix yet",
    ]


def test_the_tree() -> None:
    assert body(View(100), encode_report_tree).splitlines() == [
        "layer 1: 4 vulnerabilities in 2 packages  ← ADD file:4f2c4f2c4f2c in /",
        "├─ openssl 3.0.9-1 → 3.0.11-1~deb12u2  clears 2 of 3",
        "│  ├─ CVE-2023-5363  high (debian)",
        "│  ├─ CVE-2023-3817  low (debian)  → 3.0.10-1~deb12u1",
        "│  └─ CVE-2024-13176  unrated  no fix yet",
        "└─ tar 1.34+dfsg-1.2",
        "   └─ CVE-2005-2541  low (debian)  no fix yet",
        "",
        "layer 2: 4 vulnerabilities in 2 packages  ← RUN apt-get install curl",
        "├─ curl 7.88.1-10 → 7.88.1-10+deb12u4",
        "│  └─ CVE-2023-38545  critical 9.8 (nvd)  KEV",
        "└─ openssl 3.0.9-1 → 3.0.11-1~deb12u2  clears 2 of 3",
        "   ├─ CVE-2023-5363  high (debian)",
        "   ├─ CVE-2023-3817  low (debian)  → 3.0.10-1~deb12u1",
        "   └─ CVE-2024-13176  unrated  no fix yet",
    ]


def test_the_summary_counts_and_names_the_upgrades() -> None:
    text = shown(View(100, summary=True))
    summary = text.partition("to be exploited\n\n")[2].partition("\n\n── Result")[0]
    assert re.sub("─+", "─", summary).splitlines() == [
        "─ Summary · 29 vulnerabilities ─",
        "            fixable  no fix yet  hidden",
        "critical          1",
        "high              1                  20",
        "low               1           1       1",
        "negligible                            1",
        "unrated                       1       2",
        "",
        "─ Upgrades that clear most · 2 packages ─",
        "openssl  3.0.9-1    → 3.0.11-1~deb12u2   clears 2",
        "curl     7.88.1-10  → 7.88.1-10+deb12u4  clears 1",
        "",
        "─ By layer · hidden ones left out ─",
        "layer 1: 4 vulnerabilities  ← ADD file:4f2c4f2c4f2c in /",
        "layer 2: 4 vulnerabilities  ← RUN apt-get install curl",
    ]


SELECTIONS = [
    Selection(severities=("critical", "low")),
    Selection(packages=("SSL",)),
    Selection(layers=(1,)),
    Selection(fixable=True),
    Selection(("low",), ("no such",), (7,), True),
]


@pytest.mark.parametrize("only", SELECTIONS, ids=lambda only: only.words)
@pytest.mark.parametrize("group_by", ["upgrade", "package", "layer", "severity"])
def test_a_selection_changes_neither_the_result_nor_a_rule(group_by: GroupBy, only: Selection) -> None:
    def answers(view: View) -> tuple[str, list[str]]:
        result = shown(view, Policy("low")).rpartition("── Result ")[2].splitlines()
        return result[1], [line for line in result if line.startswith(("--fail-on", "Exit"))]

    assert answers(View(200, only=only, group_by=group_by)) == answers(View(200))


@pytest.mark.parametrize("only", SELECTIONS, ids=lambda only: only.words)
@pytest.mark.parametrize("summary", [False, True])
def test_what_is_left_out_is_counted_and_named_where_it_fails_a_rule(only: Selection, summary: bool) -> None:
    text = shown(View(200, only=only, summary=summary), Policy("low"))
    left = re.search(r"── Not shown · (\d+) vulnerabilit", text)
    kept = sum(int(count) for count in re.findall(r"\d+", _tally(text)))
    assert left is not None
    assert f"left out by {only.words}; the result and every rule count them." in text
    if not summary and not only.layers:
        hidden = re.search(r"Hidden by default .*\n(.*)\n", text)
        counted = sum(int(count) for count in re.findall(r"\d+", hidden[1])) if hidden else 0
        assert int(left[1]) + kept + counted == 29
    for id in ("CVE-2023-38545", "CVE-2023-5363", "CVE-2005-2541", "CVE-2016-2781"):
        assert id in text


def _tally(text: str) -> str:
    """The counts at the head, without those that are exploited too."""
    line = text.split("\n\n")[1]
    return "" if line.startswith("──") else re.sub(r"\d+ known to be exploited", "", line)


def test_in_a_selection_of_nothing_nothing_looks_clean() -> None:
    text = shown(View(100, only=Selection(packages=("no such",))))
    assert "No known" not in text
    assert "3 vulnerabilities can be fixed by upgrading 2 packages; 2 have no fix yet; 24 are hidden" in text


@pytest.mark.parametrize("group_by", ["package", "layer", "severity"])
def test_all_shows_what_is_hidden_in_its_place_and_why(group_by: GroupBy) -> None:
    text = shown(View(100, group_by=group_by, show_all=True))
    assert "Hidden by default" not in text
    for id in {finding.id for finding in SHOP.findings if finding.is_open}:
        assert id in text
    words: dict[HiddenReason, str] = {"minor": "hidden: minor", "wont_fix": "hidden: won't be fixed"}
    assert all(word in text for word in words.values())


def test_markdown_says_what_a_selection_leaves_out() -> None:
    text = shown(View(only=Selection(severities=("critical",))), encode=encode_report_markdown)
    assert "**1 vulnerability**: 1 critical, 28 left out by --severity critical\n" in text
    assert "CVE-2023-5363" not in text
    summary = shown(View(summary=True), encode=encode_report_markdown)
    assert "**5 vulnerabilities**: 1 critical, 1 high, 2 low, 1 unrated, 24 hidden\n" in summary
    assert "CVE-" not in summary


def test_markdown_folds_what_nobody_can_fix_where_that_is_much() -> None:
    report = many(40)
    text = encode_report_markdown(Evaluated(report, decide(report, Policy(None), DAY)), View()).decode()
    above, summary, below = text.partition("<details><summary>14 without a fix</summary>\n\n| vulnerability |")
    assert above.count("\n| CVE-") == 26
    assert summary
    folded, end, _ = below.partition("\n\n</details>\n\n")
    assert folded.count("\n| CVE-") == 14
    assert end
    few = many(6)
    assert "<details>" not in encode_report_markdown(Evaluated(few, decide(few, Policy(None), DAY)), View()).decode()


def test_a_library_is_where_its_file_is() -> None:
    (target,) = SHOP.targets
    pattern = next(one for one in target.findings if one.is_open)
    places = tuple(Location(f"srv/{name}/package.json", 2) for name in ("a", "b", "c"))
    package = Package("lodash", "4.17.20", "npm", layer=2, locations=(Location("srv/lock.json", 1), *places))
    finding = structs.replace(pattern, package=package, fixed_version="4.17.21", fix_state="fixed", hidden_reason="")
    report = structs.replace(SHOP, targets=(structs.replace(target, findings=(finding,)),))
    text = encode_report_table(Evaluated(report, decide(report, Policy(None), DAY)), View(100)).decode()
    assert "\nlodash 4.17.20 (npm) → 4.17.21\n" in text
    assert "\n    layer 2: srv/a/package.json, srv/b/package.json and 1 more" in text


def test_what_to_do_about_licenses_is_said_once() -> None:
    (target,) = SHOP.targets
    forbidden = Issue("AGPL-3.0-only", "license", "Forbidden license", "critical", place="package", fix="Ask.")
    restricted = [
        structs.replace(forbidden, id=name, title="Restricted license", severity="high", fix="Offer the source.")
        for name in ("GPL-2.0-only", "GPL-3.0-only")
    ]
    changed = structs.replace(target, checks=("licenses",), issues=(forbidden, *restricted))
    report = structs.replace(SHOP, targets=(changed,))
    text = encode_report_table(Evaluated(report, decide(report, Policy(None), DAY)), View(100)).decode()
    section = text.partition("── Licenses")[2].partition("\n\n── ")[0].splitlines()[1:]
    assert [line for line in section if not line.startswith("    (")] == [
        "CRITICAL  AGPL-3.0-only  Forbidden license, 1 package",
        "    Ask.",
        "",
        "HIGH  GPL-2.0-only  Restricted license, 1 package",
        "",
        "HIGH  GPL-3.0-only  Restricted license, 1 package",
        "    Offer the source.",
    ]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("group_by", ["package", "layer", "severity"])
def test_no_line_is_too_long(group_by: GroupBy, width: int) -> None:
    report = many(200)
    evaluated = Evaluated(report, decide(report, Policy("low"), DAY))
    for text in (
        encode_report_table(evaluated, View(width, group_by=group_by)),
        encode_report_tree(evaluated, View(width)),
        encode_report_table(evaluated, View(width, summary=True)),
    ):
        assert max(map(len, text.decode().splitlines())) <= width
        assert b"\x1b" not in text


def test_every_severity_has_its_section() -> None:
    report = many(12)
    text = encode_report_table(Evaluated(report, decide(report, Policy(), DAY)), View(100, group_by="severity"))
    titles = re.findall(r"── (\w+) · 2 vulnerabilities", text.decode())
    assert titles == ["Unrated" if one == "unknown" else one.title() for one in reversed(SEVERITY_ORDER)]
