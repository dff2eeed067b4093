"""CycloneDX 1.6 and 1.7 JSON.

Source: https://cyclonedx.org/docs/1.6/json/, https://cyclonedx.org/docs/1.7/json/: 1.7 added fields and took
none. Properties `lading:*` hold what its own fields cannot.
"""

from collections.abc import Mapping

from msgspec import Struct, field, structs

from lading.formats.sbom.cyclonedx_vulnerabilities import Vulnerability, vulnerabilities_of
from lading.formats.sbom.document import (
    HASHES,
    Remarks,
    Stated,
    created,
    identity,
    needs_of,
    package_facts,
    remarks_of,
    unique,
)
from lading.formats.sbom.facts import facts_of
from lading.formats.sbom.licenses import declared
from lading.formats.sbom.purls import distribution_named, image_purl
from lading.formats.view import View
from lading.model.decision import Scanned
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.report import InventoryResult
from lading.safeio.json_text import encode_document, encode_json

_LONGEST_VERSION = 1024
_ONE_BY_ONE = ("diagnostics", "unmanaged")
"""Remarks with a property each."""
_GROUPED = {"composer": "/", "maven": ":", "npm": "/"}
"""Types whose names are written in two parts, and what stands between them."""


class _Property(Struct, frozen=True):
    name: str
    value: str


class _License(Struct, frozen=True):
    name: str


class _Hash(Struct, frozen=True):
    alg: str
    content: str


class _LicenseChoice(Struct, frozen=True, omit_defaults=True):
    license: _License | None = None
    expression: str = ""


class _Occurrence(Struct, frozen=True):
    location: str


class _Evidence(Struct, frozen=True):
    occurrences: tuple[_Occurrence, ...]


class _Component(Struct, frozen=True, omit_defaults=True, kw_only=True):
    type: str
    bom_ref: str = field(default="", name="bom-ref")
    publisher: str = ""
    group: str = ""
    name: str
    version: str = ""
    description: str = ""
    hashes: tuple[_Hash, ...] = ()
    licenses: tuple[_LicenseChoice, ...] = ()
    cpe: str = ""
    purl: str = ""
    evidence: _Evidence | None = None
    properties: tuple[_Property, ...] = ()


class _Tools(Struct, frozen=True):
    components: tuple[_Component, ...]


class _Metadata(Struct, frozen=True, omit_defaults=True, kw_only=True):
    timestamp: str = ""
    tools: _Tools
    component: _Component
    properties: tuple[_Property, ...] = ()


class _Dependency(Struct, frozen=True, rename="camel"):
    ref: str
    depends_on: tuple[str, ...]


class _Composition(Struct, frozen=True):
    aggregate: str
    assemblies: tuple[str, ...]


class _Bom(Struct, frozen=True, omit_defaults=True, rename="camel", kw_only=True):
    schema: str = field(name="$schema")
    bom_format: str
    spec_version: str
    serial_number: str = ""
    version: int
    metadata: _Metadata
    components: tuple[_Component, ...]
    dependencies: tuple[_Dependency, ...]
    compositions: tuple[_Composition, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()


def encode_cyclonedx(result: InventoryResult, view: View) -> bytes:
    """A CycloneDX 1.6 document (UTF-8, indented, ending in a newline)."""
    return _encode(result, (), view, "1.6")


def encode_cyclonedx_17(result: InventoryResult, view: View) -> bytes:
    """The same in 1.7."""
    return _encode(result, (), view, "1.7")


def encode_cyclonedx_scan(scanned: Scanned, view: View) -> bytes:
    """The same document in 1.6 with the vulnerabilities of the packages: what is open, and what anybody states about.
    Those that the installed versions are known to be without are none, and readers that ask for no status would count
    them."""
    return _encode(scanned.found, _findings(scanned), view, "1.6")


def encode_cyclonedx_scan_17(scanned: Scanned, view: View) -> bytes:
    """The same in 1.7."""
    return _encode(scanned.found, _findings(scanned), view, "1.7")


def _findings(scanned: Scanned) -> tuple[Finding, ...]:
    findings = scanned.evaluated.report.findings
    return tuple(one for one in findings if one.is_open or one.vex or one.suppressions)


def _encode(result: InventoryResult, findings: tuple[Finding, ...], view: View, version: str) -> bytes:
    image, inventory, diagnostics = result.image, result.inventory, result.diagnostics
    program, _, program_version = view.tool.partition(" ")
    system = () if inventory.distribution is None else (_system(inventory.distribution),)
    subject, *components = _with_references(
        _subject(image), *system, *(_component(package) for package in inventory.packages)
    )
    remarks = [*(("diagnostic", one) for one in diagnostics), *(("unmanaged-file", one) for one in inventory.unmanaged)]
    listed = components[len(components) - len(inventory.packages) :]
    references = {package.id: one.bom_ref for package, one in zip(inventory.packages, listed, strict=True)}
    others = facts_of(remarks_of(inventory, diagnostics), Remarks(), _ONE_BY_ONE)
    bom = _Bom(
        schema=f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        bom_format="CycloneDX",
        spec_version=version,
        version=1,
        metadata=_Metadata(
            timestamp=created(image),
            tools=_Tools((_Component(type="application", name=program, version=program_version),)),
            component=subject,
            properties=(
                *(_Property(f"lading:{name}", encode_json(one).decode()) for name, one in remarks),
                *_properties(others),
            ),
        ),
        components=tuple(components),
        dependencies=_dependencies(subject, components, inventory.packages),
        compositions=(_Composition("incomplete", (subject.bom_ref,)),) if result.incomplete else (),
        vulnerabilities=vulnerabilities_of(findings, references, subject.bom_ref),
    )
    return encode_document(structs.replace(bom, serial_number=f"urn:uuid:{identity(bom)}"))


def _subject(image: Image) -> _Component:
    purl = image_purl(image)
    derived = Image(image.name, "sbom", image.digest)
    return _Component(
        type="container",
        bom_ref=purl or f"image:{image.name}",
        name=image.name,
        version=image.digest,
        purl=purl,
        properties=_properties(facts_of(image, derived)),
    )


def _system(distribution: Distribution) -> _Component:
    derived = structs.replace(distribution_named(distribution.id, distribution.version_id), pretty=distribution.pretty)
    return _Component(
        type="operating-system",
        bom_ref=f"os:{distribution.id}@{distribution.version_id}",
        name=distribution.id,
        version=distribution.version_id,
        description=distribution.pretty,
        properties=_properties(facts_of(distribution, derived)),
    )


def _component(package: Package) -> _Component:
    group, _, name = package.name.rpartition(_GROUPED.get(package.type, "\0"))
    expression, strange = declared(package.licenses)
    # A list of licences is of names alone, or else one expression.
    licenses = tuple(filter(None, package.licenses)) if strange else (expression,) if expression else ()
    stated = Stated(
        name=name,
        version=package.version[:_LONGEST_VERSION],
        purl=package.purl,
        group=group,
        maintainer=package.maintainer,
        licenses=licenses,
        cpes=package.cpes[:1],
        paths=tuple(location.path for location in package.locations),
        digests={name: digest for name, digest in package.digests.items() if name in HASHES},
    )
    return _Component(
        type="machine-learning-model" if package.type == "huggingface" else "library",
        bom_ref=package.purl or f"{package.type}:{package.name}@{package.version}",
        publisher=stated.maintainer,
        group=stated.group,
        name=stated.name,
        version=stated.version,
        hashes=tuple(_Hash(HASHES[name], digest) for name, digest in sorted(stated.digests.items())),
        licenses=tuple(
            _LicenseChoice(license=_License(one)) if strange else _LicenseChoice(expression=one) for one in licenses
        ),
        cpe="".join(stated.cpes),
        purl=stated.purl,
        evidence=_Evidence(tuple(map(_Occurrence, stated.paths))) if stated.paths else None,
        properties=_properties(package_facts(package, stated)),
    )


def _properties(facts: Mapping[str, str]) -> tuple[_Property, ...]:
    return tuple(_Property(f"lading:{name}", text) for name, text in facts.items())


def _with_references(*components: _Component) -> list[_Component]:
    references = unique(component.bom_ref for component in components)
    return [
        structs.replace(component, bom_ref=reference)
        for component, reference in zip(components, references, strict=True)
    ]


def _dependencies(
    subject: _Component, components: list[_Component], packages: tuple[Package, ...]
) -> tuple[_Dependency, ...]:
    """The image needs its distribution and whatever no package brought; a package what it brought, and what it depends
    on."""
    owners = [""] * (len(components) - len(packages)) + [package.owner for package in packages]
    references: dict[str, str] = {}
    for component in components:
        references.setdefault(component.purl, component.bom_ref)
    needed: dict[str, list[str]] = {subject.bom_ref: []}
    for component, owner in zip(components, owners, strict=True):
        by = references.get(owner, subject.bom_ref) if owner else subject.bom_ref
        needed.setdefault(by, []).append(component.bom_ref)
    for reference, others in needs_of(
        packages, [one.bom_ref for one in components[len(components) - len(packages) :]]
    ).items():
        known = needed.setdefault(reference, [])
        known += [one for one in others if one not in known]
    return tuple(_Dependency(reference, tuple(others)) for reference, others in needed.items())
