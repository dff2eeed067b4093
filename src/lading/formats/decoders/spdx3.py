"""SPDX 3.0 in JSON-LD with the names of its own context, of Lading and of others.

Source: https://spdx.github.io/spdx-spec/v3.0.1/serializations/ (the elements stand in `@graph`, one after another).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from lading.formats.sbom.document import (
    HASHES,
    Remarks,
    Stated,
    check_count,
    decode,
    inventory_of,
    is_unidentified,
    is_web,
    package_of,
    partial_remark,
    unidentified_remark,
    with_needs,
)
from lading.formats.sbom.facts import with_facts
from lading.formats.sbom.purls import Named, distribution_named
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import Archive, Distribution
from lading.model.report import InventoryResult

_OURS: Final = "lading:"
_PACKAGE: Final = "software_Package"
_LIBRARIES: Final = frozenset({"framework", "library"})
_LISTED: Final = "https://spdx.org/licenses/"
_NO_LICENSES: Final = ("NoAssertion", "None", "NoneLicense", "NoAssertionLicense")


class _Property(Struct):
    name: str = field(default="", name="extension_cdxPropName")
    value: str = field(default="", name="extension_cdxPropValue")


class _Extension(Struct):
    properties: list[_Property] = field(default_factory=list, name="extension_cdxProperty")


class _Identifier(Struct, rename="camel"):
    external_identifier_type: str = ""
    identifier: str = ""


class _Integrity(Struct, rename="camel"):
    algorithm: str = ""
    hash_value: str = ""


class _Entry(Struct):
    key: str = ""
    value: str = ""


class _Element(Struct, rename="camel"):
    type: str = ""
    spdx_id: str | None = None
    name: str | None = None
    summary: str | None = None
    version: str | None = field(default=None, name="software_packageVersion")
    purl: str | None = field(default=None, name="software_packageUrl")
    location: str | None = field(default=None, name="software_downloadLocation")
    purpose: str | None = field(default=None, name="software_primaryPurpose")
    supplied_by: str | None = None
    originated_by: list[str] | None = None
    external_identifier: list[_Identifier] | None = None
    verified_using: list[_Integrity] | None = None
    extension: list[_Extension] | None = None
    source: str | None = field(default=None, name="from")
    relationship_type: str | None = None
    completeness: str | None = None
    to: list[str] | None = None
    expression: str | None = field(default=None, name="simplelicensing_licenseExpression")
    custom: list[_Entry] | None = field(default=None, name="simplelicensing_customIdToUri")
    text: str | None = field(default=None, name="simplelicensing_licenseText")


class _Document(Struct):
    graph: list[_Element | None] = field(name="@graph")


def parse_spdx3(data: bytes, where: str) -> InventoryResult:
    """What a document says; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    elements = [one for one in decode(data, _Document, where, "SPDX 3").graph if one is not None]
    packages = [one for one in elements if one.type == _PACKAGE]
    check_count(packages, where)
    if not packages and not any(one.type == "SpdxDocument" for one in elements):
        raise FormatError(f"{where}: no SPDX 3: no element of it is a SpdxDocument or software_Package")
    subject = next((one for one in packages if one.purpose == "container"), None)
    system = next((one for one in packages if one.purpose == "operatingSystem"), None)
    reader = _Reader(elements)
    found: dict[str, Named | None] = {}
    unidentified = 0
    for number, one in enumerate(packages):
        if one is subject or one is system:
            continue
        stated, facts = reader.stated(one), _facts(one)
        name = one.spdx_id if one.spdx_id and one.spdx_id not in found else f"\0{number}"
        found[name] = package_of(stated, facts, where)
        is_package = bool(stated.purl or stated.version or one.purpose in _LIBRARIES)
        unidentified += is_package and not facts and is_unidentified(stated)
    document = next((one for one in elements if one.type == "SpdxDocument"), _Element())
    remarks = with_facts(Remarks(), _facts(document), where)
    inventory = inventory_of(
        with_needs({name: named for name, named in found.items() if named is not None}, _edges(elements)),
        _distribution(system, where) if system is not None else None,
        remarks,
    )
    further = unidentified_remark(unidentified, remarks, where)
    extents = (one.completeness or "" for one in elements if one.relationship_type == "contains")
    partial = partial_remark(extents, remarks, where)
    image = _image(subject, document.name or where, where)
    return InventoryResult(image, inventory, (*remarks.diagnostics, *further, *partial))


class _Reader:
    """Looks up what elements refer to."""

    def __init__(self, elements: Sequence[_Element]) -> None:
        self._named = {one.spdx_id: one for one in elements if one.spdx_id}
        self._licenses: defaultdict[str, list[str]] = defaultdict(list)
        self._concluded: defaultdict[str, list[str]] = defaultdict(list)
        for one in elements:
            if one.source and one.relationship_type == "hasDeclaredLicense":
                self._licenses[one.source] += one.to or ()
            elif one.source and one.relationship_type == "hasConcludedLicense":
                self._concluded[one.source] += one.to or ()

    def stated(self, package: _Element) -> Stated:
        """What a package's element and those around it say of it."""
        identifiers = package.external_identifier or ()
        purls = [one.identifier for one in identifiers if one.external_identifier_type == "packageUrl"]
        agents = (*(package.originated_by or ()), package.supplied_by or "")
        address = package.location or ""
        digests = {
            one.algorithm: one.hash_value.lower() for one in package.verified_using or () if one.algorithm in HASHES
        }
        return Stated(
            name=package.name or "",
            version=package.version or "",
            purl=package.purl or next(iter(purls), ""),
            maintainer=next(filter(None, map(self._agent, agents)), ""),
            licenses=tuple(self._license_texts(package.spdx_id or "")),
            cpes=tuple(one.identifier for one in identifiers if one.external_identifier_type in ("cpe22", "cpe23")),
            digests={} if is_web(address) else digests,
            archives=(Archive(address, digests),) if is_web(address) else (),
        )

    def _agent(self, name: str) -> str:
        """An agent's name, with its address in the way of mails."""
        agent = self._named.get(name)
        if agent is None or not agent.name:
            return ""
        address = next((one.identifier for one in agent.external_identifier or () if one.identifier), "")
        return f"{agent.name} <{address}>" if address else agent.name

    def _license_texts(self, package: str) -> Iterator[str]:
        for name in self._licenses.get(package) or self._concluded.get(package) or []:
            if name.startswith(_LISTED):
                yield name.removeprefix(_LISTED)
                continue
            license = self._named.get(name)
            if license is None or license.type.endswith(_NO_LICENSES):
                continue
            expression = license.expression or license.name or license.text or ""
            own = {one.key: self._named.get(one.value) for one in license.custom or ()}
            text = own.get(expression)
            yield (text.text or expression) if text is not None else expression


def _edges(elements: Sequence[_Element]) -> Iterator[tuple[str, str]]:
    for one in elements:
        if one.relationship_type == "dependsOn" and one.source:
            yield from ((one.source, other) for other in one.to or ())


def _distribution(element: _Element, where: str) -> Distribution:
    derived = distribution_named(element.name or "", element.version or "")
    return with_facts(derived, _facts(element), where)


def _image(element: _Element | None, name: str, where: str) -> Image:
    if element is None:
        return Image(name, "sbom")
    version = element.version or ""
    derived = Image(element.name or name, "sbom", version if version.startswith("sha256:") else "")
    return with_facts(derived, _facts(element), where)


def _facts(element: _Element) -> Mapping[str, str]:
    entries = (entry for extension in element.extension or () for entry in extension.properties)
    return {one.name.removeprefix(_OURS): one.value for one in entries if one.name.startswith(_OURS)}
