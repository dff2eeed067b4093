"""Trivy's JSON."""

import json
from typing import Any

import pytest

from lading.formats.decoders.reports.trivy import parse_trivy
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow

OPENSSL = {
    "VulnerabilityID": "CVE-2023-5363",
    "VendorIDs": ["DSA-5532-1"],
    "PkgName": "libssl3",
    "PkgIdentifier": {"PURL": "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12"},
    "InstalledVersion": "3.0.9-1",
    "FixedVersion": "3.0.11-1~deb12u2",
    "Severity": "HIGH",
    "DataSource": {"ID": "debian", "Name": "Debian Security Tracker"},
}
DJANGO = {
    "VulnerabilityID": "CVE-2024-1",
    "PkgName": "Django",
    "PkgPath": "opt/venv/Django-3.2.dist-info/METADATA",
    "InstalledVersion": "3.2",
    "Severity": "UNKNOWN",
    "Title": "** REJECT ** DO NOT USE",
}


def report(*results: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"SchemaVersion": 2, "Results": list(results), **more}).encode()


def parse(*results: dict[str, Any], **more: Any) -> ForeignReport:
    return parse_trivy(report(*results, **more), "t.json")


def test_a_report() -> None:
    read = parse(
        {"Target": "shop (debian 12.5)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [OPENSSL]},
        {"Target": "Python", "Class": "lang-pkgs", "Type": "python-pkg", "Vulnerabilities": [DJANGO]},
        Trivy={"Version": "0.74.0"},
        CreatedAt="2026-11-28T20:04:57.3Z",
        ArtifactName="shop:1",
        Metadata={"ImageID": "sha256:1f", "DiffIDs": ["sha256:a", "sha256:b"]},
    )
    assert read == ForeignReport(
        tool="Trivy 0.74.0",
        rows=(
            ForeignRow(
                id="CVE-2023-5363",
                package=ForeignPackage("deb", "libssl3", "3.0.9-1"),
                aliases=("DSA-5532-1",),
                fixed_version="3.0.11-1~deb12u2",
                severity="high",
                source="debian",
            ),
            ForeignRow(
                id="CVE-2024-1",
                package=ForeignPackage("pypi", "Django", "3.2"),
                paths=("opt/venv/Django-3.2.dist-info/METADATA",),
                withdrawn=True,
            ),
        ),
        target="shop:1",
        created="2026-11-28T20:04:57.3Z",
        config_digest="sha256:1f",
        diff_ids=("sha256:a", "sha256:b"),
    )


def test_the_file_of_a_program_or_lock_file_is_where_its_packages_are() -> None:
    module = {"VulnerabilityID": "CVE-1-1", "PkgName": "golang.org/x/net", "InstalledVersion": "v0.1.0"}
    read = parse({"Target": "usr/bin/web", "Class": "lang-pkgs", "Type": "gobinary", "Vulnerabilities": [module]})
    assert read.rows == (
        ForeignRow("CVE-1-1", ForeignPackage("golang", "golang.org/x/net", "v0.1.0"), paths=("usr/bin/web",)),
    )


def test_every_package_is_listed_where_the_report_has_them() -> None:
    package = {"Name": "a", "Version": "1", "Identifier": {"PURL": "pkg:maven/g/a@1"}}
    read = parse({"Type": "jar", "Class": "lang-pkgs", "Packages": [package, {"Name": "g:b", "Version": "2"}]})
    assert read.packages == (ForeignPackage("maven", "g:a", "1"), ForeignPackage("maven", "g:b", "2"))
    assert parse({"Type": "jar", "Vulnerabilities": []}).packages is None


@pytest.mark.parametrize(
    ("status", "left_out"),
    [
        ("ignored", "ignored (.trivyignore, not reachable)"),
        ("not_affected", "not affected (.trivyignore, not reachable)"),
    ],
)
def test_what_trivy_took_out_itself(status: str, left_out: str) -> None:
    change = {
        "Type": "vulnerability",
        "Status": status,
        "Source": ".trivyignore",
        "Statement": "not reachable",
        "Finding": OPENSSL,
    }
    read = parse({"Type": "debian", "ExperimentalModifiedFindings": [change, {"Type": "secret"}]})
    assert [(row.id, row.left_out) for row in read.rows] == [("CVE-2023-5363", left_out)]


def test_what_is_no_vulnerability_is_counted() -> None:
    assert parse({"Secrets": [{}], "Misconfigurations": [{}, {}]}, Type="x").skipped == 3


@pytest.mark.parametrize("results", [None, [{"Vulnerabilities": None, "Packages": None}]])
def test_go_writes_null_for_nothing(results: object) -> None:
    assert parse_trivy(json.dumps({"SchemaVersion": 2, "Results": results}).encode(), "t.json").rows == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"SchemaVersion": 1}', "t.json: Trivy's schema 1 is not read; 2 is"),
        (b'{"SchemaVersion": 2, "Results": 7}', "t.json: cannot be read as Trivy's report: "),
        (b'{"SchemaVersion": 2', "t.json: cannot be read as Trivy's report: "),
    ],
)
def test_what_is_none_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as error:
        parse_trivy(data, "t.json")
    assert str(error.value).startswith(message)
