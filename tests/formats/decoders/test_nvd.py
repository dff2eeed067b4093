"""Records of the NVD."""

import json

import pytest

from lading.formats.decoders.nvd import advisories_of, facts_of, parse_entry, parse_record
from lading.model.advisory import Advisory, Condition, Range, Severity, VulnerabilityRecord
from lading.model.errors import FormatError


def match(criteria: str, vulnerable: bool = True, **bounds: str) -> dict[str, object]:
    fields = [*criteria.split(":"), *["*"] * 11]
    return {"vulnerable": vulnerable, "criteria": f"cpe:2.3:{':'.join(fields[:11])}", **bounds}


def node(*matches: dict[str, object], **more: object) -> dict[str, object]:
    return {"operator": "OR", "negate": False, "cpeMatch": list(matches), **more}


def advisories(*configurations: dict[str, object], **more: object) -> list[Advisory]:
    document = {"id": "CVE-2024-1", "vulnStatus": "Analyzed", "configurations": list(configurations), **more}
    return advisories_of(parse_record(json.dumps(document).encode()))


def nodes(*matches: dict[str, object]) -> dict[str, object]:
    return {"nodes": [node(*matches)]}


def together(*parts: dict[str, object]) -> dict[str, object]:
    return {"operator": "AND", "nodes": list(parts)}


NGINX = match("a:f5:nginx", versionEndExcluding="1.2")
AFFECTED = [Advisory("CVE-2024-1", "f5:nginx", ranges=(Range(fixed="1.2"),))]


def test_bounds_of_every_kind_and_exact_versions_of_one_product_are_one_advisory() -> None:
    found = advisories(
        nodes(
            match("a:x:y", versionStartIncluding="1", versionEndExcluding="1.5"),
            match("a:x:y", versionStartExcluding="2", versionEndIncluding="2.5"),
            match("a:x:y:3.0"),
            match("a:x:y:3.1:rc_2"),
            match("a:x:y:3.0"),
        ),
        nodes(match("a:x:z")),
    )
    spans = (Range("1", fixed="1.5"), Range(last_affected="2.5", after="2"))
    assert found == [
        Advisory("CVE-2024-1", "x:y", ranges=spans, versions=("3.0", "3.1-rc2")),
        Advisory("CVE-2024-1", "x:z", ranges=(Range(),)),
    ]


@pytest.mark.parametrize("criteria", ["h:x:y:1", "o:x:y_firmware:1", "o:debian:debian_linux:12", "a:x:y:-", "junk"])
def test_hardware_firmware_systems_and_no_version_are_left_out(criteria: str) -> None:
    assert advisories(nodes(match(criteria))) == []


def test_kernels_stay() -> None:
    found = advisories(nodes(match("o:linux:linux_kernel", versionEndExcluding="6.1")))
    assert found == [Advisory("CVE-2024-1", "linux:linux_kernel", ranges=(Range(fixed="6.1"),))]


def test_a_branch_is_a_range() -> None:
    found = advisories(nodes(match("a:x:y:3.*"), match("a:x:z:1.9.*")))
    assert [advisory.ranges for advisory in found] == [(Range("3", fixed="4"),), (Range("1.9", fixed="1.10"),)]


def test_java_is_written_in_one_way() -> None:
    found = advisories(nodes(match("a:oracle:jdk:1.8.0:update_292"), match("a:oracle:jdk:11.0.11")))
    assert found == [Advisory("CVE-2024-1", "oracle:jdk", versions=("8.0.292", "11.0.11"))]


def test_target_software_and_edition_are_conditions() -> None:
    found = advisories(
        nodes(match("a:x:y:1:::::wordpress"), match("a:x:y:1::::enterprise"), match("a:x:y:1"), match("a:x:y:2"))
    )
    assert found == [
        Advisory("CVE-2024-1", "x:y", versions=("1",), condition=Condition(target="wordpress")),
        Advisory("CVE-2024-1", "x:y", versions=("1",), condition=Condition(edition="enterprise")),
        Advisory("CVE-2024-1", "x:y", versions=("1", "2")),
    ]


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        (match("h:intel:xeon", False), []),
        (match("o:microsoft:windows", False), []),
        (match("o:apple:macos", False), []),
        (match("o:linux:linux_kernel", False), AFFECTED),
        (match("o:redhat:enterprise_linux", False), AFFECTED),
        (match("a:php:php", False), AFFECTED),
    ],
)
def test_company_that_a_container_cannot_hold_frees(company: dict[str, object], expected: list[Advisory]) -> None:
    assert advisories(together(node(NGINX), node(company))) == expected
    assert advisories({"nodes": [node(NGINX, company, operator="AND")]}) == expected


def test_one_of_several_companions_is_enough() -> None:
    windows, linux = match("o:microsoft:windows", False), match("o:linux:linux_kernel", False)
    assert advisories(together(node(NGINX), node(windows, linux))) == AFFECTED
    assert advisories(together(node(NGINX), node(windows), node(linux))) == []


def test_what_is_marked_not_vulnerable_is_no_product_with_the_vulnerability() -> None:
    assert advisories(nodes(NGINX, match("a:x:y", False))) == AFFECTED


def test_negated_nodes_rejected_records_and_hosted_services_give_nothing() -> None:
    assert advisories({"nodes": [node(NGINX, negate=True)]}) == []
    assert advisories(nodes(NGINX), vulnStatus="Rejected") == []
    assert advisories(nodes(NGINX), cveTags=[{"tags": ["exclusively-hosted-service"]}]) == []


def test_disputes_are_told() -> None:
    (advisory,) = advisories(nodes(NGINX), cveTags=[{"tags": ["disputed"]}])
    assert advisory.remark == "its finders and the maintainers dispute it"


def test_facts() -> None:
    def metric(source: str, kind: str, vector: str, score: float, **more: object) -> dict[str, object]:
        return {"source": source, "type": kind, "cvssData": {"vectorString": vector, "baseScore": score, **more}}

    document = {
        "id": "CVE-2024-1",
        "vulnStatus": "Modified",
        "published": "2024-05-14T15:45:11.543",
        "descriptions": [{"lang": "es", "value": "No."}, {"lang": "en", "value": "  A vulnerability\nin it. "}],
        "metrics": {
            "cvssMetricV2": [
                metric("nvd@nist.gov", "Primary", "AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5) | {"baseSeverity": "HIGH"}
            ],
            "cvssMetricV31": [
                metric("security@github.com", "Secondary", "CVSS:3.1/AV:N", 5.0, baseSeverity="MEDIUM"),
                metric("nvd@nist.gov", "Primary", "CVSS:3.1/AV:L", 9.8, baseSeverity="CRITICAL"),
                metric("134c704f-9b21-4f2e-91b3-4a467353bcc0", "Secondary", "CVSS:3.1/AV:P", 0.0, baseSeverity="NONE"),
            ],
            "cvssMetricV40": [
                metric("cna@vuldb.com", "Secondary", "CVSS:4.0/AV:N/E:X/MAV:X/AU:X", 2.1, baseSeverity="LOW")
            ],
            "ssvcV203": [{"source": "x", "ssvcData": {}}],
        },
        "weaknesses": [
            {"description": [{"lang": "en", "value": "CWE-787"}, {"lang": "en", "value": "NVD-CWE-noinfo"}]},
            {"description": [{"lang": "en", "value": "CWE-79"}, {"lang": "en", "value": "CWE-787"}]},
        ],
    }
    assert facts_of(parse_entry(json.dumps({"cve": document}).encode())) == VulnerabilityRecord(
        "CVE-2024-1",
        severities=(
            Severity("low", "cna:vuldb.com", 2.1, "CVSS:4.0/AV:N"),
            Severity("critical", "nvd", 9.8, "CVSS:3.1/AV:L"),
            Severity("medium", "cna:github.com", 5.0, "CVSS:3.1/AV:N"),
            Severity("negligible", "cna:cisa-adp", 0.0, "CVSS:3.1/AV:P"),
            Severity("high", "nvd", 7.5, "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        ),
        cwes=("CWE-79", "CWE-787"),
        published="2024-05-14",
        summary="A vulnerability in it.",
        status="Modified",
    )


def test_long_summaries_are_cut_and_rejected_records_only_named() -> None:
    document = {"id": "CVE-2024-1", "published": "2024-05-14", "descriptions": [{"lang": "en", "value": "word " * 99}]}
    summary = facts_of(parse_record(json.dumps(document).encode())).summary
    assert (len(summary), summary[-6:]) == (300, " word…")
    rejected = facts_of(parse_record(json.dumps({**document, "vulnStatus": "Rejected"}).encode()))
    assert rejected == VulnerabilityRecord("CVE-2024-1", published="2024-05-14", status="Rejected")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"cve": {"id": 5}}', b'{"cve": {"id": "\xff"}}', b"[" * 100_000])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_entry(data)
    with pytest.raises(FormatError):
        parse_record(data)
