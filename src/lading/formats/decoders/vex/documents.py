"""VEX documents of any format, told apart by their content, and what is wrapped around them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct, field

from lading.formats.decoders.vex.csaf import parse_csaf_vex
from lading.formats.decoders.vex.cyclonedx import parse_cyclonedx_vex
from lading.formats.decoders.vex.openvex import parse_openvex
from lading.formats.decoders.vex.reading import digest_of
from lading.model.errors import FormatError
from lading.model.vex import VexDocument, VexProduct
from lading.safeio.javascript_json import decode_json

_STATEMENT: Final = "https://in-toto.io/Statement/"


class _Any(Struct, rename="camel"):
    """What tells the formats apart."""

    bom_format: object = None
    context: object = field(default=None, name="@context")
    document: object = None
    statements: object = None
    type: object = field(default=None, name="_type")
    payload: object = None
    payload_type: object = None


class _Subject(Struct):
    name: str = ""
    digest: dict[str, object] = {}


class _InToto(Struct, rename="camel"):
    predicate_type: str
    predicate: msgspec.Raw
    subject: list[_Subject] = []


def parse_vex(data: bytes, where: str) -> VexDocument:
    """An OpenVEX, CSAF or CycloneDX document in JSON, an in-toto statement about one, or a DSSE envelope around either,
    whose signatures are for others to check; `where` is its name. Raises FormatError."""
    try:
        found = decode_json(data, _Any)
    except ValueError as error:
        raise FormatError(f"{where}: no VEX document: {error}") from error
    if isinstance(found.payload, str) and isinstance(found.payload_type, str):
        return parse_vex(_payload(found.payload, where), where)
    if isinstance(found.type, str) and found.type.startswith(_STATEMENT):
        return _in_toto(data, where)
    if found.bom_format is not None:
        return parse_cyclonedx_vex(data, where)
    if isinstance(found.document, Mapping):
        return parse_csaf_vex(data, where)
    if found.statements is not None:
        return parse_openvex(data, where)
    raise FormatError(f"{where}: no VEX document: neither OpenVEX nor CSAF nor CycloneDX")


def _payload(text: str, where: str) -> bytes:
    """Raises FormatError, for an envelope in an envelope too."""
    try:
        inner = base64.b64decode(text, validate=True)
        found = decode_json(inner, _Any)
    except (ValueError, binascii.Error) as error:
        raise FormatError(f"{where}: the payload of its envelope cannot be read: {error}") from error
    if found.payload is not None:
        raise FormatError(f"{where}: an envelope within an envelope")
    return inner


def _in_toto(data: bytes, where: str) -> VexDocument:
    """Raises FormatError."""
    try:
        statement = msgspec.json.decode(data, type=_InToto)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{where}: not an in-toto statement: {error}") from error
    subjects = [_subject(one) for one in statement.subject]
    kind = statement.predicate_type.lower()
    predicate = bytes(statement.predicate)
    if "openvex" in kind:
        return parse_openvex(predicate, where, [one for one in subjects if one is not None])
    if "cyclonedx" in kind or "csaf" in kind:
        return parse_vex(predicate, where)
    raise FormatError(f"{where}: an attestation of another kind ({statement.predicate_type[:80]}), no VEX document")


def _subject(subject: _Subject) -> VexProduct | None:
    stated = (digest_of(name, text) for name, text in subject.digest.items() if isinstance(text, str))
    digests = tuple(filter(None, stated))
    return VexProduct(subject.name or digests[0], digests=digests) if digests else None
