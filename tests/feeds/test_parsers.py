"""Each upstream document, written by hand as upstream writes it, against exact advisories."""

import json
from pathlib import Path

import pytest

from lading.feeds.secdb import iter_ids, parse_databases
from lading.feeds.upstreams import alpine
from lading.feeds.upstreams.debian import parse_tracker
from lading.feeds.upstreams.kev import parse_catalogue
from lading.model.advisory import Advisory, AdvisoryText, KnownExploited, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, parse

SHARED = Path(__file__).resolve().parents[3] / "shared" / "feeds"


def tracker(tmp_path: Path, **releases: object) -> Recorder:
    document = {"openssl": {"CVE-2024-1": {"description": "A vulnerability.", "scope": "remote", "releases": releases}}}
    return parse(parse_tracker, "debian/tracker.json", document, tmp_path)


def rated(label: str, text: str) -> tuple[Severity, ...]:
    return (Severity(label, "debian", text=text),)  # type: ignore[arg-type]


ANY = (Range(),)
STATES = [
    (
        {"status": "resolved", "fixed_version": "3.0-2", "urgency": "high"},
        Advisory("CVE-2024-1", "openssl", "affected", (Range(fixed="3.0-2"),), severities=rated("high", "high")),
    ),
    (
        {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
        Advisory("CVE-2024-1", "openssl", "not_affected", severities=rated("negligible", "unimportant")),
    ),
    (
        {"status": "open", "urgency": "medium**"},
        Advisory("CVE-2024-1", "openssl", "affected", ANY, severities=rated("medium", "medium**")),
    ),
    (
        {"status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": ""},
        Advisory("CVE-2024-1", "openssl", "minor", ANY, severities=rated("low", "low")),
    ),
    (
        {"status": "open", "urgency": "not yet assigned", "nodsa": "x", "nodsa_reason": "postponed"},
        Advisory("CVE-2024-1", "openssl", "deferred", ANY, severities=rated("unknown", "not yet assigned")),
    ),
    (
        {"status": "open", "urgency": "not yet assigned", "nodsa": "x", "nodsa_reason": "ignored"},
        Advisory("CVE-2024-1", "openssl", "wont_fix", ANY, severities=rated("unknown", "not yet assigned")),
    ),
    (
        {"status": "open", "urgency": "end-of-life"},
        Advisory("CVE-2024-1", "openssl", "end_of_life", ANY, severities=rated("unknown", "end-of-life")),
    ),
    (
        {"status": "undetermined", "urgency": "not yet assigned"},
        Advisory("CVE-2024-1", "openssl", "under_investigation", ANY, severities=rated("unknown", "not yet assigned")),
    ),
]


@pytest.mark.parametrize(("release", "expected"), STATES)
def test_debian_states(release: dict[str, str], expected: Advisory, tmp_path: Path) -> None:
    recorder = tracker(tmp_path, bookworm={"repositories": {"bookworm": "3.0-1"}, **release})
    assert recorder.shards["debian-12"].advisories == [expected]
    assert recorder.skipped == []


def test_debian_releases_and_texts(tmp_path: Path) -> None:
    resolved = {"status": "resolved", "fixed_version": "1", "urgency": "low"}
    recorder = tracker(tmp_path, buster=resolved, trixie=resolved, sid=resolved, unheard=resolved)
    assert sorted(recorder.shards) == ["debian-10", "debian-13", "debian-sid"]
    assert recorder.shards["debian-sid"].texts == {
        "CVE-2024-1": AdvisoryText(
            "CVE-2024-1", "A vulnerability.", "https://security-tracker.debian.org/tracker/CVE-2024-1"
        )
    }


def test_debian_broken_records_are_counted_and_named(tmp_path: Path) -> None:
    good = {"releases": {"bookworm": {"status": "open", "urgency": "low"}}}
    document = {
        "a": {"CVE-1": good, "CVE-2": {"releases": 3}, "CVE-3": {"releases": {"bookworm": {"status": "new word"}}}},
        "b": "junk",
    }
    recorder = parse(parse_tracker, "debian/tracker.json", document, tmp_path)
    assert [one.id for one in recorder.shards["debian-12"].advisories] == ["CVE-1"]
    assert recorder.skipped == ["a CVE-2", "a CVE-3 bookworm", "b"]


def test_debian_a_broken_document_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"document: not the tracker's JSON: "):
        parse(parse_tracker, "debian/tracker.json", '{"a": {', tmp_path)


def test_text_that_is_not_utf8_is_a_broken_record_or_document(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(b'{"curl": {"CVE-1": {"releases": {}, "description": "\xff"}}}')
    recorder = Recorder()
    parse_tracker({"debian/tracker.json": path}, recorder)  # type: ignore[arg-type]
    assert recorder.skipped == ["curl CVE-1"]
    path.write_bytes(b'{"\xff": {}}')
    with pytest.raises(FeedError, match="not the tracker's JSON"):
        parse_tracker({"debian/tracker.json": path}, recorder)  # type: ignore[arg-type]


def test_debian_excerpts_of_the_real_tracker_are_read(tmp_path: Path) -> None:
    samples = sorted((SHARED / "samples" / "debian-tracker").glob("*.json"))
    if not samples:
        pytest.skip("../shared is not there")
    states = set()
    for sample in samples:
        recorder = Recorder()
        parse_tracker({"debian/tracker.json": sample}, recorder)  # type: ignore[arg-type]
        assert recorder.skipped == []
        states |= {one.state for writer in recorder.shards.values() for one in writer.advisories}
    assert states >= {"affected", "not_affected", "minor", "wont_fix"}


def secdb(tmp_path: Path, *databases: object) -> Recorder:
    paths = []
    for number, database in enumerate(databases):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(database))
    recorder = Recorder()
    parse_databases(paths, recorder.shard("alpine-3.20", "apk"), recorder)  # type: ignore[arg-type]
    return recorder


def test_what_alpine_has_rejected_was_never_in_the_package(tmp_path: Path) -> None:
    documents = {
        "alpine/security-rejections/main.yaml": "a:\n  - CVE-2020-1\n  - CVE-2020-2 # not built\nb:\n- CVE-2020-3\n",
        "alpine/security-rejections/community.yaml": "- no mapping",
    }
    files = {}
    for number, (path, text) in enumerate(documents.items()):
        files[path] = tmp_path / str(number)
        files[path].write_text(text)
    (unit,) = alpine.FEED.units(list(documents))
    assert unit == alpine.FEED.unit_for(ShardName("alpine-rejections"))
    recorder = Recorder()
    unit.parse(files, recorder)  # type: ignore[arg-type]
    assert [(one.id, one.package, one.state) for one in recorder.shards["alpine-rejections"].advisories] == [
        ("CVE-2020-1", "a", "not_affected"),
        ("CVE-2020-2", "a", "not_affected"),
        ("CVE-2020-3", "b", "not_affected"),
    ]
    assert recorder.skipped == ["alpine/security-rejections/community.yaml"]


def test_secdb_fixes_and_never_affected(tmp_path: Path) -> None:
    main = {
        "packages": [
            {"pkg": {"name": "a", "secfixes": {"1.2-r0": ["CVE-2020-1 XSA-320"], "0": ["CVE-2020-2"]}}},
            {"pkg": {"name": "b", "secfixes": {}}},
        ]
    }
    community = {"packages": [{"pkg": {"name": "a", "secfixes": {"1.10-r0": ["CVE-2020-1", "GHSA-aaaa-bbbb-cccc1"]}}}]}
    recorder = secdb(tmp_path, main, community)
    assert sorted(recorder.shards["alpine-3.20"].advisories, key=lambda one: one.id) == [
        Advisory("CVE-2020-1", "a", ranges=(Range(fixed="1.10-r0"),), aliases=("GHSA-aaaa-bbbb-cccc1", "XSA-320")),
        Advisory("CVE-2020-2", "a", "not_affected"),
        Advisory("GHSA-aaaa-bbbb-cccc1", "a", ranges=(Range(fixed="1.10-r0"),)),
    ]


def test_secdb_names_beside_a_cve(tmp_path: Path) -> None:
    fixes = {
        "1-r0": ["CVE-2020-1 XSA-1", "XSA-2", "CVE-2020-3 XSA-3", "CVE-2020-4 XSA-3"],
        "2-r0": ["CVE-2020-5", "GHSA-cfgh-jmpq-rvwx"],
        "3-r0": ["CVE-2020-6", "CVE-2020-7", "GHSA-vvvv-jmpq-rvwx"],
    }
    recorder = secdb(tmp_path, {"packages": [{"pkg": {"name": "a", "secfixes": fixes}}]})
    first, second, third = ((Range(fixed=f"{number}-r0"),) for number in (1, 2, 3))
    assert sorted(recorder.shards["alpine-3.20"].advisories, key=lambda one: one.id) == [
        Advisory("CVE-2020-1", "a", ranges=first, aliases=("XSA-1",)),
        Advisory("CVE-2020-3", "a", ranges=first, note="XSA-3"),
        Advisory("CVE-2020-4", "a", ranges=first, note="XSA-3"),
        Advisory("CVE-2020-5", "a", ranges=second, aliases=("GHSA-cfgh-jmpq-rvwx",)),
        Advisory("CVE-2020-6", "a", ranges=third),
        Advisory("CVE-2020-7", "a", ranges=third),
        Advisory("GHSA-cfgh-jmpq-rvwx", "a", ranges=second),
        Advisory("GHSA-vvvv-jmpq-rvwx", "a", ranges=third),
        Advisory("XSA-2", "a", ranges=first),
    ]


def test_secdb_a_vulnerability_fixed_after_it_was_called_harmless_counts_as_fixed(tmp_path: Path) -> None:
    database = {"packages": [{"pkg": {"name": "a", "secfixes": {"0": ["CVE-2020-1"], "2-r0": ["CVE-2020-1"]}}}]}
    assert secdb(tmp_path, database).shards["alpine-3.20"].advisories == [
        Advisory("CVE-2020-1", "a", ranges=(Range(fixed="2-r0"),))
    ]


def test_secdb_ids_remarks_and_typing_errors() -> None:
    texts = [
        "CVE-2019-1 (BGP)",
        "CVE_2020-5678 ZDI-CAN-123",
        "CVE-2019-?????",
        "",
        "XSA-1,XSA-2",
        "CVE-2021 regression",
        "CVE-2017-17434-2",
        "CVE-2021-35940.patch",
        "cve-2022-1/CVE-2022-2;",
        "GHSA-cfgh-jmpq-rvwx VSV00010 wnpa-sec-2017-22 OSPF6 N/A",
    ]
    assert list(iter_ids(texts)) == [
        *("CVE-2019-1", "CVE-2020-5678", "ZDI-CAN-123", "XSA-1", "XSA-2"),
        *("CVE-2017-17434", "CVE-2021-35940", "CVE-2022-1", "CVE-2022-2"),
        *("GHSA-cfgh-jmpq-rvwx", "VSV00010", "wnpa-sec-2017-22"),
    ]


def test_secdb_broken_parts(tmp_path: Path) -> None:
    recorder = secdb(tmp_path, {"packages": [{"pkg": {"secfixes": {}}}, {"pkg": {"name": "a", "secfixes": None}}]})
    assert recorder.skipped == ['0.json: {"pkg": {"secfixes": {}}}']
    with pytest.raises(FeedError, match="not a security database"):
        secdb(tmp_path, ["nothing"])


def catalogue(tmp_path: Path, count: int) -> Recorder:
    rows = [
        {"cveID": "CVE-1", "dateAdded": "2024-01-01", "dueDate": "2024-01-22", "knownRansomwareCampaignUse": "Known"}
        | {"cwes": ["CWE-79"]},
        {"cveID": "CVE-2", "dateAdded": "2024-01-02", "dueDate": "2024-01-23", "knownRansomwareCampaignUse": "Unknown"},
        {"cveID": 5},
    ]
    document = {"count": count, "dateReleased": "2024-01-03T00:00:00Z", "vulnerabilities": rows}
    return parse(parse_catalogue, "kev/known_exploited_vulnerabilities.json", document, tmp_path)


def test_kev_rows(tmp_path: Path) -> None:
    recorder = catalogue(tmp_path, 3)
    assert recorder.shards["kev"].exploited == [
        KnownExploited("CVE-1", "2024-01-01", "2024-01-22", True, ("CWE-79",)),
        KnownExploited("CVE-2", "2024-01-02", "2024-01-23", False),
    ]
    assert recorder.dates == ["2024-01-03T00:00:00Z"]
    assert recorder.skipped == ['{"cveID": 5}']


def test_kev_a_partial_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="states 4 entries but holds 3; a partial download"):
        catalogue(tmp_path, 4)
