"""OSV records: what publishers write, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from lading.formats.osv import ecosystem_scheme, parse_osv, shard_name, text_of, to_advisories
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity
from lading.model.errors import FormatError

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "feeds" / "samples" / "osv-records"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def read(affected: object, **fields: object) -> list[tuple[str, Advisory]]:
    record = {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": affected, **fields}
    return to_advisories(parse_osv(json.dumps(record).encode()))


def package(name: str, ecosystem: str = "PyPI", **fields: object) -> dict[str, object]:
    return {"package": {"ecosystem": ecosystem, "name": name}, "versions": ["1"], **fields}


def spans(ecosystem: str, *events: tuple[str, str], kind: str = "ECOSYSTEM") -> tuple[Range, ...]:
    ranges = [{"type": kind, "events": [{name: version} for name, version in events]}]
    ((_, advisory),) = read([package("thing", ecosystem, ranges=ranges)])
    return advisory.ranges


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("introduced", "0")], [Range()]),
        ([("introduced", "0"), ("fixed", "2")], [Range(fixed="2")]),
        ([("fixed", "2"), ("introduced", "0")], [Range(fixed="2")]),
        ([("introduced", "1"), ("last_affected", "1.9")], [Range("1", last_affected="1.9")]),
        ([("introduced", "1"), ("last_affected", "1")], [Range("1", last_affected="1")]),
        (
            [("introduced", "2"), ("fixed", "10"), ("introduced", "0"), ("fixed", "1"), ("introduced", "11")],
            [Range(fixed="1"), Range("2", fixed="10"), Range("11")],
        ),
        (
            [("introduced", "0"), ("fixed", "1"), ("introduced", "1"), ("fixed", "2")],
            [Range(fixed="1"), Range("1", "2")],
        ),
        ([("introduced", "0"), ("fixed", "1"), ("fixed", "3")], [Range(fixed="1")]),
        ([("introduced", "0"), ("limit", "3")], [Range(fixed="3")]),
        ([("introduced", "0"), ("limit", "*")], [Range()]),
        ([("fixed", "2")], []),
        ([], []),
    ],
)
@pytest.mark.parametrize("ecosystem", ["Debian:12", "PyPI"])
def test_ranges(ecosystem: str, events: list[tuple[str, str]], expected: list[Range]) -> None:
    found = spans(ecosystem, *events)
    assert (len(found), set(found)) == (len(expected), set(expected))


def test_jumbled_events_of_a_scheme_without_rules_lose_no_stretch() -> None:
    events = [("introduced", "0"), ("introduced", "5"), ("introduced", "20-rc1"), ("fixed", "1"), ("fixed", "10")]
    assert spans("PyPI", *events) == (Range(fixed="1"), Range("5", "10"), Range("20-rc1"))


def test_commits_say_nothing_of_versions() -> None:
    assert spans("PyPI", ("introduced", "0"), ("fixed", "abc"), kind="GIT") == ()


def test_a_package_named_twice_is_one_advisory() -> None:
    one = package("a", ranges=[{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1"}]}], versions=None)
    two = package("a", ranges=[{"type": "SEMVER", "events": [{"introduced": "2"}, {"fixed": "3"}]}], versions=["2.5"])
    assert read([one, package("b"), two]) == [
        ("PyPI", Advisory("X-1", "a", ranges=(Range(fixed="1"), Range("2", "3")), versions=("2.5",))),
        ("PyPI", Advisory("X-1", "b", versions=("1",))),
    ]


def test_what_names_no_version_or_no_package_is_left_out() -> None:
    commits = {"type": "GIT", "events": [{"introduced": "0"}]}
    assert read([{"ranges": [commits]}, package("a", versions=[], ranges=[commits])]) == []
    assert read(None) == []


def test_a_withdrawn_record_says_nothing() -> None:
    assert read([package("a")], withdrawn="2026-01-01T00:00:00Z") == []


def test_names_of_a_flaw() -> None:
    aliases = ["GHSA-x", "CVE-2024-2", "X-1", "CVE-2024-1"]
    ((_, advisory),) = read([package("a")], aliases=aliases, related=["CVE-2024-9"])
    assert (advisory.id, advisory.aliases, advisory.note) == ("X-1", ("CVE-2024-1", "CVE-2024-2", "GHSA-x"), "")


@pytest.mark.parametrize(
    ("ecosystem", "field"), [("AlmaLinux:9", "related"), ("Debian:12", "upstream"), ("Wolfi", "aliases")]
)
def test_the_notice_of_a_distribution_is_about_each_flaw_it_names(ecosystem: str, field: str) -> None:
    found = read([package("a", ecosystem)], **{field: ["CVE-2024-2", "X-1", "DEBIAN-CVE-2024-1", "CVE-2024-1"]})
    assert found == [
        (ecosystem, Advisory(name, "a", versions=("1",), note="X-1")) for name in ("CVE-2024-1", "CVE-2024-2")
    ]


def severities(affected: dict[str, object], **fields: object) -> tuple[Severity, ...]:
    ((_, advisory),) = read([affected], **fields)
    return advisory.severities


@pytest.mark.parametrize(
    ("kind", "vector", "expected"),
    [
        ("CVSS_V3", VECTOR, Severity("critical", "cvss3", 9.8, VECTOR)),
        (
            "CVSS_V4",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            Severity("critical", "cvss4", 9.3, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
        ),
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P", Severity("high", "cvss2", 7.5, "AV:N/AC:L/Au:N/C:P/I:P/A:P")),
        ("Ubuntu", "medium", Severity("medium", "ubuntu", text="medium")),
    ],
)
def test_severities_of_the_record_and_of_the_package(kind: str, vector: str, expected: Severity) -> None:
    stated = [{"type": kind, "score": vector}]
    assert severities(package("a"), severity=stated) == (expected,)
    assert severities(package("a", severity=stated)) == (expected,)


def test_what_is_no_severity_is_left_out() -> None:
    assert severities(package("a"), severity=[{"type": "CVSS_V3", "score": "junk"}, {"type": "X", "score": "y"}]) == ()


def test_words_for_the_severity() -> None:
    assert severities(package("a"), database_specific={"severity": "MODERATE"}) == (
        Severity("medium", "osv", text="MODERATE"),
    )
    assert severities(package("a"), database_specific={"severity": ["odd"]}, summary="Low: not a distribution") == ()
    assert severities(package("a", "AlmaLinux:9"), summary="Important: curl security update") == (
        Severity("high", "almalinux", text="Important"),
    )
    assert severities(package("a", database_specific={"informational": "unmaintained"})) == (
        Severity("unknown", "osv", text="unmaintained"),
    )


def text(**fields: Any) -> AdvisoryText:
    return text_of(parse_osv(json.dumps({"id": "X-1", "modified": "m", **fields}).encode()))


def test_texts() -> None:
    references = [{"type": "FIX", "url": "https://fix"}, {"type": "ADVISORY", "url": "https://advisory"}]
    shown = text(summary=" A\n flaw. ", details="Long.", published="p", references=references)
    assert shown == AdvisoryText("X-1", "A flaw.", "https://advisory", "p", "m")
    assert text(details="First one. Second.") == AdvisoryText(
        "X-1", "First one.", "https://osv.dev/vulnerability/X-1", "", "m"
    )
    assert len(text(summary="word " * 1000).summary) == 300
    assert text(references=[{"type": "WEB", "url": "javascript:alert()"}]).url == "https://osv.dev/vulnerability/X-1"


def test_null_is_absent() -> None:
    names = ("aliases", "related", "upstream", "severity", "references", "summary", "details", "schema_version")
    record = {"id": "X-1", "affected": [package("a", ranges=None, severity=None)], **dict.fromkeys(names)}
    parsed = parse_osv(json.dumps(record).encode())
    assert to_advisories(parsed) == [("PyPI", Advisory("X-1", "a", versions=("1",)))]
    assert text_of(parsed).summary == ""


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"id": 5}', b"\xff", b'{"id":"\xff"}', b"[" * 100_000])
def test_junk_is_an_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="not an OSV record"):
        parse_osv(data)


@pytest.mark.parametrize(
    ("ecosystem", "shard", "scheme"),
    [
        ("PyPI", "pypi", "pep440"),
        ("crates.io", "crates.io", "semver"),
        ("Debian:12", "debian-12", "deb"),
        ("Alpine:v3.20", "alpine-3.20", "apk"),
        ("Rocky Linux:8", "rocky-linux-8", "rpm"),
        ("Ubuntu:Pro:16.04:LTS", "ubuntu-pro-16.04-lts", "deb"),
        ("Unheard Of", "unheard-of", ""),
    ],
)
def test_names_of_ecosystems(ecosystem: str, shard: str, scheme: str) -> None:
    assert (shard_name(ecosystem), ecosystem_scheme(ecosystem)) == (shard, scheme)


def test_a_record_of_every_ecosystem_is_read() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("../shared is not there")
    silent = set()
    for path in sorted(SAMPLES.rglob("*.json")):
        record = parse_osv(path.read_bytes())
        assert text_of(record).url.startswith("http")
        if not to_advisories(record) and not record.withdrawn:
            silent.add(path.parent.name)
    # The first two name commits alone, one of the last has no version at all.
    assert silent == {"GIT", "OSS-Fuzz", "npm"}
