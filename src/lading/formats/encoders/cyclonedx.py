"""CycloneDX 1.6 and 1.7 JSON.

Source: https://cyclonedx.org/docs/1.6/json/, https://cyclonedx.org/docs/1.7/json/: 1.7 added fields and took
none. Properties `lading:*` hold what its own fields cannot.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field, structs

from lading.formats.licenses.expressions import declared, is_any_of, is_listed, spdx_expression
from lading.formats.sbom.cyclonedx_vulnerabilities import Vulnerability, vulnerabilities_of
from lading.formats.sbom.document import (
    HASHES,
    Remarks,
    Stated,
    actor,
    archives_stated,
    created,
    digests_stated,
    identity,
    image_digests,
    is_locator,
    is_taken,
    needs_of,
    package_facts,
    remarks_of,
    unique,
)
from lading.formats.sbom.facts import facts_of
from lading.formats.sbom.own_file import OwnFile, own_file
from lading.formats.sbom.purls import distribution_named, image_purl
from lading.formats.sbom.sources import source_of
from lading.formats.sbom.suppliers import distributor_of, supplier_of
from lading.formats.view import View
from lading.model.decision import Scanned
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.package import INTO, Distribution, Package
from lading.model.properties import licenses_are_of_text
from lading.model.report import InventoryResult, Report
from lading.safeio.json_text import encode_document, encode_json

_LONGEST_VERSION = 1024
_ONE_BY_ONE = ("diagnostics", "unmanaged")
"""Remarks with a property each."""
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_WEB: Final = re.compile(r"https?://[!#$&-;=?-\[\]_a-z~%]+")
_GROUPED = {"composer": "/", "maven": ":", "npm": "/"}
"""Types whose names are written in two parts, and what stands between them."""


class _Property(Struct, frozen=True):
    name: str
    value: str


class _License(Struct, frozen=True, omit_defaults=True):
    id: str = ""
    name: str = ""
    acknowledgement: str = ""


class _Hash(Struct, frozen=True):
    alg: str
    content: str


class _LicenseChoice(Struct, frozen=True, omit_defaults=True):
    license: _License | None = None
    expression: str = ""
    acknowledgement: str = ""


class _Occurrence(Struct, frozen=True):
    location: str


class _Reference(Struct, frozen=True, omit_defaults=True):
    type: str
    url: str
    hashes: tuple[_Hash, ...] = ()


class _Evidence(Struct, frozen=True):
    occurrences: tuple[_Occurrence, ...]


class _Contact(Struct, frozen=True):
    email: str


class _Entity(Struct, frozen=True, omit_defaults=True):
    name: str
    url: tuple[str, ...] = ()
    contact: tuple[_Contact, ...] = ()


class _Phase(Struct, frozen=True):
    phase: str


class _Component(Struct, frozen=True, omit_defaults=True, kw_only=True):
    type: str
    bom_ref: str = field(default="", name="bom-ref")
    supplier: _Entity | None = None
    publisher: str = ""
    group: str = ""
    name: str
    version: str = ""
    description: str = ""
    hashes: tuple[_Hash, ...] = ()
    licenses: tuple[_LicenseChoice, ...] = ()
    cpe: str = ""
    purl: str = ""
    external_references: tuple[_Reference, ...] = field(default=(), name="externalReferences")
    evidence: _Evidence | None = None
    properties: tuple[_Property, ...] = ()


class _Tools(Struct, frozen=True):
    components: tuple[_Component, ...]


class _Metadata(Struct, frozen=True, omit_defaults=True, kw_only=True):
    timestamp: str = ""
    lifecycles: tuple[_Phase, ...] = ()
    tools: _Tools
    manufacturer: _Entity | None = None
    component: _Component
    supplier: _Entity | None = None
    properties: tuple[_Property, ...] = ()


class _Dependency(Struct, frozen=True, rename="camel"):
    ref: str
    depends_on: tuple[str, ...]


class _Composition(Struct, frozen=True, omit_defaults=True):
    aggregate: str
    assemblies: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()


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
    return _encode(result, None, view, "1.6")


def encode_cyclonedx_17(result: InventoryResult, view: View) -> bytes:
    """The same in 1.7."""
    return _encode(result, None, view, "1.7")


def encode_cyclonedx_scan(scanned: Scanned, view: View) -> bytes:
    """The same document in 1.6 with the vulnerabilities of the packages: what is open, and what anybody states about.
    Those that the installed versions are known to be without are none, and readers that ask for no status would count
    them. Properties tell how much was matched, against what."""
    return _encode(scanned.found, scanned.evaluated.report, view, "1.6")


def encode_cyclonedx_scan_17(scanned: Scanned, view: View) -> bytes:
    """The same in 1.7."""
    return _encode(scanned.found, scanned.evaluated.report, view, "1.7")


def _encode(result: InventoryResult, report: Report | None, view: View, version: str) -> bytes:
    image, inventory = result.image, result.inventory
    system = () if inventory.distribution is None else (_system(inventory.distribution),)
    subject, *components = _with_references(
        _subject(image, view),
        *system,
        *(_component(package, inventory.distribution, image_purl(image)) for package in inventory.packages),
    )
    listed = components[len(components) - len(inventory.packages) :]
    references = {package.id: one.bom_ref for package, one in zip(inventory.packages, listed, strict=True)}
    findings = [one for one in report.findings if _is_told(one)] if report is not None else []
    bom = _Bom(
        schema=f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        bom_format="CycloneDX",
        spec_version=version,
        version=1,
        metadata=_metadata(result, subject, (*_remarks(result), *_extent(report)), view),
        components=tuple(components),
        dependencies=_dependencies(subject, components, inventory.packages),
        compositions=tuple(_compositions(result, subject, listed)),
        vulnerabilities=vulnerabilities_of(findings, references, subject.bom_ref),
    )
    return encode_document(structs.replace(bom, serial_number=f"urn:uuid:{identity(bom)}"))


def _is_told(finding: Finding) -> bool:
    return bool(finding.is_open or finding.vex or finding.suppressions)


def _metadata(result: InventoryResult, subject: _Component, properties: tuple[_Property, ...], view: View) -> _Metadata:
    program, _, program_version = view.tool.partition(" ")
    return _Metadata(
        timestamp=created(result.image),
        lifecycles=(_Phase("post-build"),) if is_taken(result.image) else (),
        tools=_Tools((_Component(type="application", name=program, version=program_version),)),
        manufacturer=_entity(view.author),
        component=subject,
        supplier=_entity(view.supplier),
        properties=properties,
    )


def _remarks(result: InventoryResult) -> tuple[_Property, ...]:
    remarks = [
        *(("diagnostic", one) for one in result.diagnostics),
        *(("unmanaged-file", one) for one in result.inventory.unmanaged),
    ]
    others = facts_of(remarks_of(result.inventory, result.diagnostics), Remarks(), _ONE_BY_ONE)
    return (
        *(_Property(f"lading:{name}", encode_json(one).decode()) for name, one in remarks),
        *_properties(others),
    )


def _extent(report: Report | None) -> tuple[_Property, ...]:
    """How much was matched of all, and against what."""
    if report is None:
        return ()
    made = [_Property("lading:extent", encode_json(target.extent).decode()) for target in report.targets]
    made += [
        _Property("lading:coverage", encode_json(one).decode()) for target in report.targets for one in target.coverage
    ]
    return tuple(made)


def _compositions(result: InventoryResult, subject: _Component, listed: Sequence[_Component]) -> Iterator[_Composition]:
    """Whether the components are all there are, as far as that is known: they are not where something could not be
    read, or where programs belong to none; and for which ones nothing says what they need."""
    packages = result.inventory.packages
    if result.incomplete or result.inventory.unmanaged:
        yield _Composition("incomplete", (subject.bom_ref,))
    elif is_taken(result.image) and packages:
        yield _Composition("complete", (subject.bom_ref,))
    told = {package.type for package in packages if package.depends_on}
    for known, aggregate in ((True, "incomplete" if result.incomplete else "complete"), (False, "unknown")):
        of_these = [
            one.bom_ref for package, one in zip(packages, listed, strict=True) if (package.type in told) == known
        ]
        if of_these:
            yield _Composition(aggregate, dependencies=tuple(of_these))


def _entity(text: str) -> _Entity | None:
    """An organisation, with the mail or web address that stands behind its name."""
    name, address = actor(text)
    if not name:
        return None
    if _MAIL.fullmatch(address):
        return _Entity(name, contact=(_Contact(address),))
    return _Entity(name, (address,) if _WEB.fullmatch(address) else ())


def _subject(image: Image, view: View) -> _Component:
    purl = image_purl(image)
    derived = Image(image.name, "sbom", image.digest)
    return _Component(
        type="container",
        bom_ref=purl or f"image:{image.name}",
        supplier=_entity(view.supplier),
        name=image.name,
        version=image.digest,
        hashes=tuple(_Hash(HASHES[name], digest) for name, digest in image_digests(image).items()),
        purl=purl,
        properties=_properties(facts_of(image, derived)),
    )


def _system(distribution: Distribution) -> _Component:
    derived = structs.replace(distribution_named(distribution.id, distribution.version_id), pretty=distribution.pretty)
    return _Component(
        type="operating-system",
        bom_ref=f"os:{distribution.id}@{distribution.version_id}",
        supplier=_entity(distributor_of(distribution)),
        name=distribution.id,
        version=distribution.version_id,
        description=distribution.pretty,
        properties=_properties(facts_of(distribution, derived)),
    )


def _component(package: Package, distribution: Distribution | None, image: str) -> _Component:
    group, _, name = package.name.rpartition(_GROUPED.get(package.type, "\0"))
    expression, strange = declared(package.licenses, any_of=is_any_of(package.type))
    # A list of licences is of names and identifiers, or else one expression.
    known_by = "concluded" if licenses_are_of_text(package) else "declared"
    choices = (
        [_choice(one, known_by) for one in package.licenses if one] if strange else _expression(expression, known_by)
    )
    supplier = supplier_of(package, distribution)
    stated = Stated(
        name=name,
        version=package.version[:_LONGEST_VERSION],
        purl=package.purl,
        group=group,
        maintainer=package.maintainer or supplier,
        licenses=tuple(_text(one) for one in choices),
        cpes=package.cpes[:1],
        paths=tuple(location.path for location in package.locations),
        digests=digests_stated(package.digests),
        archives=archives_stated(package, nameless=is_locator(package.purl)),
    )
    own = own_file(package)
    return _Component(
        type="machine-learning-model" if package.type == "huggingface" else "library",
        bom_ref=package.purl or f"{package.type}:{package.name}@{package.version}",
        supplier=_entity(supplier),
        publisher=package.maintainer,
        group=stated.group,
        name=stated.name,
        version=stated.version,
        hashes=_hashes(stated.digests),
        licenses=tuple(choices),
        cpe="".join(stated.cpes),
        purl=stated.purl,
        external_references=tuple(_references(package, stated, own, image)),
        evidence=_Evidence(tuple(map(_Occurrence, stated.paths))) if stated.paths else None,
        properties=(*_properties(package_facts(package, stated)), *_of_file(own)),
    )


def _hashes(digests: Mapping[str, str]) -> tuple[_Hash, ...]:
    return tuple(_Hash(HASHES[name], digest) for name, digest in sorted(digests.items()))


def _references(package: Package, stated: Stated, own: OwnFile | None, image: str) -> Iterator[_Reference]:
    """Where the package is to be had as a file, with the digests of that, and where its source is kept. Of an address
    that is not known the package URL stands for it, and a file of the image lies in that."""
    for one in stated.archives:
        yield _Reference("distribution", one.url or package.purl, _hashes(one.digests))
    if own is not None and image and INTO not in own.path:
        yield _Reference("distribution", f"{image}#{quote(own.path, errors='replace')}", _hashes(stated.digests))
    if source := source_of(package):
        yield _Reference("vcs", source)


def _of_file(own: OwnFile | None) -> tuple[_Property, ...]:
    """What a package is as a file, in the words of the taxonomy that belongs to BSI TR-03183-2."""
    if own is None:
        return ()
    facts = {"filename": own.name, **dict(zip(("executable", "archive", "structured"), own.kind, strict=True))}
    return tuple(_Property(f"bsi:component:{name}", text) for name, text in facts.items())


def _expression(expression: str, known_by: str) -> list[_LicenseChoice]:
    return [_LicenseChoice(expression=expression, acknowledgement=known_by)] if expression else []


def _choice(text: str, known_by: str) -> _LicenseChoice:
    """A licence by SPDX's identifier, or by the name that the package has for it; declared by the package, or concluded
    from a text beside it."""
    identifier = spdx_expression(text)
    license = _License(id=identifier) if is_listed(identifier) else _License(name=text)
    return _LicenseChoice(license=structs.replace(license, acknowledgement=known_by))


def _text(choice: _LicenseChoice) -> str:
    license = choice.license
    return choice.expression if license is None else license.id or license.name


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
    on: nothing, where that is known of its type."""
    owners = [""] * (len(components) - len(packages)) + [package.owner for package in packages]
    references: dict[str, str] = {}
    for component in components:
        references.setdefault(component.purl, component.bom_ref)
    needed: dict[str, list[str]] = {subject.bom_ref: []}
    for component, owner in zip(components, owners, strict=True):
        by = references.get(owner, subject.bom_ref) if owner else subject.bom_ref
        needed.setdefault(by, []).append(component.bom_ref)
    listed = [one.bom_ref for one in components[len(components) - len(packages) :]]
    told = {package.type for package in packages if package.depends_on}
    for package, reference in zip(packages, listed, strict=True):
        if package.type in told:
            needed.setdefault(reference, [])
    for reference, others in needs_of(packages, listed).items():
        known = needed.setdefault(reference, [])
        known += [one for one in others if one not in known]
    return tuple(_Dependency(reference, tuple(others)) for reference, others in needed.items())
