"""Bitnami: the components of its images, which no package manager lists.

Source: bitnami/containers (`.bitnami_components.json`), and the SPDX 2.3 documents `.spdx-COMPONENT.spdx` in each
component's directory, written as JSON or as tags and values.
"""

from collections.abc import Iterable
from posixpath import basename, dirname
from urllib.parse import parse_qs, quote

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json
from lading.safeio.lines import iter_lines

_MOST_LINES = 500_000
_COMPONENTS = ".bitnami_components.json"
_PURL = "pkg:bitnami/"
_NO_LICENSE = frozenset({"", "NONE", "NOASSERTION"})


class _Component(msgspec.Struct):
    version: str = ""
    arch: str = ""
    distro: str = ""


class _Reference(msgspec.Struct, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""


class _SpdxPackage(msgspec.Struct, rename="camel"):
    name: str = ""
    version_info: str = ""
    license_concluded: str = ""
    license_declared: str = ""
    external_refs: list[_Reference] = []


class _Spdx(msgspec.Struct):
    packages: list[_SpdxPackage]


def parse_components(file: WantedFile) -> CatalogerResult:
    """The components of a `.bitnami_components.json`, each of which has its own directory."""
    try:
        components = decode_json(file.content, dict[str, _Component], spend=file.spend)
    except ValueError:
        return _unreadable(file)
    packages = []
    remarks = Remarks(file.path)
    for name, one in sorted(components.items()):
        if fault := fault_of(name, one.version, "component"):
            remarks.left_out(fault)
            continue
        qualifiers = "&".join(
            f"{key}={quote(value)}" for key, value in (("arch", one.arch), ("distro", one.distro)) if value
        )
        packages.append(
            FoundPackage(
                type="bitnami",
                name=name,
                version=one.version,
                arch=one.arch,
                files=(f"{dirname(file.path)}/{name}/",),
                purl=f"{_PURL}{quote(name, safe='')}@{quote(one.version)}" + (f"?{qualifiers}" if qualifiers else ""),
            )
        )
    return CatalogerResult(packages=tuple(packages), diagnostics=remarks.told())


def parse_spdx(file: WantedFile) -> CatalogerResult:
    """The component that an SPDX document describes, and the libraries built into it. What the document takes from
    other ecosystems lies in the image as files that speak for themselves."""
    try:
        if file.content[:64].lstrip()[:1] == b"{":
            listed = decode_json(file.content, _Spdx, spend=file.spend).packages
        else:
            listed = _tagged(iter_lines(file.content, _MOST_LINES))
    except (ValueError, FormatError):
        return _unreadable(file)
    described = basename(file.path).removeprefix(".spdx-").removesuffix(".spdx")
    found = (_package(one, described, dirname(file.path)) for one in listed)
    packages = tuple(one for one in found if one is not None)
    return CatalogerResult(packages=packages) if listed else _unreadable(file)


def _parse(file: WantedFile) -> CatalogerResult:
    name = basename(file.path)
    if name == _COMPONENTS:
        return parse_components(file)
    return parse_spdx(file) if name.startswith(".spdx-") else CatalogerResult()


def _package(spdx: _SpdxPackage, described: str, directory: str) -> FoundPackage | None:
    locators = [one.reference_locator for one in spdx.external_refs if one.reference_type == "purl"]
    purl = next((one for one in locators if one.startswith(_PURL)), "")
    if not purl or not spdx.name or not spdx.version_info:
        return None
    is_main = spdx.name == described
    licenses = {spdx.license_concluded, spdx.license_declared} - _NO_LICENSE
    return FoundPackage(
        type="bitnami",
        name=spdx.name,
        version=spdx.version_info,
        arch=next(iter(parse_qs(purl.partition("?")[2]).get("arch", [])), ""),
        licenses=tuple(sorted(licenses)),
        files=(f"{directory}/",) if is_main else (),
        evidence="installed" if is_main else "bundled",
        cpes=tuple(one.reference_locator for one in spdx.external_refs if one.reference_type == "cpe23Type"),
        purl=purl,
    )


def _tagged(lines: Iterable[bytes]) -> list[_SpdxPackage]:
    """The packages of a document of lines `Tag: value`. Raises FormatError as `lines` does."""
    packages: list[_SpdxPackage] = []
    for line in lines:
        tag, _, value = line.decode("utf-8", "backslashreplace").partition(":")
        value = value.strip()
        if tag == "PackageName":
            packages.append(_SpdxPackage(name=value))
        elif not packages:
            continue
        elif tag == "PackageVersion":
            packages[-1].version_info = value
        elif tag == "PackageLicenseConcluded":
            packages[-1].license_concluded = value
        elif tag == "PackageLicenseDeclared":
            packages[-1].license_declared = value
        elif tag == "ExternalRef" and len(words := value.split()) == 3:  # category, type, locator
            packages[-1].external_refs.append(_Reference(words[1], words[2]))
    return packages


def _unreadable(file: WantedFile) -> CatalogerResult:
    message = "not a list of Bitnami's components: nothing was read from it"
    return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))


CATALOGER = Cataloger(
    name="bitnami",
    version=1,
    parse=_parse,
    patterns=(f"**/{_COMPONENTS}", "**/opt/bitnami/**/*.spdx"),
)
