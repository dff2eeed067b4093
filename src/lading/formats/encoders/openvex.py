"""OpenVEX 0.2.0 (https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field, structs

from lading.formats.view import View
from lading.model.vex import VexDocument, VexProduct, VexStatement
from lading.safeio.json_text import encode_document, encode_json

_CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"
_NAMESPACE: Final = "https://openvex.dev/docs/public/vex-"
_HASHES: Final[Mapping[str, str]] = {
    "md5": "md5", "sha1": "sha1", "sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512",
}  # fmt: skip
_NO_REASON: Final = "no justification was stated"
_NO_ACTION: Final = "no action was stated"


class _Vulnerability(Struct, omit_defaults=True):
    name: str
    aliases: tuple[str, ...] = ()


class _Component(Struct, omit_defaults=True):
    id: str = field(name="@id", default="")
    identifiers: dict[str, str] = {}
    hashes: dict[str, str] = {}
    subcomponents: tuple["_Component", ...] = ()


class _Statement(Struct, omit_defaults=True):
    vulnerability: _Vulnerability
    products: tuple[_Component, ...]
    status: str
    timestamp: str = ""
    status_notes: str = ""
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""


class _Document(Struct):
    context: str = field(name="@context")
    id: str = field(name="@id")
    author: str
    timestamp: str
    version: int
    tooling: str
    statements: list[_Statement]


def encode_openvex(document: VexDocument, view: View) -> bytes:
    """A document of at least one statement as JSON, ending in a newline. Without an id it has one made of its content.
    Ranges of versions, which the format has no words for, are for who calls to leave out (`is_expressible`)."""
    statements = [_statement(one, document.author) for one in document.statements]
    version = int(document.version) if document.version.isdecimal() else 1
    made = _Document(_CONTEXT, document.id, document.author, document.time, version, view.tool, statements)
    if not made.id:
        made.id = _NAMESPACE + sha256(encode_json(made)).hexdigest()
    return encode_document(made)


def is_expressible(product: VexProduct) -> bool:
    """Whether the format has words for a product: it knows no ranges."""
    return not product.versions and all(map(is_expressible, product.subcomponents))


def _statement(statement: VexStatement, author: str) -> _Statement:
    # A document has one author, and a statement's supplier is that of the product.
    whose = f"stated by {statement.author}" if statement.author not in ("", author) else ""
    made = _Statement(
        vulnerability=_Vulnerability(statement.vulnerability, statement.aliases),
        products=_products(statement.products),
        status=statement.status,
        timestamp=statement.time,
        status_notes="; ".join(filter(None, (statement.notes, whose))),
    )
    if statement.status == "not_affected":
        made.justification = statement.justification
        made.impact_statement = statement.impact or ("" if statement.justification else _NO_REASON)
    elif statement.status == "affected":
        made.action_statement = statement.action or _NO_ACTION
    return made


def _products(products: tuple[VexProduct, ...]) -> tuple[_Component, ...]:
    return tuple(_component(one) for one in dict.fromkeys(products))


def _component(product: VexProduct) -> _Component:
    """One with a package URL goes by it."""
    purls = [_with_version(purl, product.version) for purl in product.purls]
    identifiers = {"purl": purls[0]} if purls else {}
    for cpe in product.cpes:
        identifiers.setdefault("cpe23" if cpe.startswith("cpe:2.3:") else "cpe22", cpe)
    hashes: dict[str, str] = {}
    for digest in product.digests:
        algorithm, _, value = digest.partition(":")
        if algorithm in _HASHES:
            hashes.setdefault(_HASHES[algorithm], value)
    name = product.name if not product.version else f"{product.name}@{product.version}"
    return _Component(
        id=purls[0] if purls else quote(name, safe=":/?#[]@!$&'()*+,;=%-._~"),
        identifiers=identifiers,
        hashes=hashes,
        subcomponents=tuple(_component(structs.replace(part, subcomponents=())) for part in product.subcomponents),
    )


def _with_version(purl: str, version: str) -> str:
    """A package URL with a version that is stated apart from it."""
    head, mark, rest = purl.partition("?")
    if not version or "@" in head.rpartition("/")[2]:
        return purl
    return f"{head}@{quote(version, safe=':')}{mark}{rest}"
