"""CSAF 2.0, by the validator of its committee's own tests, and read back as VEX."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from lading.formats.decoders.vex.csaf import parse_csaf_vex
from lading.formats.encoders.csaf import encode_csaf_statements, encode_csaf_vdr, encode_csaf_vex
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.report import Report
from lading.model.vex import VexDocument, VexProduct, VexStatement
from tests.formats.encoders.special import HOSTILE, SPECIAL
from tests.support.readers import run_reader

_VIEW = View(tool="lading 1.0")
_SHOP = VexProduct("shop", purls=("pkg:oci/shop@sha256%3Aab?repository_url=registry.example/shop",))
_PART = VexProduct("curl", purls=("pkg:deb/debian/curl@7.88",), cpes=("cpe:2.3:a:haxx:curl:7.88:*:*:*:*:*:*:*",))
STATEMENTS = VexDocument(
    "openvex",
    "",
    "Shop Security",
    "1",
    "2026-01-31T12:00:00Z",
    (
        VexStatement("CVE-2024-0001", "affected", (structs.replace(_SHOP, subcomponents=(_PART,)),), "1"),
        VexStatement(
            "CVE-2024-0001",
            "not_affected",
            (structs.replace(_SHOP, subcomponents=(_PART,)), _SHOP),
            "2",
            justification="component_not_present",
        ),
        VexStatement("GHSA-aaaa-bbbb-cccc", "not_affected", (_SHOP,), "3", aliases=("CVE-2024-2",), impact=HOSTILE),
        VexStatement("CVE-2024-0003", "affected", (_PART,), "4", action="Do not use it."),
        VexStatement("CVE-2024-0004", "fixed", (VexProduct("other", version="1.0-before<2"),), "5"),
        VexStatement("CVE-2024-0005", "under_investigation", (_SHOP,), "6", notes="being looked at"),
    ),
)


def several() -> Evaluated:
    """The report twice, of two images."""
    (target,) = SPECIAL.report.targets
    other = structs.replace(target, image=structs.replace(target.image, name=HOSTILE, digest=""))
    return Evaluated(Report("lading 1", (target, other)), Decision())


def documents() -> dict[str, bytes]:
    return {
        "vex": b"".join(encode_csaf_vex(SPECIAL, _VIEW)),
        "vdr": b"".join(encode_csaf_vdr(SPECIAL, _VIEW)),
        "several": b"".join(encode_csaf_vex(several(), _VIEW)),
        "statements": b"".join(encode_csaf_statements(STATEMENTS, _VIEW)),
    }


def test_the_schema_and_all_mandatory_tests_pass(tmp_path: Path) -> None:
    paths = []
    for name, content in documents().items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_bytes(content)
    bad = json.loads(documents()["vex"])
    bad["vulnerabilities"][0]["product_status"]["fixed"] = ["not-there"]
    paths.append(tmp_path / "bad.json")
    paths[-1].write_text(json.dumps(bad))
    *found, refused = run_reader("check_csaf.mjs", *paths)
    assert [one["failed"] for one in found] == [[]] * 4
    assert [name for name, _ in refused["failed"]] == ["mandatoryTest_6_1_1"]


@pytest.mark.parametrize("name", ["vex", "vdr"])
def test_a_report_is_read_back(name: str) -> None:
    read = parse_csaf_vex(documents()[name], "report.json")
    assert (read.author, read.time, read.diagnostics) == ("lading", "2026-01-31T00:00:00Z", ())
    said = {
        (one.vulnerability, part.purls, one.status, one.justification)
        for one in read.statements
        for product in one.products
        for part in product.subcomponents
    }
    curl, libcurl, zlib, tar = (
        f"pkg:deb/debian/{one}?arch=amd64&distro=debian-12"
        for one in ("curl@7.88.1-10", "libcurl4@7.88.1-10", "zlib1g@1:1.2.13-1", "tar@1.34-1")
    )
    log4j = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
    assert {one for one in said if one[1]} == {
        ("CVE-2023-38545", (curl,), "affected", ""),
        ("CVE-2023-38545", (libcurl,), "affected", ""),
        ("CVE-2005-2541", (tar,), "affected", ""),
        ("CVE-2023-45853", (zlib,), "under_investigation", ""),
        ("CVE-2022-37434", (zlib,), "fixed", ""),
        ("CVE-2021-23337", ("pkg:npm/lodash@4.17.20",), "affected", ""),
        ("CVE-2020-8203", ("pkg:npm/lodash@4.17.20",), "affected", ""),
        ("CVE-2021-44228", (log4j,), "not_affected", "vulnerable_code_not_present"),
    }
    actions = {one.vulnerability: one.action for one in read.statements if one.action}
    assert actions["CVE-2021-23337"] == "Upgrade lodash to 4.17.21."


def test_statements_are_read_back() -> None:
    read = parse_csaf_vex(documents()["statements"], "s.json")
    assert read.author == "Shop Security"
    said = [
        (
            one.vulnerability,
            one.status,
            one.justification,
            [part.name for p in one.products for part in p.subcomponents],
        )
        for one in read.statements
    ]
    # The second statement takes the first one's place.
    assert ("CVE-2024-0001", "not_affected", "component_not_present", ["curl"]) in said
    assert not any(one[:2] == ("CVE-2024-0001", "affected") for one in said)
    assert {one[0]: one[1] for one in said}["CVE-2024-0004"] == "fixed"
    impacts = {one.vulnerability: one.impact for one in read.statements}
    assert impacts["GHSA-aaaa-bbbb-cccc"].isprintable()
