"""SPDX 2.3 JSON.

Source: https://spdx.github.io/spdx-spec/v2.3/. Annotations `lading: {…}` hold what its own fields cannot.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec
from msgspec import Struct, structs

from lading.formats.licenses.expressions import is_any_of
from lading.formats.sbom.document import (
    ADDRESS,
    FILE_KIND,
    HASHES,
    Remarks,
    Stated,
    created,
    digests_stated,
    identity,
    image_digests,
    is_taken,
    needs_of,
    package_facts,
    remarks_of,
    unique,
    with_only_archive,
)
from lading.formats.sbom.facts import facts_of
from lading.formats.sbom.license_references import LicenseReferences
from lading.formats.sbom.own_file import own_file
from lading.formats.sbom.purls import distribution_named, image_purl
from lading.formats.sbom.suppliers import distributor_of, supplier_of
from lading.formats.view import View
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.properties import licenses_are_of_text
from lading.model.report import InventoryResult
from lading.safeio.json_text import encode_document, encode_json

_NO_DIGESTS: Mapping[str, str] = MappingProxyType({})
_NO_DATE = "1970-01-01T00:00:00Z"
_DOCUMENT = "SPDXRef-DOCUMENT"
_NONE = "NOASSERTION"
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9.]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
"""What readers of the format take for nothing."""
_MAIL = re.compile(r"(\w(?:[^()<>\s]| (?=\S))*) <([^()<>\s]+@[^()<>\s]+)>")
_PURL = re.compile(r"pkg:[^/\s]+/\S+")
_PART = r"(?:\*|-|[?*]?(?:[A-Za-z0-9_.-]|\\[\\*?!\"#$%&'()+,/:;<=>@\[\]^`{|}~])+[?*]?)"
_CPE = re.compile(rf"cpe:2\.3:[aho*-](?::{_PART}){{5}}:(?:[A-Za-z]{{2,3}}|\*|-)(?::{_PART}){{4}}")
"""CPEs that SPDX takes (NIST IR 7695, 6.2)."""


class _Annotation(Struct, frozen=True, rename="camel"):
    annotation_date: str
    annotation_type: str
    annotator: str
    comment: str


class _ExternalRef(Struct, frozen=True, rename="camel"):
    reference_category: str
    reference_type: str
    reference_locator: str


class _Checksum(Struct, frozen=True, rename="camel"):
    algorithm: str
    checksum_value: str


class _SpdxPackage(Struct, frozen=True, omit_defaults=True, rename="camel", kw_only=True):
    name: str
    spdx_id: str = msgspec.field(name="SPDXID")
    version_info: str = ""
    package_file_name: str = ""
    primary_package_purpose: str = ""
    supplier: str
    download_location: str
    checksums: tuple[_Checksum, ...] = ()
    files_analyzed: bool
    license_concluded: str
    license_declared: str
    copyright_text: str
    source_info: str = ""
    summary: str = ""
    external_refs: tuple[_ExternalRef, ...] = ()
    annotations: tuple[_Annotation, ...] = ()


class _ExtractedLicense(Struct, frozen=True, rename="camel"):
    license_id: str
    extracted_text: str
    name: str


class _Relationship(Struct, frozen=True, rename="camel"):
    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


class _CreationInfo(Struct, frozen=True, omit_defaults=True, rename="camel"):
    created: str
    creators: tuple[str, ...]
    comment: str = ""


class _Spdx(Struct, frozen=True, omit_defaults=True, rename="camel", kw_only=True):
    spdx_version: str
    data_license: str
    spdx_id: str = msgspec.field(name="SPDXID")
    name: str
    document_namespace: str
    creation_info: _CreationInfo
    packages: tuple[_SpdxPackage, ...]
    has_extracted_licensing_infos: tuple[_ExtractedLicense, ...] = ()
    relationships: tuple[_Relationship, ...]
    annotations: tuple[_Annotation, ...] = ()


def encode_spdx(result: InventoryResult, view: View) -> bytes:
    """An SPDX document (UTF-8, indented, ending in a newline)."""
    image, inventory = result.image, result.inventory
    writer = _Writer(created(image) or _NO_DATE, f"Tool: {view.tool.replace(' ', '-')}")
    system = () if inventory.distribution is None else (writer.system(inventory.distribution),)
    subject, *rest = _with_ids(
        writer.subject(image, view.supplier),
        *system,
        *(writer.package(package, inventory.distribution) for package in inventory.packages),
    )
    document = _Spdx(
        spdx_version="SPDX-2.3",
        data_license="CC0-1.0",
        spdx_id=_DOCUMENT,
        name=image.name or "image",
        document_namespace="",
        creation_info=_creation(writer, image, view.author),
        packages=(subject, *rest),
        has_extracted_licensing_infos=writer.extracted_licenses(),
        relationships=(
            *_relationships(subject, rest, inventory.packages),
            *_known_unknowns(subject, rest[len(system) :], result),
        ),
        annotations=writer.annotations(facts_of(remarks_of(inventory, result.diagnostics), Remarks())),
    )
    namespace = f"{ADDRESS}spdx/{identity(document)}"
    return encode_document(structs.replace(document, document_namespace=namespace))


def _creation(writer: "_Writer", image: Image, author: str) -> _CreationInfo:
    name, address = _actor(author)
    by = f"Organization: {name} ({address})" if address else f"Organization: {name}"
    comment = "Lifecycle phase: post-build. Taken from the layers of the built image." if is_taken(image) else ""
    return _CreationInfo(writer.date, (writer.tool, by) if name else (writer.tool,), comment)


class _Writer:
    """Makes packages, and remembers the licences that SPDX does not list."""

    def __init__(self, date: str, tool: str) -> None:
        self.date = date
        self.tool = tool
        self._licenses = LicenseReferences()

    def subject(self, image: Image, supplier: str) -> _SpdxPackage:
        purl = image_purl(image)
        name, address = _actor(supplier)
        return self._made(
            image.name or "image",
            image.digest,
            purpose="CONTAINER",
            purl=purl,
            supplier=f"{name} ({address})" if address else name,
            digests=image_digests(image),
            facts=facts_of(image, Image(image.name or "image", "sbom", image.digest)),
        )

    def system(self, distribution: Distribution) -> _SpdxPackage:
        derived = distribution_named(distribution.id, distribution.version_id)
        return self._made(
            distribution.id,
            distribution.version_id,
            purpose="OPERATING_SYSTEM",
            supplier=_actor(distributor_of(distribution))[0],
            summary=distribution.pretty,
            facts=facts_of(distribution, structs.replace(derived, pretty=distribution.pretty)),
        )

    def package(self, package: Package, distribution: Distribution | None) -> _SpdxPackage:
        license = self._licenses.expression(package.licenses, any_of=is_any_of(package.type))
        cpes = tuple(cpe for cpe in package.cpes if _CPE.fullmatch(cpe))
        name, address = _actor(package.maintainer or supplier_of(package, distribution))
        stated = Stated(
            name=package.name,
            version=package.version,
            purl=package.purl if _PURL.fullmatch(package.purl) else "",
            maintainer=f"{name} <{address}>" if address else name,
            licenses=(self._licenses.shown(license),) if license else (),
            cpes=cpes,
            digests=digests_stated(package.digests),
        )
        own = own_file(package)
        stated = with_only_archive(stated, package)
        of_text = licenses_are_of_text(package)
        return self._made(
            package.name,
            package.version,
            purl=stated.purl,
            supplier=f"{name} ({address})" if address else name,
            license="" if of_text else license,
            concluded=license if of_text else "",
            cpes=cpes,
            digests=stated.archives[0].digests if stated.archives else stated.digests,
            location=stated.archives[0].url if stated.archives else "",
            file="" if own is None else _CONTROLS.sub(" ", own.path),
            source=_source(package),
            facts=package_facts(package, stated) | ({} if own is None else {FILE_KIND: ", ".join(own.kind)}),
        )

    def extracted_licenses(self) -> tuple[_ExtractedLicense, ...]:
        return tuple(_ExtractedLicense(name, text, text) for name, text in self._licenses.texts.items())

    def annotations(self, facts: Mapping[str, str]) -> tuple[_Annotation, ...]:
        if not facts:
            return ()
        return (_Annotation(self.date, "OTHER", self.tool, f"lading: {encode_json(facts).decode()}"),)

    def _made(
        self,
        name: str,
        version: str,
        *,
        facts: Mapping[str, str],
        purpose: str = "",
        purl: str = "",
        supplier: str = "",
        license: str = "",
        summary: str = "",
        source: str = "",
        cpes: tuple[str, ...] = (),
        digests: Mapping[str, str] = _NO_DIGESTS,
        concluded: str = "",
        location: str = "",
        file: str = "",
    ) -> _SpdxPackage:
        references = [_ExternalRef("SECURITY", "cpe23Type", cpe) for cpe in cpes]
        if purl:
            references.insert(0, _ExternalRef("PACKAGE-MANAGER", "purl", purl))
        return _SpdxPackage(
            name=name,
            spdx_id="SPDXRef-" + _NOT_IN_IDS.sub("-", f"{purpose.title() or 'Package'}-{name}-{version}").strip("-"),
            version_info=version,
            package_file_name=file,
            primary_package_purpose=purpose,
            supplier=f"Organization: {supplier}" if supplier else _NONE,
            download_location=location or _NONE,
            checksums=tuple(
                _Checksum(HASHES[name].replace("-", ""), digest) for name, digest in sorted(digests.items())
            ),
            files_analyzed=False,
            license_concluded=concluded or _NONE,
            license_declared=license or _NONE,
            copyright_text=_NONE,
            source_info=source,
            summary=summary,
            external_refs=tuple(references),
            annotations=self.annotations(facts),
        )


def _source(package: Package) -> str:
    """The files that a package is known by, in the way of Syft."""
    paths = sorted({_CONTROLS.sub(" ", one.path) for one in package.locations})
    return f"Known by the files: {', '.join(f'/{path}' for path in paths)}" if paths else ""


def _actor(maintainer: str) -> tuple[str, str]:
    """Name and address, on one line and without the brackets that stand around an address."""
    match = _MAIL.fullmatch(maintainer)
    if match is not None and not _CONTROLS.search(maintainer):
        return match[1], match[2]
    return " ".join(_CONTROLS.sub(" ", maintainer).replace("(", "[").replace(")", "]").split()), ""


def _with_ids(*packages: _SpdxPackage) -> list[_SpdxPackage]:
    ids = unique(package.spdx_id for package in packages)
    return [structs.replace(package, spdx_id=name) for package, name in zip(packages, ids, strict=True)]


def _known_unknowns(
    subject: _SpdxPackage, listed: Sequence[_SpdxPackage], result: InventoryResult
) -> Iterator[_Relationship]:
    """Whether there is more, in the words that the format has for it (7.1, NONE and NOASSERTION): in the image where
    something could not be read or belongs to no package, and of what packages need where nothing tells."""
    packages = result.inventory.packages
    if result.incomplete or result.inventory.unmanaged or not is_taken(result.image):
        yield _Relationship(subject.spdx_id, "CONTAINS", _NONE)
    elif not packages:
        yield _Relationship(subject.spdx_id, "CONTAINS", "NONE")
    told = {package.type for package in packages if package.depends_on}
    for made, package in zip(listed, packages, strict=True):
        if not package.depends_on:
            yield _Relationship(made.spdx_id, "DEPENDS_ON", "NONE" if package.type in told else _NONE)


def _relationships(
    subject: _SpdxPackage, rest: list[_SpdxPackage], packages: tuple[Package, ...]
) -> tuple[_Relationship, ...]:
    """The image contains its distribution and whatever no package brought; a package what it brought, and it depends on
    others."""
    owners = [""] * (len(rest) - len(packages)) + [package.owner for package in packages]
    ids: dict[str, str] = {}
    for made, package in zip(rest[len(rest) - len(packages) :], packages, strict=True):
        ids.setdefault(package.purl, made.spdx_id)
    contained = (
        _Relationship(ids.get(owner, subject.spdx_id) if owner else subject.spdx_id, "CONTAINS", made.spdx_id)
        for made, owner in zip(rest, owners, strict=True)
    )
    needed = (
        _Relationship(name, "DEPENDS_ON", other)
        for name, others in needs_of(packages, [made.spdx_id for made in rest[len(rest) - len(packages) :]]).items()
        for other in others
    )
    return (_Relationship(_DOCUMENT, "DESCRIBES", subject.spdx_id), *contained, *needed)
