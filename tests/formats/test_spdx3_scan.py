"""SPDX 3 with vulnerabilities, and what others write in it."""

import json
from typing import Any

import pytest
from msgspec import structs

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.encoders.spdx3 import encode_spdx3, encode_spdx3_scan
from lading.formats.view import View
from lading.model.advisory import KnownExploited, Severity
from lading.model.decision import Scanned
from lading.model.errors import FormatError
from lading.model.finding import Finding, MatchBasis, VexWord
from lading.model.package import Inventory
from lading.model.report import InventoryResult
from lading.policy.gate import evaluate
from lading.policy.policy import Policy
from tests.formats.sboms import LIBSSL, SHOP
from tests.formats.test_sbom import model_errors
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

VIEW = View(tool="lading 1.0")
FOUND = InventoryResult(IMAGE, shop(), ())
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
BASE = Finding(
    "CVE-2024-1",
    LIBSSL,
    "affected",
    MatchBasis("debian-12", "CVE-2024-1"),
    Severity("critical", "cvss3", 9.8, VECTOR),
    fixed_version="3.1",
    aliases=("GHSA-1",),
    cwes=("CWE-79",),
    epss=0.5,
    percentile=0.9,
    known_exploited=KnownExploited("CVE-2024-1", "2024-02-03"),
    url="https://example.com/1",
)


def graph_of(*findings: Finding) -> list[dict[str, Any]]:
    report = report_on(IMAGE, shop(), (), shop_store())
    target = structs.replace(report.targets[0], findings=findings)
    evaluated = structs.replace(evaluate(report, Policy(), DAY), report=structs.replace(report, targets=(target,)))
    document = encode_spdx3_scan(Scanned(InventoryResult(SHOP, Inventory(packages=(LIBSSL,))), evaluated), VIEW)
    assert model_errors(document) == []
    graph: list[dict[str, Any]] = json.loads(document)["@graph"]
    return graph


def security(graph: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["type"]: one for one in graph if one["type"].startswith("security_")}


def test_a_scan_is_the_bill_with_every_open_finding() -> None:
    report = report_on(IMAGE, shop(), (), shop_store())
    document = encode_spdx3_scan(Scanned(FOUND, evaluate(report, Policy(), DAY)), VIEW)
    assert model_errors(document) == []
    graph = json.loads(document)["@graph"]
    found = [one for one in report.findings if one.is_open]
    names = [one["name"] for one in graph if one["type"] == "security_Vulnerability"]
    assert sorted(names) == sorted({one.id for one in found})
    states = [one for one in graph if one["relationshipType" if "relationshipType" in one else "type"] in (
        "affects", "underInvestigationFor",
    )]  # fmt: skip
    assert len(states) == len(found)
    known = {one["spdxId"] for one in graph if one["type"] == "software_Package"}
    assert {one["to"][0] for one in states} <= known
    assert parse_sbom(document, "x") == parse_sbom(encode_spdx3(FOUND, VIEW), "x")
    [whole] = [one for one in graph if one["type"] == "SpdxDocument"]
    assert set(whole["element"]) == {one["spdxId"] for one in graph if "spdxId" in one} - {whole["spdxId"]}
    properties = {one["extension_cdxPropName"]: one["extension_cdxPropValue"] for one in whole["extension"][0][
        "extension_cdxProperty"
    ]}  # fmt: skip
    assert json.loads(properties["lading:extent"]) == {"packages": 9, "matched": 9, "programs": 0, "bytes": 0}


def test_what_is_said_of_a_vulnerability() -> None:
    found = security(graph_of(BASE))
    vulnerability = found["security_Vulnerability"]
    assert [one["identifier"] for one in vulnerability["externalIdentifier"]] == ["CVE-2024-1", "GHSA-1"]
    assert vulnerability["externalRef"][0]["locator"] == ["https://example.com/1"]
    rating = found["security_CvssV3VulnAssessmentRelationship"]
    assert (rating["security_score"], rating["security_severity"], rating["security_vectorString"]) == (
        9.8,
        "critical",
        VECTOR,
    )
    assert found["security_EpssVulnAssessmentRelationship"]["security_probability"] == 0.5
    assert found["security_ExploitCatalogVulnAssessmentRelationship"]["security_catalogType"] == "kev"
    affected = found["security_VexAffectedVulnAssessmentRelationship"]
    assert affected["relationshipType"] == "affects"
    assert affected["security_actionStatement"] == "Upgrade openssl to 3.1 or later."
    without = security(graph_of(structs.replace(BASE, fixed_version="")))
    action = without["security_VexAffectedVulnAssessmentRelationship"]["security_actionStatement"]
    assert action == "No version of openssl without it is known."


@pytest.mark.parametrize(
    ("vector", "kind"),
    [
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "CvssV4"),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "CvssV2"),
        ("important", ""),
    ],
)
def test_every_version_of_cvss_has_its_rating(vector: str, kind: str) -> None:
    found = security(graph_of(structs.replace(BASE, severity=Severity("high", "x", 7.5, vector))))
    kinds = {name for name in found if "Cvss" in name}
    assert kinds == ({f"security_{kind}VulnAssessmentRelationship"} if kind else set())


def test_what_vex_says() -> None:
    word = VexWord("not_affected", "applied", "x", "Vendor", justification="vulnerable_code_not_present", text="none")
    found = security(graph_of(structs.replace(BASE, status="not_affected", vex=(word,))))
    stated = found["security_VexNotAffectedVulnAssessmentRelationship"]
    assert stated["relationshipType"] == "doesNotAffect"
    assert stated["security_justificationType"] == "vulnerableCodeNotPresent"
    assert stated["security_statusNotes"] == "none; Vendor"
    open_question = security(graph_of(structs.replace(BASE, status="under_investigation", reason="who knows")))
    assert (
        open_question["security_VexUnderInvestigationVulnAssessmentRelationship"]["security_statusNotes"] == "who knows"
    )


FOREIGN = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2024-03-06T00:00:00Z"},
        {"type": "SpdxDocument", "spdxId": "urn:d", "name": "shop"},
        {"type": "Organization", "spdxId": "urn:o", "name": "Somebody"},
        {
            "type": "software_Package",
            "spdxId": "urn:p1",
            "name": "Django",
            "software_packageVersion": "4.2",
            "suppliedBy": "urn:o",
            "externalIdentifier": [
                {"externalIdentifierType": "packageUrl", "identifier": "pkg:pypi/django@4.2"},
                {"externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*"},
            ],
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "ab" * 32}],
        },
        {"type": "software_Package", "spdxId": "urn:p2", "name": "mystery", "software_packageVersion": "1"},
        {"type": "software_File", "spdxId": "urn:f", "name": "a file"},
        {"type": "Relationship", "from": "urn:p1", "relationshipType": "dependsOn", "to": ["urn:p2", "urn:nowhere"]},
        {
            "type": "Relationship",
            "from": "urn:p1",
            "relationshipType": "hasConcludedLicense",
            "to": ["https://spdx.org/licenses/BSD-3-Clause"],
        },
        None,
    ],
}


def test_what_others_write() -> None:
    result = parse_sbom(json.dumps(FOREIGN).encode(), "x")
    django, mystery = sorted(result.inventory.packages, key=lambda one: one.name)
    assert (django.name, django.version, django.type) == ("django", "4.2", "pypi")
    assert (django.maintainer, django.licenses) == ("Somebody", ("BSD-3-Clause",))
    assert django.digests == {"sha256": "ab" * 32}
    assert django.depends_on == (mystery.id,)
    assert result.image.name == "shop"
    assert [one.code for one in result.diagnostics] == ["unidentified-components"]


@pytest.mark.parametrize("graph", [[], [{"type": "Bundle"}], [[]], 3])
def test_what_is_no_document(graph: object) -> None:
    document = {"@context": FOREIGN["@context"], "@graph": graph}
    with pytest.raises(FormatError, match=r"^x: "):
        parse_sbom(json.dumps(document).encode(), "x")
