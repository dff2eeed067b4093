"""Groups of Arch's security tracker against exact advisories."""

import json
from pathlib import Path

import pytest

from lading.feeds.upstreams.arch import FEED, parse_groups
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, Writer, parse

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "feeds" / "samples"
FIXED = {
    "name": "AVG-7",
    "packages": ["curl", "libcurl-compat"],
    "status": "Fixed",
    "severity": "High",
    "type": "denial of service",
    "affected": "8.1.0-1",
    "fixed": "8.1.2-1",
    "ticket": None,
    "issues": ["CVE-2023-1", "CVE-2023-2"],
    "advisories": ["ASA-202306-2", "ASA-202306-2"],
}


def group(**changes: object) -> dict[str, object]:
    one: dict[str, object] = {"packages": ["curl"], "issues": ["CVE-2023-1"], "advisories": []}
    return FIXED | one | changes


def read(tmp_path: Path, *groups: object) -> Writer:
    return parse(parse_groups, "arch/all.json", list(groups), tmp_path).shards["arch"]


def high(package: str, vulnerability: str, **changes: object) -> Advisory:
    severities = (Severity("high", "arch", text="High"),)
    return Advisory(vulnerability, package, severities=severities, note="AVG-7", **changes)  # type: ignore[arg-type]


def test_every_vulnerability_of_every_package_of_a_group(tmp_path: Path) -> None:
    writer = read(tmp_path, FIXED)
    told = {"ranges": (Range(fixed="8.1.2-1"),), "remark": "announced in ASA-202306-2"}
    assert writer.advisories == [
        high(package, vulnerability, **told)
        for package in ("curl", "libcurl-compat")
        for vulnerability in ("CVE-2023-1", "CVE-2023-2")
    ]
    assert (writer.scheme, writer.names) == ("pacman", "binary")
    page = "https://security.archlinux.org/CVE-2023-1"
    assert writer.texts["CVE-2023-1"] == AdvisoryText("CVE-2023-1", "denial of service", page)


@pytest.mark.parametrize(
    ("status", "fixed", "changes"),
    [
        ("Vulnerable", None, {"ranges": (Range(),)}),
        ("Unknown", None, {"state": "under_investigation", "ranges": (Range(),)}),
        ("Not affected", None, {"state": "not_affected"}),
        ("Testing", "9-1", {"ranges": (Range(fixed="9-1"),), "remark": "in Arch's testing repositories: 9-1"}),
        ("Invented", None, {"state": "under_investigation", "ranges": (Range(),)}),
    ],
)  # fmt: skip
def test_states(status: str, fixed: str | None, changes: dict[str, object], tmp_path: Path) -> None:
    assert read(tmp_path, group(status=status, fixed=fixed)).advisories == [high("curl", "CVE-2023-1", **changes)]


def test_a_group_without_a_cve_goes_by_its_own_name(tmp_path: Path) -> None:
    (advisory,) = read(tmp_path, group(issues=[], severity="Unknown")).advisories
    assert (advisory.id, advisory.severities[0].label) == ("AVG-7", "unknown")


def test_a_group_by_itself_is_newer_than_the_list(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text(json.dumps([group(fixed=None, status="Vulnerable"), group(name="AVG-8")]))
    (tmp_path / "AVG-7.json").write_text(json.dumps(group()))
    recorder = Recorder()
    parse_groups({f"arch/{name}": tmp_path / name for name in ("all.json", "AVG-7.json")}, recorder)  # type: ignore[arg-type]
    assert [(one.note, one.ranges) for one in recorder.shards["arch"].advisories] == [
        ("AVG-7", (Range(fixed="8.1.2-1"),)),
        ("AVG-8", (Range(fixed="8.1.2-1"),)),
    ]


def test_broken_groups_are_counted(tmp_path: Path) -> None:
    recorder = parse(parse_groups, "arch/all.json", [{"name": "AVG-1", "packages": 3}, 5, FIXED], tmp_path)
    assert recorder.skipped == ["AVG-1", "all.json: entry 1"]
    assert len(recorder.shards["arch"].advisories) == 4


@pytest.mark.parametrize("document", ["{}", "[", ""])
def test_what_is_no_list_of_groups_is_refused(document: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not the tracker's list of groups"):
        parse(parse_groups, "arch/all.json", document, tmp_path)


def test_units() -> None:
    held = ["arch/AVG-984.json", "arch/all.json", "arch/x.json", "archive/all.json"]
    (unit,) = FEED.units(held)
    assert [(one.path, one.url) for one in unit.documents] == [
        ("arch/AVG-984.json", "https://security.archlinux.org/AVG-984.json"),
        ("arch/all.json", "https://security.archlinux.org/all.json"),
    ]
    assert FEED.units([]) == () and FEED.unit_for(ShardName("archlinux")) is None
    assert FEED.unit_for(ShardName("arch")) == FEED.units(None)[0]


def test_the_real_excerpts() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real feeds are not downloaded")
    recorder = Recorder()
    parse_groups({f"arch/{file.name}": file for file in (SAMPLES / "arch").iterdir()}, recorder)  # type: ignore[arg-type]
    found = {(one.package, one.id): one.ranges for one in recorder.shards["arch"].advisories}
    assert recorder.skipped == []
    assert found == {
        **{("linux-lts", f"CVE-2019-1147{last}"): (Range(fixed="4.19.52-1"),) for last in (7, 8, 9)},
        ("lib32-gdk-pixbuf2", "CVE-2016-6352"): (Range(fixed="2.36.0+2+ga7c869a-1"),),
        ("libtiff", "CVE-2016-10095"): (Range(fixed="4.0.8-2"),),
        ("libtiff", "CVE-2015-7554"): (Range(fixed="4.0.8-2"),),
    }
