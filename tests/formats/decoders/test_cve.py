"""CVE records, version 5."""

import json
from typing import Any

import pytest

from lading.formats.decoders.cve import advisories_of, facts_of, parse_cve
from lading.model.advisory import Advisory, Range, Ssvc, VulnerabilityRecord
from lading.model.errors import FormatError


def record(*affected: dict[str, Any], adp: tuple[dict[str, Any], ...] = (), state: str = "PUBLISHED") -> bytes:
    cna = {"providerMetadata": {"shortName": "PSF"}, "title": "A flaw", "affected": list(affected)}
    metadata = {"cveId": "CVE-2026-1", "state": state}
    return json.dumps({"cveMetadata": metadata, "containers": {"cna": cna, "adp": list(adp)}}).encode()


def product(*versions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"vendor": "Python Software Foundation", "product": "CPython", "versions": list(versions), **fields}


def spans(*versions: dict[str, Any], **fields: Any) -> tuple[tuple[Range, ...], tuple[str, ...]]:
    (found,) = advisories_of(parse_cve(record(product(*versions, **fields)))) or [Advisory("", "")]
    return found.ranges, found.versions


def version(start: str, status: str = "affected", **fields: str) -> dict[str, Any]:
    return {"version": start, "status": status, **fields}


@pytest.mark.parametrize(
    ("stated", "ranges", "versions"),
    [
        ([version("0", lessThan="3.11.9")], [Range(fixed="3.11.9")], []),
        ([version("3.12.0", lessThan="3.12.3")], [Range("3.12.0", fixed="3.12.3")], []),
        ([version("3.12.0", lessThanOrEqual="3.12.2")], [Range("3.12.0", last_affected="3.12.2")], []),
        ([version("3.12.0", lessThanOrEqual="3.12.*")], [Range("3.12.0", fixed="3.13")], []),
        ([version("3.0", lessThan="*")], [Range("3.0")], []),
        ([version("0", lessThan="*")], [Range("0")], []),
        ([version("3.1.2")], [], ["3.1.2"]),
        ([version("< 1.2.3")], [Range(fixed="1.2.3")], []),
        ([version(">= 1.0.0, < 1.2.3")], [Range("1.0.0", fixed="1.2.3")], []),
        ([version("before 1.2")], [Range(fixed="1.2")], []),
        ([version("2.x")], [Range("2", fixed="3")], []),
        ([version("n/a")], [], []),
        ([version("all of them")], [], []),
        ([version("0", lessThan="0123abc", versionType="git")], [], []),
        ([version("1.0", "unaffected")], [], []),
    ],
)
def test_versions(stated: list[dict[str, Any]], ranges: list[Range], versions: list[str]) -> None:
    assert spans(*stated) == (tuple(ranges), tuple(versions))


def test_all_but_what_is_free_of_it() -> None:
    free = version("6.1.5", "unaffected", lessThanOrEqual="6.1.*"), version("6.2", "unaffected", lessThan="*")
    assert spans(*free, defaultStatus="affected") == ((Range(fixed="6.1.5"),), ())
    assert spans(*free) == ((), ())


def test_products_by_words_and_by_cpes() -> None:
    (one, other) = advisories_of(
        parse_cve(record(product(version("0", lessThan="3.9"), cpes=["cpe:2.3:a:python:python:*:*:*:*:*:*:*:*"])))
    )
    assert (one.package, other.package) == ("python:python", "python_software_foundation:cpython")
    assert one == Advisory(
        "CVE-2026-1", "python:python", ranges=(Range(fixed="3.9"),), remark="versions given by PSF in the CVE record"
    )
    assert advisories_of(parse_cve(record(product(version("1.0"), vendor="n/a")))) == []


def test_what_the_numbering_authority_says_goes_first() -> None:
    adp = {
        "providerMetadata": {"shortName": "CISA-ADP"},
        "affected": [
            product(version("0", lessThan="9")),
            {"vendor": "other", "product": "thing", "versions": [version("0", lessThan="2")]},
        ],
    }
    found = advisories_of(parse_cve(record(product(version("0", lessThan="3.9")), adp=(adp,))))
    assert [(one.package, one.ranges, one.remark) for one in found] == [
        ("python_software_foundation:cpython", (Range(fixed="3.9"),), "versions given by PSF in the CVE record"),
        ("other:thing", (Range(fixed="2"),), "versions given by CISA-ADP in the CVE record"),
    ]


def test_a_rejected_record_says_nothing() -> None:
    assert advisories_of(parse_cve(record(product(version("0", lessThan="3")), state="REJECTED"))) == []


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"cveMetadata": {}}', b"[" * 10_000])
def test_what_is_no_record(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_cve(data)


def test_points_of_ssvc() -> None:
    options = [{"Exploitation": "poc"}, {"Automatable": "No"}, {"Technical Impact": "total"}]
    metrics = [{"cvssV3_1": {}}, {"other": {"type": "ssvc", "content": {"options": options}}}]
    assert facts_of(parse_cve(record(adp=({"metrics": metrics},)))) == VulnerabilityRecord(
        "CVE-2026-1", ssvc=Ssvc("poc", "no", "total")
    )
    odd = [{"other": {"type": "ssvc", "content": 3}}, {"other": {"type": "kev", "content": {}}}]
    assert facts_of(parse_cve(record(adp=({"metrics": odd},)))) is None
