"""OSV records: what publishers write, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from lading.formats.decoders.osv.advisories import text_of, to_advisories
from lading.formats.decoders.osv.records import parse_osv
from lading.model.advisory import Advisory, AdvisoryText, Condition, Import, Range, Severity
from lading.model.errors import FormatError

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "feeds" / "samples" / "osv-records"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def read(affected: object, **fields: object) -> list[tuple[str, Advisory]]:
    record = {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": affected, **fields}
    return to_advisories(parse_osv(json.dumps(record).encode()))


def package(name: str, ecosystem: str = "PyPI", **fields: object) -> dict[str, object]:
    return {"package": {"ecosystem": ecosystem, "name": name}, "versions": ["1"], **fields}


def test_a_package_named_twice_is_one_advisory() -> None:
    one = package("a", ranges=[{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1"}]}], versions=None)
    two = package("a", ranges=[{"type": "SEMVER", "events": [{"introduced": "2"}, {"fixed": "3"}]}])
    two["versions"] = ["2.5", "9"]
    assert read([one, package("b"), two]) == [
        ("PyPI", Advisory("X-1", "a", ranges=(Range(fixed="1"), Range("2", "3")), versions=("9",))),
        ("PyPI", Advisory("X-1", "b", versions=("1",))),
    ]


def test_what_names_no_version_or_no_package_is_left_out() -> None:
    commits = {"type": "GIT", "events": [{"introduced": "0"}]}
    assert read([{"ranges": [commits]}, package("a", versions=[], ranges=[commits])]) == []
    assert read(None) == []


def test_a_withdrawn_record_says_so_under_all_its_names() -> None:
    found = read([package("a"), package("a")], withdrawn="2026-01-01T00:00:00Z", aliases=["CVE-2024-1"])
    assert found == [("PyPI", Advisory("X-1", "a", "withdrawn", aliases=("CVE-2024-1",)))]


@pytest.mark.parametrize("text", ["Duplicate Advisory: a flaw", "This was withdrawn as a duplicate of GHSA-x."])
def test_one_withdrawn_as_a_duplicate_has_its_own_name_alone(text: str) -> None:
    found = read([package("a")], withdrawn="2026-01-01T00:00:00Z", aliases=["CVE-2024-1"], summary=text)
    assert found == [("PyPI", Advisory("X-1", "a", "withdrawn"))]


def test_a_withdrawn_notice_of_a_distribution_says_nothing() -> None:
    found = read([package("a", "AlmaLinux:9")], withdrawn="2026-01-01T00:00:00Z", related=["CVE-2024-1"])
    assert found == []


def go(events: list[dict[str, str]], custom: list[dict[str, str]] | None = None, **fields: object) -> list[Advisory]:
    """What a record of Go's says of a module in a range of these events, with such custom ranges."""
    specific = {"custom_ranges": [{"type": "ECOSYSTEM", "events": custom}]} if custom else {}
    spans = [{"type": "SEMVER", "events": events}]
    entry = {"package": {"ecosystem": "Go", "name": "example.com/m"}, "ranges": spans, "ecosystem_specific": specific}
    return [advisory for _, advisory in read([entry], **fields)]


def test_custom_ranges_of_go_count_where_the_range_has_no_end() -> None:
    opened = [{"introduced": "0"}]
    custom = [{"introduced": "0"}, {"fixed": "1.27.0"}]
    released = Condition(released=True)
    assert go(opened, custom) == [
        Advisory("X-1", "example.com/m", ranges=(Range(),)),
        Advisory("X-1", "example.com/m", ranges=(Range(fixed="1.27.0"),), condition=released),
    ]
    assert go([*opened, {"fixed": "2.0.0"}], custom) == [
        Advisory("X-1", "example.com/m", ranges=(Range(fixed="2.0.0"),))
    ]


def test_a_record_that_nobody_has_reviewed_knows_no_range() -> None:
    unseen = {"review_status": "UNREVIEWED"}
    opened = [{"introduced": "0"}]
    assert go(opened, database_specific=unseen) == [Advisory("X-1", "example.com/m", "unbounded", ranges=(Range(),))]
    assert go([*opened, {"fixed": "2.0.0"}], database_specific=unseen)[0].state == "affected"
    assert go(opened, database_specific={"review_status": "REVIEWED"})[0].state == "affected"


def test_names_of_a_vulnerability() -> None:
    aliases = ["GHSA-x", "CVE-2024-2", "X-1", "CVE-2024-1"]
    ((_, advisory),) = read([package("a")], aliases=aliases, related=["CVE-2024-9"])
    assert (advisory.id, advisory.aliases, advisory.note) == ("X-1", ("CVE-2024-1", "CVE-2024-2", "GHSA-x"), "")


@pytest.mark.parametrize(
    ("ecosystem", "field"), [("AlmaLinux:9", "related"), ("Debian:12", "upstream"), ("Wolfi", "aliases")]
)
def test_the_notice_of_a_distribution_is_about_each_vulnerability_it_names(ecosystem: str, field: str) -> None:
    found = read([package("a", ecosystem)], **{field: ["CVE-2024-2", "X-1", "DEBIAN-CVE-2024-1", "CVE-2024-1"]})
    assert found == [
        (ecosystem, Advisory(name, "a", versions=("1",), note="X-1")) for name in ("CVE-2024-1", "CVE-2024-2")
    ]


@pytest.mark.parametrize(
    ("ecosystem", "id", "fields", "expected"),
    [
        ("MinimOS", "MINI-1", {"upstream": ["CVE-2024-1111", "GHSA-x"]}, [("CVE-2024-1111", ("GHSA-x",), "MINI-1")]),
        ("Chainguard", "CGA-1", {"related": ["CGA-1", "GHSA-x"]}, [("GHSA-x", (), "CGA-1")]),
        ("Alpine:v3.20", "ALPINE-CVE-2024-1111", {}, [("CVE-2024-1111", (), "ALPINE-CVE-2024-1111")]),
        ("Alpine:v3.20", "CVE-2024-1111", {}, [("CVE-2024-1111", (), "")]),
        ("AlmaLinux:9", "ALSA-2024:1", {}, [("ALSA-2024:1", (), "")]),
        ("AlmaLinux:9", "ALBA-2024:1", {}, []),
        ("AlmaLinux:9", "ALEA-2024:1", {"related": ["CVE-2024-1111"]}, [("CVE-2024-1111", (), "ALEA-2024:1")]),
        ("openSUSE:Leap 15.5", "openSUSE-RU-2024:1-1", {}, []),
    ],
)
def test_names_of_a_notice(
    ecosystem: str, id: str, fields: dict[str, object], expected: list[tuple[str, tuple[str, ...], str]]
) -> None:
    found = read([package("a", ecosystem)], id=id, **fields)
    assert [(one.id, one.aliases, one.note) for _, one in found] == expected


def test_names_are_written_as_packages_have_them() -> None:
    found = read(
        [package("Flask.Login_x"), package("Newtonsoft.Json", "NuGet"), package("github.com/Grpc/grpc", "SwiftURL")]
    )
    assert [one.package for _, one in found] == ["flask-login-x", "newtonsoft.json", "github.com/grpc/grpc"]


def test_the_products_of_one_release_are_one_shard() -> None:
    def fixed(product: str, version: str) -> dict[str, object]:
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": version}]}]
        return package("a", f"SUSE:Linux Enterprise {product}", ranges=ranges, versions=[])

    products = [fixed("Server 12 SP1", "2"), fixed("Desktop 12 SP1", "2"), fixed("Server 12", "1")]
    found = read(products, id="SUSE-SU-1", related=["CVE-2024-1111"], published="2024-02-03T04:05:06Z")
    assert found == [
        ("SUSE:Linux Enterprise Server 12 SP1",
         Advisory("CVE-2024-1111", "a", ranges=(Range(fixed="2"),), note="SUSE-SU-1", fix_date="2024-02-03")),
        ("SUSE:Linux Enterprise Server 12",
         Advisory("CVE-2024-1111", "a", ranges=(Range(fixed="1"),), note="SUSE-SU-1", fix_date="2024-02-03")),
    ]  # fmt: skip


def test_products_of_red_hat_are_conditions() -> None:
    ((_, advisory),) = read([package("a", "Red Hat:rhel_eus:9.2::appstream")], id="RHSA-1", related=["CVE-2024-1111"])
    product = "redhat:rhel_eus:9.2::appstream"
    assert advisory.condition == Condition(cpes=(f"cpe:/a:{product}", f"cpe:/o:{product}"))


def test_the_vulnerable_packages_of_a_go_module() -> None:
    imports = [{"path": "m/p", "symbols": ["B", "A.f"], "goos": ["windows"]}, {"path": "m/q"}]
    specific = {"imports": imports, "custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "19.03.0"}]}]}
    found = read(
        [
            package("e.org/m", "Go", ecosystem_specific=specific),
            package("e.org/n", "Go", ecosystem_specific={"imports": "?"}),
            package("stdlib", "Go", ecosystem_specific=None),
        ]
    )
    condition = Condition(imports=(Import("m/p", ("A.f", "B"), ("windows",)), Import("m/q")))
    assert [one for _, one in found] == [
        Advisory("X-1", "e.org/m", versions=("1",), condition=condition),
        Advisory("X-1", "e.org/n", versions=("1",)),
        Advisory("X-1", "stdlib", versions=("1",)),
    ]


def test_packages_of_the_standard_library() -> None:
    found = read([package(name, "Go") for name in ("net/http", "cmd/go", "toolchain", "example.org/http", "stdlib")])
    assert [(one.package, one.condition) for _, one in found] == [
        ("stdlib", Condition(imports=(Import("net/http"),))),
        ("toolchain", None),
        ("example.org/http", None),
        ("stdlib", None),
    ]


def test_never_affected() -> None:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0"}]}]
    found = read([package("a", "Chainguard", ranges=ranges, versions=[])], id="CGA-1", related=["CVE-2024-1111"])
    assert found == [("Chainguard", Advisory("CVE-2024-1111", "a", "not_affected", note="CGA-1"))]


@pytest.mark.parametrize(
    ("id", "fields", "kind"),
    [
        ("MAL-2024-1", {}, "malware"),
        ("GHSA-x", {"aliases": ["MAL-2024-1"]}, "malware"),
        ("RUSTSEC-1", {"word": "unmaintained"}, "unmaintained"),
        ("RUSTSEC-1", {"word": "unsound"}, "unsound"),
        ("RUSTSEC-1", {"word": "notice"}, "notice"),
        ("RUSTSEC-1", {"word": "unheard"}, "notice"),
        ("RUSTSEC-1", {"word": None}, "vulnerability"),
    ],
)
def test_kinds(id: str, fields: dict[str, object], kind: str) -> None:
    specific = {"informational": fields.get("word")}
    ((_, advisory),) = read(
        [package("a", "crates.io", database_specific=specific)], id=id, aliases=fields.get("aliases")
    )
    assert (advisory.kind, advisory.severities) == (kind, ())


def test_weaknesses() -> None:
    ((_, advisory),) = read([package("a")], database_specific={"cwe_ids": ["CWE-79", "CWE-20", "CWE-79", 5]})
    assert advisory.cwes == ("CWE-79", "CWE-20")
    ((_, advisory),) = read([package("a")], database_specific={"cwe_ids": "CWE-79"})
    assert advisory.cwes == ()


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
    assert severities(package("a"), id="GHSA-x", database_specific={"severity": "HIGH"}) == (
        Severity("high", "ghsa", text="HIGH"),
    )


def text(**fields: Any) -> AdvisoryText:
    return text_of(parse_osv(json.dumps({"id": "X-1", "modified": "2026-01-01T12:00:00Z", **fields}).encode()))


def test_texts() -> None:
    references = [{"type": "FIX", "url": "https://fix"}, {"type": "ADVISORY", "url": "https://advisory"}]
    shown = text(
        summary=" A\n vulnerability. ", details="Long.", published="2024-01-02T00:00:00Z", references=references
    )
    assert shown == AdvisoryText("X-1", "A vulnerability.", "https://advisory", "2024-01-02", "2026-01-01")
    assert text(details="First one. Second.") == AdvisoryText(
        "X-1", "First one.", "https://osv.dev/vulnerability/X-1", "", "2026-01-01", excerpt=True
    )
    assert text(summary="word " * 1000).summary == "word " * 39 + "word…"
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


def test_a_record_of_every_ecosystem_is_read() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("../shared is not there")
    silent = set()
    for path in sorted(SAMPLES.rglob("*.json")):
        record = parse_osv(path.read_bytes())
        assert text_of(record).url.startswith("http")
        if not to_advisories(record) and not record.withdrawn:
            silent.add(path.parent.name)
    # Some of AlmaLinux's are about no vulnerability, GIT and OSS-Fuzz name commits alone, one of npm's has no version
    # at all.
    assert silent == {"AlmaLinux", "GIT", "OSS-Fuzz", "npm"}
