"""Checks in the pipeline: the same single pass, caches by group of readers, what is there and what was deleted."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec import structs

from lading import Environment, StarterDatabase
from lading.checks.registry import checkers_for, parse_families
from lading.engine import cache, checking
from lading.engine.checking import run_checks
from lading.engine.inventory import Wanted, take_inventory
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.model.checks import FAMILIES, Case, Checker, CheckResult, Examined, Family, Issue, Observed, SeenFile
from lading.model.errors import UsageError
from lading.model.image import Image, ImageConfig, Step
from lading.model.package import Inventory
from lading.model.ports import NoProgress
from lading.model.reader import Reader, WantedFile
from lading.model.report import InventoryResult
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Opened, image
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import Directory, Entry, File, Hardlink

CONFIG = Wanted(checks=("config",))


def offline(directory: Path) -> Environment:
    return Environment(database=StarterDatabase(), layer_cache=directory / "cache")


def seen(opened: Opened, wanted: Wanted, directory: Path | None = None) -> dict[str, tuple[SeenFile, ...]]:
    listed = take_inventory(opened, cache=directory, limits=Limits(), progress=NoProgress(), wanted=wanted)
    assert listed.diagnostics == ()
    return dict(listed.examined.files)


def places(files: Iterable[SeenFile]) -> list[tuple[str, int, int]]:
    return [(one.path, one.layer, one.removed) for one in files]


def _observe(file: WantedFile) -> Observed:
    assert file.stat is not None
    text = file.content[:]
    return Observed(text + b"|%d" % file.stat.size if b"needle" in text else b"")


EVERYTHING = Checker(
    "config",
    (Reader(name="haystack", version=1, parse=_observe, everything=True, head=20),),
    lambda case: CheckResult(),
    deleted=True,
)


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "checkers_for", lambda families: (EVERYTHING,))


@pytest.mark.usefixtures("everything")
def test_a_reader_of_everything_sees_what_is_there_and_what_was_deleted_or_replaced() -> None:
    opened = image(
        [
            DEBIAN,
            status("a=1"),
            File("srv/kept", b"needle"),
            File("srv/gone", b"a needle"),
            File("srv/new", b"needle 1"),
        ],
        [File("srv/.wh.gone"), File("srv/new", b"needle 2"), File("srv/none", b"hay")],
        [File("srv/new", b"hay"), Hardlink("srv/link", "srv/new"), File("srv/long", b"needle" + bytes(100))],
    )
    files = seen(opened, CONFIG)["haystack"]
    assert places(files) == [
        ("srv/gone", 1, 2),
        ("srv/kept", 1, 0),
        ("srv/long", 3, 0),
        ("srv/new", 1, 2),
        ("srv/new", 2, 3),
    ]
    assert [one.facts for one in files if one.path in ("srv/kept", "srv/long")] == [
        b"needle|6",
        b"needle" + bytes(14) + b"|106",
    ]


@pytest.mark.usefixtures("everything")
def test_a_hard_link_is_another_place_of_what_was_seen() -> None:
    opened = image([DEBIAN, status("a=1"), File("a", b"needle"), Hardlink("b", "a")])
    assert places(seen(opened, CONFIG)["haystack"]) == [("a", 1, 0), ("b", 1, 0)]


def test_modes_are_those_of_the_last_layer_that_states_them() -> None:
    opened = image(
        [
            DEBIAN,
            status("a=1"),
            Directory("srv/open", 0o777),
            Directory("srv/closed", 0o777),
            Directory("tmp", 0o1777),
            File("usr/bin/raise", b"", 0o4755),
            File("usr/bin/calm", b"", 0o4755),
            File("usr/bin/able", b"", 0o755, capabilities=b"\1\0\0\2" + bytes(16)),
        ],
        [File("srv/open/file"), Directory("srv/closed", 0o755), File("usr/bin/calm", b"", 0o755)],
    )
    assert places(seen(opened, CONFIG)["config-modes"]) == [
        ("srv/open", 1, 0),
        ("usr/bin/able", 1, 0),
        ("usr/bin/raise", 1, 0),
    ]


def test_the_owner_of_a_file_is_named() -> None:
    entries: list[Entry] = [
        DEBIAN,
        status("sudo=1"),
        File("var/lib/dpkg/info/sudo.list", b"/.\n/usr/bin/sudo\n"),
        File("usr/bin/sudo", b"", 0o4755),
        File("opt/mine", b"", 0o4755),
    ]
    listed = take_inventory(image(entries), cache=None, limits=Limits(), progress=NoProgress(), wanted=CONFIG)
    (sudo,) = listed.inventory.packages
    assert [(one.path, one.owner) for one in listed.examined.files["config-modes"]] == [
        ("opt/mine", ""),
        ("usr/bin/sudo", sudo.id),
    ]


def test_what_was_read_without_checks_is_read_again_for_them_alone(tmp_path: Path) -> None:
    entries: list[Entry] = [DEBIAN, status("a=1"), File("opt/mine", b"", 0o4755)]
    first, second, third, fourth = (image(entries) for _ in range(4))
    assert seen(first, Wanted(), tmp_path) == {}
    before = {path.name for path in tmp_path.glob("??/*")}
    found = seen(second, CONFIG, tmp_path)
    assert places(found["config-modes"]) == [("opt/mine", 1, 0)]
    assert seen(third, CONFIG, tmp_path) == found
    assert seen(fourth, Wanted(), tmp_path) == {}
    assert [one.layers[0].opened for one in (first, second, third, fourth)] == [1, 1, 0, 0]
    assert len({path.name for path in tmp_path.glob("??/*")} - before) == 1  # the image with checks
    assert cache.info(tmp_path).entries == 3


def test_a_scan_asks_for_no_check_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a check was loaded")

    monkeypatch.setattr(checking, "checkers_for", refuse)
    report = scan(str(write_image(tmp_path / "image", [[DEBIAN, status("a=1")]])), environment=offline(tmp_path))
    (target,) = report.targets
    assert (target.checks, target.issues) == ((), ())


def test_issues_stand_in_the_report(tmp_path: Path) -> None:
    layout = write_image(
        tmp_path / "image",
        [[DEBIAN, status("a=1")], [File("etc/ssh/sshd_config", b"# mine\nPermitRootLogin yes\n")]],
        {"User": "0:0"},
    )
    report = scan(str(layout), ScanOptions(checks=("all",)), offline(tmp_path))
    (target,) = report.targets
    assert target.checks == ("config", "secrets", "licenses")
    assert [
        (one.id, one.place, one.path, one.line, one.layer)
        for one in target.issues
        if one.id in ("sshd-root-login", "user-root")
    ] == [
        ("sshd-root-login", "file", "etc/ssh/sshd_config", 2, 2),
        ("user-root", "configuration", "", 0, 0),
    ]


def test_a_document_cannot_be_checked(tmp_path: Path) -> None:
    report = scan("pkg:pypi/requests@2.0", ScanOptions(checks=("config",)), offline(tmp_path))
    (target,) = report.targets
    assert (target.checks, [one.code for one in target.diagnostics if one.code == "checks-not-run"]) == (
        (),
        ["checks-not-run"],
    )


def test_fingerprints_outlive_layers_and_lines_and_occurrences_do_not() -> None:
    one = Issue("a", "misconfiguration", "x", "high", path="etc/x", line=3, layer=2, subject="s")
    moved = structs.replace(one, line=4, layer=3, message="other")
    assert (one.fingerprint, one.occurrence == moved.occurrence) == (moved.fingerprint, False)
    for other in (structs.replace(one, subject="t"), structs.replace(one, path="etc/y"), structs.replace(one, id="b")):
        assert other.fingerprint != one.fingerprint


def test_families_are_asked_for_by_words() -> None:
    assert parse_families(["ALL"]) == tuple(one for one in FAMILIES if one != "malware")
    assert parse_families(["malware", "all"]) == FAMILIES
    assert parse_families(["config", "config"]) == ("config",)
    assert parse_families(["none"]) == parse_families([]) == ()
    with pytest.raises(UsageError, match=r"^--checks 'confg': expected one of none, .* \(did you mean config\?\)$"):
        parse_families(["confg"])
    with pytest.raises(UsageError, match="stands alone"):
        parse_families(["none", "config"])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_checker_of_its_name(family: Family) -> None:
    (checker,) = checkers_for([family])
    assert checker.name == family
    assert checker.run(Case(image([]).image, Examined((family,)))).issues == ()


def test_every_family_that_masks_is_asked_to() -> None:
    assert tuple(one.name for one in checkers_for(FAMILIES) if one.mask is not None) == checking.HIDING


def test_a_configuration_without_end_is_checked_so_far() -> None:
    config = ImageConfig(
        environment=tuple(f"A{number}=x" for number in range(1000)),
        ports=("1-2",) * 100,
        labels={str(number): "" for number in range(1000)},
        history=(Step("RUN a", False),) * 1000,
    )

    def told(config: ImageConfig) -> list[tuple[str, str]]:
        listed = InventoryResult(
            Image("a", "oci-layout"), Inventory(None, ()), examined=Examined(("config", "secrets"), config=config)
        )
        return [(one.code, one.level) for one in run_checks(listed).diagnostics]

    assert told(config) == []
    for more in (
        structs.replace(config, history=(*config.history, Step("RUN b", False))),
        structs.replace(config, environment=(*config.environment, "B=x")),
        structs.replace(config, labels={**config.labels, "a": "b"}),
        structs.replace(config, ports=(*config.ports, "3")),
    ):
        assert told(more) == [("checks-limit", "incomplete")]
