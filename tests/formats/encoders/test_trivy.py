"""Trivy's JSON, read by Trivy's own types."""

import json
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

from lading.formats.encoders.trivy import encode_trivy
from lading.formats.view import View
from lading.model.checks import Issue
from tests.formats.encoders.special import HOSTILE, IMAGE, SPECIAL
from tests.support.go import build_go_module

_READER = Path(__file__).parent / "read_trivy"
_VIEW = View(tool="lading 1.0")


@pytest.fixture(scope="module")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "read-trivy"
    build_go_module(_READER, program)
    return program


def test_trivys_own_types_read_it(go_reader: Path, tmp_path: Path) -> None:
    document = tmp_path / "trivy.json"
    document.write_bytes(b"".join(encode_trivy(SPECIAL, _VIEW)))
    done = subprocess.run([go_reader, document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [tuple(row.values()) for row in json.loads(done.stdout)] == [
        ("CVE-2023-38545", "curl", "7.88.1-10+deb12u4", "fixed", "CRITICAL", "os-pkgs/debian", 9.8, ""),
        ("CVE-2023-38545", "libcurl4", "7.88.1-10+deb12u4", "fixed", "CRITICAL", "os-pkgs/debian", 9.8, ""),
        ("CVE-2005-2541", "tar", "", "will_not_fix", "LOW", "os-pkgs/debian", 0, ""),
        ("CVE-2023-45853", "zlib1g", "", "under_investigation", "UNKNOWN", "os-pkgs/debian", 0, ""),
        (
            "CVE-2021-44228", "org.apache.logging.log4j:log4j-core", "2.15.0", "fixed", "CRITICAL", "lang-pkgs/jar",
            10, "not_affected: JNDI is not there",
        ),
        ("CVE-2021-23337", "lodash", "4.17.21", "fixed", "HIGH", "lang-pkgs/node-pkg", 7.2, ""),
        ("CVE-2020-8203", "lodash", "", "affected", "MEDIUM", "lang-pkgs/node-pkg", 0, "ignored: not reachable"),
        (
            "MAL-2026-1", HOSTILE.replace("\udcff", "\\udcff"), "", "affected", "UNKNOWN", "lang-pkgs/python-pkg", 0,
            "",
        ),
        ("user-root", IMAGE.name, "", "FAIL misconfiguration", "MEDIUM", "config", 0, "The image runs as root"),
        (
            "sshd-root-login", "etc/ssh/sshd_config", "", "FAIL misconfiguration", "HIGH", "config", 0,
            "PermitRootLogin yes",
        ),
        (
            "setuid-unowned", "opt/" + HOSTILE.replace("\udcff", "\\udcff"), "", "", "HIGH", "config", 0,
            "ignored: reviewed",
        ),
        ("aws-access-key", "srv/app/.env", "", "", "CRITICAL", "secret", 0, "AKIA****************"),
        ("generic-password", IMAGE.name, "", "", "HIGH", "secret", 0, "h****2"),
        ("restricted", IMAGE.name, "", "curl", "HIGH", "license", 0, "GPL-3.0-only"),
        (
            "webshell", "srv/www/c99.php", "", "FAIL malware", "CRITICAL", "config", 0,
            HOSTILE.replace("\udcff", "\\udcff"),
        ),
    ]  # fmt: skip


def test_every_vector_stands_by_its_source() -> None:
    curl = json.loads(b"".join(encode_trivy(SPECIAL, _VIEW)))["Results"][0]["Vulnerabilities"][0]
    assert curl["CVSS"] == {
        "nvd": {
            "V2Vector": "AV:N/AC:M/Au:N/C:P/I:P/A:P",
            "V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "V2Score": 6.8,
            "V3Score": 9.8,
        }
    }
    assert curl["VendorSeverity"] == {"nvd": 4, "debian": 3}


def test_every_package_is_there_and_vulnerabilities_name_it_as_trivy_finds_it() -> None:
    """Trivy makes SBOMs of its reports by the UIDs of packages."""
    (target,) = SPECIAL.report.targets
    results = json.loads(b"".join(encode_trivy(SPECIAL, _VIEW)))["Results"]
    packages = {one["Identifier"]["UID"]: one for result in results for one in result.get("Packages", ())}
    assert set(packages) == {one.id for one in target.packages}
    for result in results:
        own = {one["Identifier"]["UID"] for one in result.get("Packages", ())}
        assert {one["PkgIdentifier"]["UID"] for one in result.get("Vulnerabilities", ())} <= own
    lodash = next(one for one in packages.values() if one["Name"] == "lodash")
    assert (lodash["ID"], lodash["Version"], lodash["FilePath"]) == (
        "lodash@4.17.20", "4.17.20", "srv/app/node_modules/lodash/package.json",
    )  # fmt: skip


def test_licenses_of_files_stand_in_a_class_of_their_own() -> None:
    rows = (
        Issue(
            "GPL-3.0-only", "license", "Restricted license", "high", "in a file", path="srv/a.c", category="restricted"
        ),
        Issue("UNKNOWN", "license", "", "unknown", "remark", "package", evidence="roar", instruction="pkg:npm/a@1"),
    )
    (target,) = SPECIAL.report.targets
    evaluated = structs.replace(
        SPECIAL, report=structs.replace(SPECIAL.report, targets=(structs.replace(target, findings=(), issues=rows),))
    )
    results = json.loads(b"".join(encode_trivy(evaluated, _VIEW)))["Results"]
    assert [(one["Target"], one["Class"], one["Licenses"]) for one in results if "Licenses" in one] == [
        (where, klass, [dict(zip(_LICENSE, values, strict=True))])
        for where, klass, values in (
            (
                "Loose File License(s)",
                "license-file",
                ("HIGH", "restricted", "", "srv/a.c", "GPL-3.0-only", "", 1.0, ""),
            ),
            (IMAGE.name, "license", ("UNKNOWN", "UNKNOWN", "", "", "roar", "", 1.0, "")),
        )
    ]


_LICENSE = ("Severity", "Category", "PkgName", "FilePath", "Name", "Text", "Confidence", "Link")
