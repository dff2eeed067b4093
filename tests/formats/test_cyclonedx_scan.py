"""CycloneDX with vulnerabilities: what it says of each, by the official schema, and that it reads back as the image."""

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec import structs

from lading.formats.decoders.cyclonedx import parse_cyclonedx
from lading.formats.encoders.cyclonedx import (
    encode_cyclonedx,
    encode_cyclonedx_17,
    encode_cyclonedx_scan,
    encode_cyclonedx_scan_17,
)
from lading.formats.view import View
from lading.model.advisory import Range, Severity
from lading.model.decision import Scanned
from lading.model.finding import Finding, Justification, MatchBasis, Status, Suppression, VexWord
from lading.model.package import Inventory
from lading.model.report import InventoryResult
from lading.policy.gate import evaluate
from lading.policy.policy import Policy
from lading.versions.vers import alternatives
from tests.formats.sboms import LIBSSL, SHOP
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

VIEW = View(None, False, False, "lading 1.0")
FOUND = InventoryResult(IMAGE, shop(), ())
BASE = Finding("CVE-2024-1", LIBSSL, "affected", MatchBasis("debian-12", "CVE-2024-1"), Severity("high", "debian"))


def encode(scanned: Scanned) -> dict[str, Any]:
    encoded = encode_cyclonedx_scan(scanned, VIEW)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(encoded.decode()) is None
    bom: dict[str, Any] = json.loads(encoded)
    return bom


def of(*findings: Finding) -> list[dict[str, Any]]:
    """The entries of these findings in the package that they are in."""
    report = report_on(IMAGE, shop(), (), shop_store())
    target = structs.replace(report.targets[0], findings=findings)
    evaluated = structs.replace(evaluate(report, Policy(), DAY), report=structs.replace(report, targets=(target,)))
    found = InventoryResult(SHOP, Inventory(packages=(LIBSSL,)), ())
    entries: list[dict[str, Any]] = encode(Scanned(found, evaluated)).get("vulnerabilities", [])
    return entries


def test_a_scan_is_the_bill_with_every_open_finding() -> None:
    report = report_on(IMAGE, shop(), (), shop_store())
    bom = encode(Scanned(FOUND, evaluate(report, Policy(), DAY)))
    found = [one for one in report.findings if one.is_open]
    assert {one["id"] for one in bom["vulnerabilities"]} == {one.id for one in found}
    known = {one["bom-ref"] for one in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    places = [place["ref"] for one in bom["vulnerabilities"] for place in one["affects"]]
    assert set(places) <= known
    assert len(places) == len(found)
    plain = json.loads(encode_cyclonedx(FOUND, VIEW))
    coverage = [(one["name"], json.loads(one["value"])) for one in bom["metadata"].pop("properties")]
    assert coverage[0] == ("lading:extent", {"packages": 9, "matched": 9, "programs": 0, "bytes": 0})
    assert [(name, one["kind"], one["packages"], one["matched"]) for name, one in coverage[1:]] == [
        ("lading:coverage", "deb debian 12", 9, 9),
        ("lading:coverage", "CISA KEV", 0, 0),
    ]
    assert {key: value for key, value in bom.items() if key not in ("vulnerabilities", "serialNumber")} == {
        key: value for key, value in plain.items() if key != "serialNumber"
    }


def test_it_reads_back_as_what_was_scanned() -> None:
    scanned = Scanned(FOUND, evaluate(report_on(IMAGE, shop(), (), shop_store()), Policy(), DAY))
    encoded = encode_cyclonedx_scan(scanned, VIEW)
    assert parse_cyclonedx(encoded, "x") == parse_cyclonedx(encode_cyclonedx(FOUND, VIEW), "x")


@pytest.mark.parametrize("reading", [FOUND, InventoryResult(SHOP, Inventory(packages=(LIBSSL,)), ())])
def test_1_7_is_the_same_by_its_own_schema(reading: InventoryResult) -> None:
    scanned = Scanned(reading, evaluate(report_on(IMAGE, shop(), (), shop_store()), Policy(), DAY))
    for newer, older in (
        (encode_cyclonedx_17(reading, VIEW), encode_cyclonedx(reading, VIEW)),
        (encode_cyclonedx_scan_17(scanned, VIEW), encode_cyclonedx_scan(scanned, VIEW)),
    ):
        assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(newer.decode()) is None
        assert parse_cyclonedx(newer, "x") == parse_cyclonedx(older, "x")
        one, other = json.loads(newer), json.loads(older)
        assert (one.pop("specVersion"), other.pop("specVersion")) == ("1.7", "1.6")
        assert one.pop("$schema") == "http://cyclonedx.org/schema/bom-1.7.schema.json"
        del other["$schema"], one["serialNumber"], other["serialNumber"]
        assert one == other


def test_one_entry_says_everything_in_fields_of_its_own() -> None:
    finding = structs.replace(
        BASE,
        severities=(
            Severity("critical", "nvd", 9.8, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
            Severity("negligible", "cvss2", 1.0, "AV:L/AC:H/Au:N/C:P/I:N/A:N"),
        ),
        aliases=("GHSA-aaaa-bbbb-cccc",),
        notices=("DSA-1-1",),
        cwes=("CWE-79", "CWE-noinfo"),
        fixed_version="3.0.12",
        fix_state="fixed",
        url="https://security-tracker.debian.org/tracker/CVE-2024-1",
        summary="Reads too far.",
    )
    (entry,) = of(finding)
    del entry["properties"]
    assert entry == {
        "bom-ref": f"vulnerability:{finding.occurrence}",
        "id": "CVE-2024-1",
        "source": {"name": "debian-12"},
        "references": [
            {"id": "GHSA-aaaa-bbbb-cccc", "source": {"name": "GHSA"}},
            {"id": "DSA-1-1", "source": {"name": "DSA"}},
        ],
        "ratings": [
            {"source": {"name": "debian"}, "severity": "high", "method": "other"},
            {
                "source": {"name": "nvd"},
                "score": 9.8,
                "severity": "critical",
                "method": "CVSSv31",
                "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            },
            {
                "source": {"name": "cvss2"},
                "score": 1.0,
                "severity": "info",
                "method": "CVSSv2",
                "vector": "AV:L/AC:H/Au:N/C:P/I:N/A:N",
            },
        ],
        "cwes": [79],
        "description": "Reads too far.",
        "recommendation": "Upgrade openssl to 3.0.12 or later.",
        "advisories": [{"url": "https://security-tracker.debian.org/tracker/CVE-2024-1"}],
        "affects": [
            {
                "ref": LIBSSL.purl,
                "versions": [
                    {"version": LIBSSL.version, "status": "affected"},
                    {"version": "3.0.12", "status": "unaffected"},
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("status", "state", "version"),
    [
        ("affected", None, "affected"),
        ("fixed", "resolved", "unaffected"),
        ("not_affected", "not_affected", "unaffected"),
        ("under_investigation", "in_triage", "unknown"),
    ],
)
def test_each_status_has_its_state(status: Status, state: str | None, version: str) -> None:
    (entry,) = of(structs.replace(BASE, status=status, vex=(VexWord("affected", "shown", "b.json"),)))
    assert entry.get("analysis", {}).get("state") == state
    assert [one["status"] for place in entry["affects"] for one in place["versions"]] == [version]


@pytest.mark.parametrize(
    ("justification", "expected"),
    [
        ("", None),
        ("component_not_present", "code_not_present"),
        ("vulnerable_code_not_present", "code_not_present"),
        ("vulnerable_code_not_in_execute_path", "code_not_reachable"),
        ("vulnerable_code_cannot_be_controlled_by_adversary", "requires_environment"),
        ("inline_mitigations_already_exist", "protected_by_mitigating_control"),
    ],
)
def test_what_vex_states_is_the_analysis(justification: Justification, expected: str | None) -> None:
    word = VexWord("not_affected", "applied", "a.json", "Vendor", justification=justification, text="Not built in.")
    merely_found = VexWord("affected", "shown", "b.json")
    (entry,) = of(structs.replace(BASE, vex=(word, merely_found), suppressions=(Suppression("vex", "a.json"),)))
    analysis = entry["analysis"]
    assert analysis.pop("justification", None) == expected
    assert analysis == {"state": "not_affected", "detail": "Not built in.; Vendor"}


def test_an_ignore_is_told_and_is_no_state() -> None:
    (entry,) = of(structs.replace(BASE, suppressions=(Suppression("ignore", "p.toml:3", "accepted until May"),)))
    assert entry["analysis"] == {"detail": "accepted until May"}
    assert {"name": "lading:suppressed", "value": "ignore"} in entry["properties"]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://x/a b", "https://x/\n", "not an address"])
def test_what_is_no_address_is_left_out(url: str) -> None:
    (entry,) = of(structs.replace(BASE, url=url))
    assert "advisories" not in entry


def test_what_is_in_no_package_is_in_the_image() -> None:
    (entry,) = of(structs.replace(BASE, package=structs.replace(LIBSSL, name="shop", type="oci", purl="")))
    (place,) = entry["affects"]
    assert place["ref"].startswith("pkg:oci/shop@")


@pytest.mark.parametrize("status", ["fixed", "not_affected"])
def test_what_the_version_is_without_is_no_vulnerability(status: Status) -> None:
    assert of(structs.replace(BASE, status=status)) == []


def test_no_findings_are_no_entries() -> None:
    assert of() == []


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (Range(fixed="3.0.11-1~deb12u1"), "vers:deb/<3.0.11-1~deb12u1"),
        (Range("3.0", "3.1+x"), "vers:deb/>=3.0|<3.1+x"),
        (Range("3.0", last_affected="1:3.1"), "vers:deb/>=3.0|<=1:3.1"),
        (Range(after="2~9"), "vers:deb/>2~9"),
        (Range(), "vers:deb/*"),
        (Range(fixed="\u0663"), ""),
    ],
)
def test_the_range_that_decided(span: Range, written: str) -> None:
    [entry] = of(structs.replace(BASE, basis=structs.replace(BASE.basis, range=span)))
    [place] = entry["affects"]
    assert [one["range"] for one in place["versions"] if "range" in one] == ([written] if written else [])
    if written:
        assert {"range": written, "status": "affected"} in place["versions"]
        assert alternatives("deb", written) is not None
