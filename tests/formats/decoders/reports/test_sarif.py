"""SARIF of the three scanners."""

import json
from typing import Any

import pytest

from lading.formats.decoders.reports.sarif import parse_sarif
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow


def log(name: str, rules: list[dict[str, Any]], results: list[dict[str, Any]], **run: Any) -> bytes:
    driver = {"name": name, "version": "1.2.3", "rules": rules}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results, **run}]}).encode()


def result(rule: str, text: str, uri: str = "", **more: Any) -> dict[str, Any]:
    location = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    return {"ruleId": rule, "message": {"text": text}, "locations": [location] if uri else [], **more}


def test_trivy() -> None:
    stated = "Package: %s\nInstalled Version: %s\nVulnerability %s\nSeverity: HIGH\nFixed Version: %s\nLink: [x](y)"
    read = parse_sarif(
        log(
            "Trivy",
            [
                {"id": "CVE-1-1", "name": "OsPackageVulnerability"},
                {"id": "CVE-1-2", "name": "LanguageSpecificPackageVulnerability"},
                {"id": "DS001", "name": "Misconfiguration"},
            ],
            [
                result("CVE-1-1", stated % ("bash", "5.2-1", "CVE-1-1", ""), "library/shop"),
                result("CVE-1-2", stated % ("g:a", "1.5", "CVE-1-2", "1.6"), "app/a%20b.jar"),
                result("DS001", "Artifact: Dockerfile\nType: dockerfile"),
            ],
            properties={"imageName": "shop:1", "imageID": "sha256:1f"},
        ),
        "s.json",
    )
    assert read == ForeignReport(
        tool="Trivy 1.2.3",
        rows=(
            ForeignRow("CVE-1-1", ForeignPackage("", "bash", "5.2-1"), severity="high"),
            ForeignRow(
                "CVE-1-2",
                ForeignPackage("", "g:a", "1.5"),
                paths=("app/a b.jar",),
                fixed_version="1.6",
                severity="high",
            ),
        ),
        target="shop:1",
        config_digest="sha256:1f",
        skipped=1,
    )


def test_grype() -> None:
    help = "Vulnerability CVE-1-1\nSeverity: low\nPackage: a\nFix Version: 1.6\nType: python\nData Namespace: github"
    rule = {"id": "CVE-1-1-a-b", "help": {"text": help}, "properties": {"purls": ["pkg:pypi/a-b@1.5"]}}
    text = "A low vulnerability in python package: a-b, version 1.5 was found in image shop at: /opt/x"
    found = result("CVE-1-1-a-b", text, "shop//opt/x")
    found["locations"][0]["logicalLocations"] = [{"name": "/opt/x", "fullyQualifiedName": "shop@:/opt/x"}]
    assert parse_sarif(log("grype", [rule], [found]), "s.json").rows == (
        ForeignRow(
            "CVE-1-1",
            ForeignPackage("pypi", "a-b", "1.5"),
            paths=("opt/x",),
            fixed_version="1.6",
            severity="low",
            source="github",
        ),
    )


def test_osv_scanner() -> None:
    ids = ["CVE-2022-24713", "RUSTSEC-2022-0013"]
    rule = {"id": ids[0], "deprecatedIds": ids, "properties": {"security-severity": "7.5"}}
    text = "Package '@scope/regex@1.5.1' is vulnerable to 'CVE-2022-24713' (also known as 'RUSTSEC-2022-0013')."
    read = parse_sarif(log("osv-scanner", [rule], [result(ids[0], text, "file:///srv/Cargo.lock")]), "s.json")
    assert read.tool == "OSV-Scanner 1.2.3"
    assert read.rows == (
        ForeignRow(
            "CVE-2022-24713",
            ForeignPackage("", "@scope/regex", "1.5.1"),
            aliases=("RUSTSEC-2022-0013",),
            paths=("srv/Cargo.lock",),
            severity="high",
        ),
    )


@pytest.mark.parametrize(
    ("suppressions", "left_out"),
    [
        ([], ""),
        ([{"kind": "external", "status": "rejected"}], ""),
        ([{"kind": "inSource"}], "suppressed"),
        ([{"kind": "external", "status": "accepted", "justification": "not used"}], "suppressed (not used)"),
    ],
)
def test_suppressions(suppressions: list[dict[str, str]], left_out: str) -> None:
    found = result("CVE-1-1", "Package 'a@1' is vulnerable to 'CVE-1-1'.", suppressions=suppressions)
    assert [row.left_out for row in parse_sarif(log("osv-scanner", [], [found]), "s.json").rows] == [left_out]


def test_a_sentence_that_is_not_known_is_counted() -> None:
    assert parse_sarif(log("grype", [], [result("x", "something else " * 10_000)]), "s.json").skipped == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"version": "1.0", "runs": []}', "s.json: SARIF '1.0' is not read; 2.1.0 is"),
        (log("CodeQL", [], []), "s.json: SARIF by CodeQL; that of Trivy, Grype and OSV-Scanner is read"),
        (
            b'{"version": "2.1.0", "runs": null}',
            "s.json: SARIF by nobody; that of Trivy, Grype and OSV-Scanner is read",
        ),
    ],
)
def test_what_is_none_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as error:
        parse_sarif(data, "s.json")
    assert str(error.value) == message
