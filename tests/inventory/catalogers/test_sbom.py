"""Bills of materials in images: exact packages and exact diagnostics."""

import json

import pytest

from lading.inventory.catalogers import python, sbom
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile
from tests.formats.sboms import cyclonedx, spdx, spdx_package
from tests.inventory.catalogers.parsing import damaged, facts, left_out

JACKSON = {
    "type": "library",
    "group": "com.fasterxml.jackson.core",
    "name": "jackson-databind",
    "version": "2.15.2",
    "licenses": [{"license": {"id": "Apache-2.0"}}],
    "purl": "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2?type=jar",
}
FOUND = FoundPackage(
    type="maven",
    name="com.fasterxml.jackson.core:jackson-databind",
    version="2.15.2",
    licenses=("Apache-2.0",),
    evidence="sbom",
    purl="pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.15.2?type=jar",
)
BASH = {"type": "library", "name": "bash", "version": "5.2", "purl": "pkg:deb/debian/bash@5.2?distro=debian-12"}
UNKNOWN = (
    {"type": "library", "name": "libfoo", "version": "1"},
    {"type": "library", "name": "bar", "purl": "pkg:npm/bar"},
)
METADATA = {"component": {"type": "application", "name": "app", "version": "1", "purl": "pkg:maven/a/app@1"}}
DOCUMENT = cyclonedx(JACKSON, BASH, metadata=METADATA)


@pytest.mark.parametrize(
    "path", ["app/META-INF/sbom/application.cdx.json", "opt/bom.json", "srv/sbom.json", "x.bom.json"]
)
def test_components_of_cyclonedx(path: str) -> None:
    assert facts(sbom.CATALOGER, path, DOCUMENT) == CatalogerResult(packages=(FOUND,))


def test_components_that_nothing_can_be_matched_with_are_counted() -> None:
    path = "opt/bom.json"
    read = facts(sbom.CATALOGER, path, cyclonedx(JACKSON, BASH, *UNKNOWN, metadata=METADATA))
    assert read.packages == (FOUND,)
    what = "1 component has no package URL that can be read, and no CPE: not matched"
    message = f"{what}; state what they are by package URLs"
    assert read.diagnostics == (
        Diagnostic("incomplete", "unidentified-components", message, path),
        left_out(path, "1 of its components have no version"),
    )


def test_packages_of_spdx() -> None:
    document = spdx(
        spdx_package("requests", "2.31.0", "pkg:pypi/requests@2.31.0"),
        spdx_package("musl", "1.2.5-r0", "pkg:apk/wolfi/musl@1.2.5-r0?arch=x86_64&distro=wolfi"),
    )
    [package] = facts(sbom.CATALOGER, "usr/share/app.spdx.json", document).packages
    assert package == FoundPackage(
        type="pypi", name="requests", version="2.31.0", evidence="sbom", purl="pkg:pypi/requests@2.31.0"
    )
    assert facts(sbom.CATALOGER, "var/lib/db/sbom/requests.spdx.json", document) == CatalogerResult()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b'{"components": []}', b"\xff\xfe", b'{"spdxVersion2": 1}'])
def test_other_files_of_such_names(data: bytes) -> None:
    assert facts(sbom.CATALOGER, "srv/bom.json", data) == CatalogerResult()


def test_a_document_that_tells_what_it_is_at_its_end() -> None:
    document = json.loads(DOCUMENT)
    data = json.dumps(
        {"components": document["components"], "x": "y" * 100_000, "bomFormat": "CycloneDX", "specVersion": "1.5"}
    )
    path = "srv/bom.json"
    assert facts(sbom.CATALOGER, path, data) == CatalogerResult(packages=(FOUND,))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (DOCUMENT[:-10], "cannot be read as CycloneDX or SPDX in JSON: Input data was truncated"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "9"}', "CycloneDX '9' is not read; 1.2 to 1.7 are"),
        (b'{"bomFormat": "CycloneDX"}' + b" " * 33 * 1024 * 1024, "it is larger than 33,554,432 bytes"),
        (b'{"bomFormat": "CycloneDX", "components": [' + b"{}," * 500_000 + b"{}]}", "more than 500,000 objects"),
    ],
)
def test_what_cannot_be_read(data: bytes, why: str) -> None:
    message = f"an SBOM that came with the image cannot be read: {why}"
    assert facts(sbom.CATALOGER, "srv/bom.json", data) == CatalogerResult(
        diagnostics=(Diagnostic("incomplete", "broken-sbom", message, "srv/bom.json"),)
    )


def test_documents_in_wheels_are_read_with_the_wheel_alone() -> None:
    path = "site-packages/a-1.dist-info/sboms/bom.json"
    routes = Router([python.CATALOGER, sbom.CATALOGER]).routes(path)
    found = {one.reader.name: one.reader.parse(WantedFile(path, 0o644, DOCUMENT)) for one in routes}
    assert found["sbom"] == CatalogerResult()
    assert found["python"].packages


def test_damaged_documents_never_raise() -> None:
    for data in damaged(DOCUMENT):
        facts(sbom.CATALOGER, "srv/bom.json", data)
