"""What `lading sbom` writes stands for the image: the same packages, the same findings, the same exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_bad_input import layer, write_layout
from tests.support.program import Lading
from tests.support.reports import open_findings
from tests.tars import Entry, File

FORMATS = ("cyclonedx", "spdx", "json")
DEBIAN_STATUS = """\
Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Source: bash (5.2.15-2)
Version: 5.2.15-2+b2

Package: libcurl4
Status: install ok installed
Maintainer: Alessandro Ghedini <ghedo@debian.org>
Architecture: amd64
Source: curl
Version: 7.88.1-10+deb12u4

Package: zlib1g
Status: install ok installed
Architecture: amd64
Source: zlib
Version: 1:1.2.13.dfsg-1
"""
APK_DATABASE = """\
P:libcrypto3
V:3.3.2-r0
A:x86_64
L:Apache-2.0
m:Ariadne Conill <ariadne@dereferenced.org>
o:openssl

P:busybox
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only
o:busybox
"""


def vulnerability(status: str, fixed: str = "") -> dict[str, Any]:
    release = {"status": status, "urgency": "high", "fixed_version": fixed}
    return {"description": "A vulnerability made for a test.", "releases": {"bookworm": release}}


TRACKER = {
    "bash": {"CVE-2099-0001": vulnerability("resolved", "5.2.15-3")},
    "curl": {"CVE-2099-0002": vulnerability("open"), "CVE-2099-0003": vulnerability("resolved", "7.88.1-10+deb12u5")},
    "zlib": {
        "CVE-2099-0004": vulnerability("resolved", "1:1.2.13.dfsg-2"),
        "CVE-2099-0005": vulnerability("resolved", "1.3"),
    },
}
SECDB = {
    "distroversion": "v3.20",
    "reponame": "main",
    "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
    "packages": [{"pkg": {"name": "openssl", "secfixes": {"3.3.3-r0": ["CVE-2099-0006"]}}}],
}
KEV = {
    "dateReleased": "2099-01-01T00:00:00.0000Z",
    "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2099-0002", "dateAdded": "2099-01-01", "dueDate": "2099-01-22"}],
}
FOUND = {
    "debian": ["CVE-2099-0001", "CVE-2099-0002", "CVE-2099-0003", "CVE-2099-0004"],
    "alpine": ["CVE-2099-0006"],
}


@pytest.fixture
def image(tmp_path: Path, own_home: Path, lading: Lading) -> Callable[[str], str]:
    """The reference to an image by its distribution; the advisories of both are here."""
    for name, document in (
        ("debian/tracker.json", TRACKER),
        ("alpine/v3.20/main.json", SECDB),
        ("kev/known_exploited_vulnerabilities.json", KEV),
    ):
        (own_home / "mirror" / name).parent.mkdir(parents=True)
        (own_home / "mirror" / name).write_text(json.dumps(document))
    lading("db", "update", "debian-12", "alpine-3.20", "kev", "--from", own_home / "mirror")
    module = b'{"name": "@babel/core", "version": "7.22.0", "license": "MIT"}'
    modules: list[Entry] = [File("srv/node_modules/@babel/core/package.json", module)]
    bases: dict[str, list[Entry]] = {
        "debian": [
            File("etc/os-release", b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian 12"\n'),
            File("var/lib/dpkg/status", DEBIAN_STATUS.encode()),
        ],
        "alpine": [
            File("etc/os-release", b'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n'),
            File("lib/apk/db/installed", APK_DATABASE.encode()),
        ],
    }
    return lambda name: write_layout(tmp_path / name, layer(bases[name]), layer(modules))


@pytest.mark.parametrize("name", FOUND)
def test_an_sbom_has_the_findings_of_its_image(
    name: str, image: Callable[[str], str], lading: Lading, tmp_path: Path
) -> None:
    reference = image(name)
    files = {format: tmp_path / f"{name}.{format}" for format in FORMATS}
    outputs = [f"-o{format}={file}" for format, file in files.items()]
    lading("sbom", reference, *outputs, "--allow-incomplete")
    scan = ("--offline", "-o", "json", "--fail-on", "high")
    report = lading("scan", reference, *scan, status=None)
    assert sorted(finding["id"] for finding in open_findings(json.loads(report.stdout))) == FOUND[name]
    for file in files.values():
        assert lading("scan", f"sbom:{file}", *scan, status=report.status).stdout == report.stdout
    for format in ("cyclonedx", "spdx"):
        again = lading("sbom", f"sbom:{files['json']}", "-o", format, "--allow-incomplete")
        assert again.stdout == files[format].read_text()


def test_packages_of_an_sbom(image: Callable[[str], str], lading: Lading, tmp_path: Path) -> None:
    reference = image("debian")
    document = tmp_path / "sbom.json"
    document.write_text(lading("sbom", reference).stdout)
    assert lading("packages", f"sbom:{document}").stdout == lading("packages", reference).stdout


def test_an_incomplete_image_is_an_incomplete_sbom(lading: Lading, tmp_path: Path) -> None:
    document = tmp_path / "sbom.json"
    huge = layer([File("var/lib/dpkg/status", DEBIAN_STATUS.encode())])
    done = lading("sbom", write_layout(tmp_path / "image", huge), "--limit", "file=10", status=3)
    document.write_text(done.stdout)
    lading("packages", f"sbom:{document}", status=3)
    lading("scan", f"sbom:{document}", "--offline", status=3)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (None, (), "cannot be read: No such file or directory"),
        ("{}", (), "neither CycloneDX nor SPDX"),
        ("{}", ("--limit", "file=1"), "larger than 1 bytes (--limit file=N raises this)"),
        ("{}", ("--platform", "linux/arm64"), "is an SBOM, which is of one platform: leave --platform out"),
        (
            '{"schema": "https://lading.dev/schema/inventory-1.json"}',
            (),
            "cannot be read as Lading's inventory: Object missing required field `tool`",
        ),
    ],
)
def test_what_is_no_sbom(
    content: str | None, options: tuple[str, ...], message: str, lading: Lading, tmp_path: Path
) -> None:
    file = tmp_path / "sbom.json"
    if content is not None:
        file.write_text(content)
    done = lading("packages", f"sbom:{file}", *options, status=2)
    assert (done.stdout, done.stderr) == ("", f"lading: {file}: {message}\n")
