"""OpenVEX, of every version: 0.2.0 (https://github.com/openvex/spec), and those before it, in which vulnerabilities and
products are plain texts, subcomponents belong to the statement, and what is said of the document may stand below
`metadata`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, get_args

import msgspec
from msgspec import Struct, field, structs

from lading.formats.decoders.vex.reading import MOST_STATEMENTS, digest_of, product_named, time_of, unread
from lading.model.errors import FormatError
from lading.model.finding import Justification, Status
from lading.model.vex import VexDocument, VexProduct, VexStatement
from lading.safeio.javascript_json import decode_json

_STATUSES: Final[Mapping[str, Status]] = {name: name for name in get_args(Status)}
_JUSTIFICATIONS: Final[Mapping[str, Justification]] = {name: name for name in get_args(Justification)}
_LAST_PART: Final = re.compile(r"([A-Za-z][A-Za-z0-9]*-[A-Za-z0-9-]+)/?\Z")


class _Vulnerability(Struct):
    name: str = ""
    id: str = field(name="@id", default="")
    aliases: list[str] | None = None


class _Component(Struct):
    id: str = field(name="@id", default="")
    identifiers: dict[str, object] | None = None
    hashes: dict[str, object] | None = None
    subcomponents: list[str | _Component] | None = None


class _Statement(Struct):
    status: str
    vulnerability: str | _Vulnerability
    products: list[str | _Component] | None = None
    subcomponents: list[str | _Component] | None = None
    timestamp: str | None = None
    last_updated: str | None = None
    justification: str | None = None
    impact_statement: str | None = None
    action_statement: str | None = None
    status_notes: str | None = None


class _About(Struct):
    id: str = field(name="@id", default="")
    author: str = ""
    timestamp: str | None = None
    last_updated: str | None = None
    version: object = None


class _Document(_About):
    metadata: _About | None = None
    statements: list[object] | None = None


def parse_openvex(data: bytes, where: str, subjects: Sequence[VexProduct] = ()) -> VexDocument:
    """One document; `subjects` are what statements speak of that name no product (those of the attestation that it came
    in). `where` is its name. Raises FormatError."""
    try:
        document = decode_json(data, _Document)
    except ValueError as error:
        raise FormatError(f"{where}: not an OpenVEX document: {error}") from error
    if document.statements is None:
        raise FormatError(f"{where}: not an OpenVEX document: it has no statements")
    about = document.metadata or document
    time = time_of(about.last_updated or "", about.timestamp or "")
    found: list[VexStatement] = []
    problems: list[tuple[str, str]] = []
    for number, raw in enumerate(document.statements[:MOST_STATEMENTS], 1):
        place = f"statement {number}"
        try:
            found.append(_statement(raw, place, about.author, time, subjects))
        except (ValueError, RecursionError) as error:
            problems.append((place, str(error)))
    if len(document.statements) > MOST_STATEMENTS:
        problems.append((f"statement {MOST_STATEMENTS + 1} and later ones", "more than are read of one document"))
    return VexDocument(
        format="openvex",
        id=about.id,
        author=about.author,
        version="" if about.version is None else str(about.version),
        time=time,
        statements=tuple(found),
        diagnostics=unread(problems, where),
    )


def _statement(raw: object, place: str, author: str, time: str, subjects: Sequence[VexProduct]) -> VexStatement:
    """Raises ValueError, msgspec's included."""
    statement = msgspec.convert(raw, _Statement)
    status = _STATUSES.get(statement.status)
    if status is None:
        raise ValueError(f"the status {statement.status[:40]!r} is none of {', '.join(_STATUSES)}")
    name, aliases = _names(statement.vulnerability)
    shared = tuple(map(_product, statement.subcomponents or ()))
    products = [_product(one) for one in statement.products or ()] or list(subjects)
    if not products:
        raise ValueError("it names no product")
    if shared:
        products = [structs.replace(one, subcomponents=(*one.subcomponents, *shared)) for one in products]
    return VexStatement(
        vulnerability=name,
        aliases=aliases,
        status=status,
        products=tuple(products),
        place=place,
        justification=_JUSTIFICATIONS.get(statement.justification or "", ""),
        impact=statement.impact_statement or "",
        action=statement.action_statement or "",
        notes=statement.status_notes or "",
        author=author,
        time=time_of(statement.last_updated or "", statement.timestamp or "") or time,
    )


def _names(vulnerability: str | _Vulnerability) -> tuple[str, tuple[str, ...]]:
    """The name and the aliases; an address stands for what it ends in. Raises ValueError."""
    if isinstance(vulnerability, str):
        vulnerability = _Vulnerability(vulnerability)
    address = _LAST_PART.search(vulnerability.id)
    names = [vulnerability.name, *(vulnerability.aliases or ()), *([address[1]] if address else ())]
    first, *others = [*dict.fromkeys(filter(None, (name.strip() for name in names)))] or [""]
    if not first:
        raise ValueError("it names no vulnerability")
    return first, tuple(others)


def _product(component: str | _Component) -> VexProduct:
    """Raises ValueError for one without any name."""
    if isinstance(component, str):
        component = _Component(component)
    named = product_named(component.id)
    stated = [text for text in (component.identifiers or {}).values() if isinstance(text, str)]
    others = [product_named(text) for text in stated]
    hashes = [digest_of(name, text) for name, text in (component.hashes or {}).items() if isinstance(text, str)]
    purls = [purl for one in (named, *others) for purl in one.purls]
    cpes = [cpe for one in (named, *others) for cpe in one.cpes]
    digests = [digest for digest in (*named.digests, *hashes) if digest]
    name = named.name or next(iter([*purls, *cpes, *digests]), "")
    if not name:
        raise ValueError("a product without a name")
    return VexProduct(
        name,
        tuple(dict.fromkeys(purls)),
        tuple(dict.fromkeys(cpes)),
        tuple(dict.fromkeys(digests)),
        subcomponents=tuple(map(_product, component.subcomponents or ())),
    )
