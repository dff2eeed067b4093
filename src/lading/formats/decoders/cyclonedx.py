"""CycloneDX 1.2 to 1.7 JSON, of Lading and of others.

Source: https://cyclonedx.org/docs/1.6/json/; the properties that Syft (`syft:`) and Trivy (`aquasecurity:trivy:`)
add where the package URL does not say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field, structs

from lading.formats.sbom.document import (
    HASHES,
    Remarks,
    Stated,
    check_count,
    decode,
    decode_all,
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
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import Archive, Distribution, UnmanagedFile
from lading.model.properties import MODULARITY
from lading.model.report import InventoryResult

_PACKAGES = frozenset({"application", "framework", "library", "machine-learning-model"})
"""Types of components that are packages also without a package URL; others (files, hardware) are not."""
_LIBRARIES = frozenset({"framework", "library"})
_HASHES = {alg: name for name, alg in HASHES.items()}
_TRIVY = "aquasecurity:trivy:"
_OURS = "lading:"
_UNMANAGED = (f"{_OURS}unmanaged-file", f"{_OURS}unknown")
"""What our own documents call a program or archive of no package; the second is the word of early ones."""


class _Property(Struct):
    name: str = ""
    value: object = None


class _License(Struct):
    id: str | None = None
    name: str | None = None


class _LicenseChoice(Struct):
    license: _License | None = None
    expression: str | None = None


class _Occurrence(Struct):
    location: str | None = None


class _Evidence(Struct):
    occurrences: list[_Occurrence] | None = None


class _Entity(Struct):
    name: str | None = None


class _Hash(Struct):
    alg: str = ""
    content: str = ""


class _Reference(Struct):
    type: str = ""
    url: str | None = None
    hashes: list[_Hash] | None = None


class _Component(Struct):
    type: str = ""
    bom_ref: str | None = field(default=None, name="bom-ref")
    hashes: list[_Hash] | None = None
    name: str | None = None
    version: str | None = None
    group: str | None = None
    description: str | None = None
    publisher: str | None = None
    supplier: _Entity | None = None
    licenses: list[_LicenseChoice] | None = None
    cpe: str | None = None
    purl: str | None = None
    references: list[_Reference | None] | None = field(default=None, name="externalReferences")
    evidence: _Evidence | None = None
    properties: list[_Property] | None = None
    components: list[_Component | None] | None = None


class _Metadata(Struct):
    component: _Component | None = None
    properties: list[_Property] | None = None


class _Dependency(Struct, rename="camel"):
    ref: str = ""
    depends_on: list[str] | None = None


class _Composition(Struct):
    aggregate: str = ""
    assemblies: list[object] | None = None


class _Bom(Struct, rename="camel"):
    bom_format: str
    spec_version: str
    metadata: _Metadata = field(default_factory=_Metadata)
    components: list[_Component | None] | None = None
    dependencies: list[_Dependency | None] | None = None
    compositions: list[_Composition | None] | None = None


def parse_cyclonedx(data: bytes, where: str) -> InventoryResult:
    """What a document says; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    bom = decode(data, _Bom, where, "CycloneDX")
    if bom.bom_format != "CycloneDX" or not bom.spec_version.startswith("1."):
        raise FormatError(f"{where}: CycloneDX {bom.spec_version[:20]!r} is not read; 1.2 to 1.7 are")
    components = list(_iter_components(bom.components))
    check_count([one for one in components if one.type != "file"], where)
    system = next((one for one in components if one.type == "operating-system"), None)
    packages: dict[str, Named | None] = {}
    unidentified = 0
    for number, one in enumerate(components):
        if one.purl or one.type in _PACKAGES:
            stated, facts = _stated(one), _facts(one.properties)
            reference = one.bom_ref or ""
            # Without a reference, or with another's, nothing can depend on it.
            name = reference if reference and reference not in packages else f"\0{number}"
            packages[name] = package_of(stated, facts, where)
            # Applications without a version are groups of packages in the documents of others.
            is_package = bool(one.purl or one.version or one.type in _LIBRARIES)
            unidentified += is_package and not facts and is_unidentified(stated)
    remarks = _remarks(bom.metadata.properties, where)
    inventory = inventory_of(
        with_needs({name: named for name, named in packages.items() if named is not None}, _edges(bom.dependencies)),
        _distribution(system, where) if system is not None else None,
        remarks,
    )
    image = _image(bom.metadata.component, where)
    further = unidentified_remark(unidentified, remarks, where)
    extents = (one.aggregate for one in bom.compositions or () if one is not None and one.assemblies)
    partial = partial_remark(extents, remarks, where)
    return InventoryResult(image, inventory, (*remarks.diagnostics, *further, *partial))


def _edges(dependencies: Sequence[_Dependency | None] | None) -> Iterator[tuple[str, str]]:
    for one in dependencies or ():
        if one is not None:
            yield from ((one.ref, other) for other in one.depends_on or ())


def _iter_components(components: Sequence[_Component | None] | None) -> Iterator[_Component]:
    """All components, those within others too."""
    waiting = list(reversed(components or ()))
    while waiting:
        component = waiting.pop()
        if component is not None:
            yield component
            waiting += reversed(component.components or ())


def _stated(component: _Component) -> Stated:
    properties = _texts(component.properties)
    source, source_version = _source(properties)
    modularity = properties.get("syft:metadata:modularityLabel") or properties.get(f"{_TRIVY}Modularitylabel", "")
    occurrences = (component.evidence and component.evidence.occurrences) or ()
    paths = [one.location for one in occurrences if one.location] or _syft_paths(properties)
    others = [text for name, text in _pairs(component.properties) if name == "syft:cpe23"]
    return Stated(
        name=component.name or "",
        version=component.version or "",
        purl=component.purl or "",
        group=component.group or "",
        maintainer=component.publisher or (component.supplier and component.supplier.name) or "",
        licenses=tuple(_licenses(component.licenses or ())),
        cpes=(component.cpe or "", *others),
        paths=tuple(paths),
        source=source,
        source_version=source_version,
        properties={MODULARITY: modularity} if modularity else {},
        digests=_digests(component.hashes),
        archives=tuple(_archives(component)),
    )


def _digests(hashes: Sequence[_Hash] | None) -> dict[str, str]:
    return {_HASHES[one.alg]: one.content.lower() for one in hashes or () if one.alg in _HASHES}


def _archives(component: _Component) -> Iterator[Archive]:
    """The files that a component is to be had as. Its own package URL stands for an address that is not known; what
    lies in an image is none of these."""
    for one in component.references or ():
        if one is not None and one.type == "distribution" and one.url:
            address, digests = one.url, _digests(one.hashes)
            if is_web(address):
                yield Archive(address, digests)
            elif address == component.purl and digests:
                yield Archive("", digests)


def _licenses(choices: Sequence[_LicenseChoice]) -> Iterator[str]:
    for choice in choices:
        text = choice.expression or (choice.license and (choice.license.id or choice.license.name))
        if text:
            yield text


def _source(properties: Mapping[str, str]) -> tuple[str, str]:
    """The source package and its version as Trivy or Syft say them."""
    version = "-".join(filter(None, (properties.get(f"{_TRIVY}Src{part}", "") for part in ("Version", "Release"))))
    epoch = properties.get(f"{_TRIVY}SrcEpoch", "")
    if f"{_TRIVY}SrcName" in properties:
        return properties[f"{_TRIVY}SrcName"], f"{epoch}:{version}" if epoch and version else version
    source = properties.get("syft:metadata:source") or properties.get("syft:metadata:originPackage", "")
    return source, properties.get("syft:metadata:sourceVersion", "")


def _syft_paths(properties: Mapping[str, str]) -> list[str]:
    return [text for name, text in properties.items() if name.startswith("syft:location:") and name.endswith(":path")]


def _distribution(component: _Component, where: str) -> Distribution:
    derived = distribution_named(component.name or "", component.version or "")
    properties = _texts(component.properties)
    if not derived.release and "syft:distro:versionCodename" in properties:
        derived = distribution_named(derived.id, derived.version_id, properties["syft:distro:versionCodename"])
    derived = structs.replace(derived, pretty=component.description or "")
    return with_facts(derived, _facts(component.properties), where)


def _image(component: _Component | None, where: str) -> Image:
    if component is None:
        return Image(where, "sbom")
    version = component.version or ""
    derived = Image(
        where if component.name is None else component.name, "sbom", version if version.startswith("sha256:") else ""
    )
    return with_facts(derived, _facts(component.properties), where)


def _pairs(properties: Sequence[_Property] | None) -> Iterator[tuple[str, str]]:
    for one in properties or ():
        if isinstance(one.value, str):
            yield one.name, one.value


def _texts(properties: Sequence[_Property] | None) -> dict[str, str]:
    return dict(_pairs(properties))


def _facts(properties: Sequence[_Property] | None) -> dict[str, str]:
    return {name.removeprefix(_OURS): text for name, text in _pairs(properties) if name.startswith(_OURS)}


def _remarks(properties: Sequence[_Property] | None, where: str) -> Remarks:
    """Raises FormatError."""
    remarks = with_facts(Remarks(), _facts(properties), where)
    pairs = list(_pairs(properties))
    diagnostics = (text for name, text in pairs if name == f"{_OURS}diagnostic")
    unmanaged = (text for name, text in pairs if name in _UNMANAGED)
    return structs.replace(
        remarks,
        diagnostics=decode_all(diagnostics, Diagnostic, where),
        unmanaged=decode_all(unmanaged, UnmanagedFile, where),
    )
