"""Statements in CycloneDX documents: `vulnerabilities` with an analysis, of a BOM or of a document of their own.

Source: https://cyclonedx.org/docs/1.6/json/#vulnerabilities and https://cyclonedx.org/capabilities/bomlink/. What a
statement affects is named by the `bom-ref` of a component, of this document or by a BOM-Link of another one. Where the
document describes a container image, its statements hold for components in that image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct, field, structs

from lading.formats.decoders.vex.reading import MOST_STATEMENTS, digest_of, product_named, time_of, unread
from lading.model.errors import FormatError
from lading.model.finding import Justification, Status
from lading.model.vex import VexDocument, VexProduct, VexStatement
from lading.safeio.javascript_json import decode_json

_STATES: Final[Mapping[str, Status]] = {
    "exploitable": "affected",
    "false_positive": "not_affected",
    "in_triage": "under_investigation",
    "not_affected": "not_affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
}
_JUSTIFICATIONS: Final[Mapping[str, Justification]] = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "requires_configuration": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_dependency": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
}
_LINK: Final = "urn:cdx:"
_MOST_COMPONENTS: Final = 1_000_000


class _Hash(Struct):
    alg: str = ""
    content: str = ""


class _Component(Struct):
    type: str = ""
    ref: str = field(name="bom-ref", default="")
    name: str | None = None
    version: str | None = None
    group: str | None = None
    purl: str | None = None
    cpe: str | None = None
    hashes: list[_Hash] | None = None
    components: list[_Component | None] | None = None


class _Named(Struct):
    name: str | None = None


class _Metadata(Struct):
    timestamp: str | None = None
    component: _Component | None = None
    authors: list[_Named] | None = None
    manufacturer: _Named | None = None
    manufacture: _Named | None = None
    supplier: _Named | None = None


class _Bom(Struct, rename="camel"):
    bom_format: str
    serial_number: str | None = None
    version: object = None
    metadata: _Metadata = field(default_factory=_Metadata)
    components: list[_Component | None] | None = None
    vulnerabilities: list[object] | None = None


class _Reference(Struct):
    id: str | None = None


class _Analysis(Struct, rename="camel"):
    state: str | None = None
    justification: str | None = None
    response: list[str] | None = None
    detail: str | None = None
    first_issued: str | None = None
    last_updated: str | None = None


class _Version(Struct):
    version: str | None = None
    range: str | None = None
    status: str = "affected"


class _Affected(Struct):
    ref: str
    versions: list[_Version] | None = None


class _Vulnerability(Struct):
    id: str | None = None
    references: list[_Reference] | None = None
    recommendation: str | None = None
    workaround: str | None = None
    rejected: str | None = None
    analysis: _Analysis | None = None
    affects: list[_Affected] | None = None


def parse_cyclonedx_vex(data: bytes, where: str) -> VexDocument:
    """One document; `where` is its name. Records without an analysis state nothing, and are passed over. Raises
    FormatError."""
    try:
        bom = decode_json(data, _Bom)
    except ValueError as error:
        raise FormatError(f"{where}: not a CycloneDX document: {error}") from error
    author, time = _author(bom.metadata), time_of(bom.metadata.timestamp or "")
    names = _Names(_products(bom), _scope(bom.metadata.component), bom.serial_number or "")
    statements: list[VexStatement] = []
    problems: list[tuple[str, str]] = []
    for number, raw in enumerate(bom.vulnerabilities or (), 1):
        place = f"vulnerability {number}"
        try:
            statements += _statements(msgspec.convert(raw, _Vulnerability), place, names, author, time)
        except (ValueError, RecursionError) as error:
            problems.append((place, str(error)))
        if len(statements) > MOST_STATEMENTS:
            problems.append((f"vulnerability {number + 1} and later ones", "more than are read of one document"))
            break
    return VexDocument(
        format="cyclonedx",
        id=bom.serial_number or "",
        author=author,
        version="" if bom.version is None else str(bom.version),
        time=time,
        statements=tuple(statements),
        diagnostics=unread(problems, where),
    )


class _Names(Struct):
    """The products of a document by `bom-ref`; what all of its statements are about, None where that is not an image;
    and its serial number."""

    products: Mapping[str, VexProduct]
    scope: tuple[str, VexProduct] | None
    serial: str

    def product(self, ref: str) -> VexProduct:
        """What a reference names. Raises ValueError."""
        product = self.products.get(ref)
        if product is None and ref.startswith(_LINK):
            link, _, fragment = ref.partition("#")
            fragment = unquote(fragment)
            is_own = bool(self.serial) and link.startswith(f"{_LINK}{self.serial.removeprefix('urn:uuid:')}/")
            product = self.products.get(fragment) if is_own else None
            product = product or (product_named(fragment) if fragment else None)
        elif product is None:
            named = product_named(ref)
            product = named if named.purls or named.cpes or named.digests else None
        if product is None:
            raise ValueError(f"no component has the bom-ref {ref[:80]!r}")
        if self.scope is None or self.scope[0] == ref:
            return product
        return structs.replace(self.scope[1], subcomponents=(product,))


def _statements(
    vulnerability: _Vulnerability, place: str, names: _Names, author: str, time: str
) -> Iterator[VexStatement]:
    """One for each status; products of one status share a statement. Raises ValueError."""
    analysis = vulnerability.analysis or _Analysis()
    by_status: dict[Status, list[VexProduct]] = {}
    for affected in vulnerability.affects or ():
        for status, product in _iter_claims(affected, analysis.state or "", names):
            by_status.setdefault(status, []).append(product)
    if not by_status:
        if analysis.state:
            raise ValueError("it names no product")
        return
    if not vulnerability.id:
        raise ValueError("it names no vulnerability")
    if vulnerability.rejected:
        raise ValueError(f"{vulnerability.id[:40]} was rejected on {vulnerability.rejected[:25]}")
    aliases = tuple(dict.fromkeys(one.id for one in vulnerability.references or () if one.id))
    response = ", ".join(one.replace("_", " ") for one in analysis.response or ())
    for status, products in by_status.items():
        yield VexStatement(
            vulnerability=vulnerability.id,
            aliases=aliases,
            status=status,
            products=tuple(products),
            place=place,
            justification=_JUSTIFICATIONS.get(analysis.justification or "", ""),
            impact=analysis.detail or "" if status in ("not_affected", "fixed") else "",
            action=vulnerability.recommendation or vulnerability.workaround or response,
            notes=analysis.detail or "" if status in ("affected", "under_investigation") else "",
            author=author,
            time=time_of(analysis.last_updated or "", analysis.first_issued or "") or time,
        )


def _iter_claims(affected: _Affected, state: str, names: _Names) -> Iterator[tuple[Status, VexProduct]]:
    """The statuses of a product, or of the versions that are listed of it; the analysis speaks for affected ones."""
    if state and state not in _STATES:
        raise ValueError(f"the state {state[:40]!r} is none of {', '.join(_STATES)}")
    stated = _STATES.get(state)
    product = names.product(affected.ref)
    if not affected.versions:
        if stated is not None:
            yield stated, product
        return
    for one in affected.versions:
        status: Status | None = stated
        if one.status == "unaffected":
            status = "fixed" if stated == "fixed" else "not_affected"
        elif one.status == "unknown":
            status = "under_investigation"
        if status is not None:
            yield status, _of_version(product, one)


def _of_version(product: VexProduct, stated: _Version) -> VexProduct:
    if product.subcomponents:
        parts = tuple(_of_version(part, stated) for part in product.subcomponents)
        return structs.replace(product, subcomponents=parts)
    return structs.replace(product, version=stated.version or "", versions=stated.range or "")


def _author(metadata: _Metadata) -> str:
    named = [*(metadata.authors or ()), metadata.manufacturer, metadata.manufacture, metadata.supplier]
    return next((one.name for one in named if one is not None and one.name), "")


def _scope(component: _Component | None) -> tuple[str, VexProduct] | None:
    """The image that a document describes, with its reference."""
    if component is None or component.type != "container":
        return None
    product = _product(component)
    return (component.ref, product) if product.purls or product.digests or component.name else None


def _products(bom: _Bom) -> dict[str, VexProduct]:
    """Every component with a reference, those within others too. Raises FormatError."""
    found: dict[str, VexProduct] = {}
    waiting: list[_Component | None] = [bom.metadata.component, *(bom.components or ())]
    while waiting:
        component = waiting.pop()
        if component is None:
            continue
        if component.ref:
            found[component.ref] = _product(component)
        waiting += component.components or ()
        if len(found) > _MOST_COMPONENTS:
            raise FormatError(f"more than {_MOST_COMPONENTS:,} components")
    return found


def _product(component: _Component) -> VexProduct:
    name = "/".join(filter(None, (component.group, component.name)))
    version = component.version or ""
    stated = [digest_of(one.alg, one.content) for one in component.hashes or ()]
    if component.type == "container":
        stated += product_named(version).digests
    purls = (component.purl,) if component.purl else ()
    return VexProduct(
        name=name or component.purl or component.ref,
        purls=purls,
        cpes=(component.cpe,) if component.cpe else (),
        digests=tuple(dict.fromkeys(filter(None, stated))),
        version="" if component.type == "container" else version,
    )
