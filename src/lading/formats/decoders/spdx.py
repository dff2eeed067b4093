"""SPDX 2.2 and 2.3 JSON, of Lading and of others.

Source: https://spdx.github.io/spdx-spec/v2.3/; Trivy's `sourceInfo` ("built package from: NAME VERSION").
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field, structs

from lading.formats.sbom.document import (
    HASHES,
    OPERATING_SYSTEM,
    Remarks,
    Stated,
    check_count,
    decode,
    inventory_of,
    is_unidentified,
    is_web,
    package_of,
    unidentified_remark,
    with_needs,
)
from lading.formats.sbom.facts import with_facts
from lading.formats.sbom.purls import Named, distribution_named
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import Archive, Distribution
from lading.model.report import InventoryResult

_OURS = "lading: "
_HASHES = {alg.replace("-", ""): name for name, alg in HASHES.items()}
_LIBRARIES = frozenset({"FRAMEWORK", "LIBRARY"})
_NOT_STATED = frozenset({"", "NONE", "NOASSERTION"})
_ACTOR = re.compile(r"(?:Person|Organization):\s*(.*?)\s*(?:\(([^()]*)\))?", re.DOTALL)
_SOURCE = re.compile(r"built package from: (\S+) (\S+)")


class _Annotation(Struct):
    comment: str | None = None


class _ExternalRef(Struct, rename="camel"):
    reference_type: str = ""
    reference_locator: str = ""


class _Checksum(Struct, rename="camel"):
    algorithm: str = ""
    checksum_value: str = ""


class _Relationship(Struct, rename="camel"):
    spdx_element_id: str = ""
    relationship_type: str = ""
    related_spdx_element: str = ""


class _SpdxPackage(Struct, rename="camel"):
    spdx_id: str = field(default="", name="SPDXID")
    checksums: list[_Checksum] | None = None
    download_location: str | None = None
    name: str = ""
    version_info: str | None = None
    primary_package_purpose: str | None = None
    supplier: str | None = None
    originator: str | None = None
    license_concluded: str | None = None
    license_declared: str | None = None
    summary: str | None = None
    source_info: str | None = None
    external_refs: list[_ExternalRef] | None = None
    annotations: list[_Annotation] | None = None


class _ExtractedLicense(Struct, rename="camel"):
    license_id: str = ""
    extracted_text: str = ""
    name: str | None = None


class _Spdx(Struct, rename="camel"):
    spdx_version: str
    name: str = ""
    packages: list[_SpdxPackage | None] | None = None
    has_extracted_licensing_infos: list[_ExtractedLicense] | None = None
    annotations: list[_Annotation] | None = None
    relationships: list[_Relationship | None] | None = None


def parse_spdx(data: bytes, where: str) -> InventoryResult:
    """What a document says; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    document = decode(data, _Spdx, where, "SPDX")
    if document.spdx_version not in ("SPDX-2.2", "SPDX-2.3"):
        raise FormatError(f"{where}: {document.spdx_version[:20]!r} is not read; SPDX-2.2 and SPDX-2.3 are")
    packages = [package for package in document.packages or () if package is not None]
    check_count(packages, where)
    subject = next((one for one in packages if one.primary_package_purpose == "CONTAINER"), None)
    system = next((one for one in packages if one.primary_package_purpose in OPERATING_SYSTEM), None)
    texts = _extracted(document.has_extracted_licensing_infos or ())
    found: dict[str, Named | None] = {}
    unidentified = 0
    for number, one in enumerate(packages):
        if one is not subject and one is not system:
            stated, facts = _stated(one, texts), _facts(one.annotations, where)
            name = one.spdx_id if one.spdx_id and one.spdx_id not in found else f"\0{number}"
            found[name] = package_of(stated, facts, where)
            # Without a version it may be the document's subject, a directory or a file.
            is_package = bool(stated.purl or stated.version or one.primary_package_purpose in _LIBRARIES)
            unidentified += is_package and not facts and is_unidentified(stated)
    remarks = with_facts(Remarks(), _facts(document.annotations, where), where)
    inventory = inventory_of(
        with_needs({name: named for name, named in found.items() if named is not None}, _edges(document.relationships)),
        _distribution(system, where) if system is not None else None,
        remarks,
    )
    further = unidentified_remark(unidentified, remarks, where)
    return InventoryResult(_image(subject, document.name or where, where), inventory, (*remarks.diagnostics, *further))


def _edges(relationships: Sequence[_Relationship | None] | None) -> Iterator[tuple[str, str]]:
    for one in relationships or ():
        if one is not None and one.relationship_type == "DEPENDS_ON":
            yield one.spdx_element_id, one.related_spdx_element
        elif one is not None and one.relationship_type == "DEPENDENCY_OF":
            yield one.related_spdx_element, one.spdx_element_id


def _stated(package: _SpdxPackage, texts: Mapping[str, str]) -> Stated:
    references = package.external_refs or ()
    purls = (one.reference_locator for one in references if one.reference_type == "purl")
    source = _SOURCE.match(package.source_info or "")
    license = next((one for one in (package.license_declared, package.license_concluded) if not _empty(one)), None)
    cpes = (one.reference_locator for one in references if one.reference_type in ("cpe22Type", "cpe23Type"))
    # What can be downloaded is what checksums are of (7.10), else the file that is called packageFileName.
    address = package.download_location or ""
    digests = {
        _HASHES[one.algorithm]: one.checksum_value.lower()
        for one in package.checksums or ()
        if one.algorithm in _HASHES
    }
    return Stated(
        name=package.name,
        version=package.version_info or "",
        purl=next(purls, ""),
        maintainer=_actor(package.supplier) or _actor(package.originator),
        licenses=(texts.get(license, license),) if license else (),
        cpes=tuple(cpes),
        source=source[1] if source else "",
        source_version=source[2] if source else "",
        digests={} if is_web(address) else digests,
        archives=(Archive(address, digests),) if is_web(address) else (),
    )


def _extracted(licenses: Sequence[_ExtractedLicense]) -> dict[str, str]:
    """The licences that SPDX does not list, by their reference. Syft writes the text into the name alone."""
    texts = {}
    for one in licenses:
        text = one.name if _empty(one.extracted_text) else one.extracted_text
        if text:
            texts[one.license_id] = text
    return texts


def _actor(text: str | None) -> str:
    """A name, with the address in the way of mails."""
    match = _ACTOR.fullmatch(text or "")
    if match is None:
        return ""
    return f"{match[1]} <{match[2]}>".lstrip() if match[2] else match[1]


def _distribution(package: _SpdxPackage, where: str) -> Distribution:
    derived = distribution_named(package.name, package.version_info or "")
    derived = structs.replace(derived, pretty=package.summary or "")
    return with_facts(derived, _facts(package.annotations, where), where)


def _image(package: _SpdxPackage | None, name: str, where: str) -> Image:
    if package is None:
        return Image(name, "sbom")
    version = package.version_info or ""
    derived = Image(package.name or name, "sbom", version if version.startswith("sha256:") else "")
    return with_facts(derived, _facts(package.annotations, where), where)


def _facts(annotations: Sequence[_Annotation] | None, where: str) -> dict[str, str]:
    """Raises FormatError."""
    facts: dict[str, str] = {}
    for one in annotations or ():
        if one.comment is not None and one.comment.startswith(_OURS):
            facts |= decode(one.comment.removeprefix(_OURS), dict[str, str], where, "an annotation of Lading's")
    return facts


def _empty(text: str | None) -> bool:
    return (text or "").upper() in _NOT_STATED
