"""Envelopes around a document (DSSE), as cosign's attestations and many VEX documents come, signed by key.

Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md and envelope.md there; for what an
attestation is about, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
"""

import base64
import binascii
import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from lading.safeio.json_text import has_too_many_objects
from lading.safeio.trusted_keys import Checked, TrustedKeys, signer_of

IN_TOTO: Final = "application/vnd.in-toto+json"
"""The type of an envelope's content that is a statement about subjects, by their digests."""
_STATEMENT: Final = "https://in-toto.io/Statement/"
_MOST_SIGNATURES: Final = 100


class Envelope(Struct, frozen=True):
    """An envelope that was opened: its content, the type of that, and its signatures. Nothing is checked yet."""

    payload: bytes
    payload_type: str
    signatures: tuple[bytes, ...]


class _Signature(Struct):
    sig: str = ""


class _Envelope(Struct, rename="camel"):
    payload: str
    payload_type: str
    signatures: list[_Signature] = []


class Statement(Struct, frozen=True):
    """An in-toto statement: the digests of what it is about (`sha256:…`), the type of what it says of that, and what it
    says, in JSON."""

    subjects: frozenset[str]
    type: str
    predicate: bytes


class _Subject(Struct):
    digest: dict[str, str] = {}


class _Statement(Struct, rename="camel"):
    type: str = msgspec.field(default="", name="_type")
    subject: list[_Subject] = []
    predicate_type: str = ""
    predicate: msgspec.Raw = msgspec.Raw()


def parse_envelope(data: bytes) -> Envelope | None:
    """The envelope in some bytes; None for what is none."""
    try:
        found = msgspec.json.decode(data, type=_Envelope)
        payload = decode_base64(found.payload)
        if has_too_many_objects(payload):
            return None
    except (ValueError, RecursionError):
        return None
    signatures = []
    for one in found.signatures[:_MOST_SIGNATURES]:
        try:
            signatures.append(decode_base64(one.sig))
        except ValueError:
            continue
    return Envelope(payload, found.payload_type, tuple(signatures))


def check_envelope(envelope: Envelope, keys: TrustedKeys) -> Checked:
    """Whether a trusted key has signed an envelope: its content and the type of that."""
    signed = signed_bytes(envelope.payload, envelope.payload_type)
    for signature in envelope.signatures:
        if signer := signer_of(signed, signature, keys, any_kind=True):
            return Checked(signer=signer)
    if not envelope.signatures:
        return Checked(why="its envelope is not signed")
    return Checked(why="no signature of its envelope is of a trusted key")


def signed_bytes(payload: bytes, payload_type: str) -> bytes:
    """What a signature of an envelope is made over (the protocol's PAE)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def is_about(envelope: Envelope, document: bytes) -> bool:
    """Whether an envelope's content is a document, or a statement that names it by its SHA-256 digest."""
    if envelope.payload == document:
        return True
    return hashlib.sha256(document).hexdigest() in subject_digests(envelope)


def subject_digests(envelope: Envelope) -> frozenset[str]:
    """The SHA-256 digests (64 digits) of what an in-toto statement in an envelope is about; none for anything else."""
    if envelope.payload_type != IN_TOTO:
        return frozenset()
    try:
        statement = msgspec.json.decode(envelope.payload, type=_Statement)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(one.digest["sha256"].lower() for one in statement.subject if "sha256" in one.digest)


def parse_statement(data: bytes) -> Statement | None:
    """The in-toto statement in some bytes; None for what is none."""
    if has_too_many_objects(data):
        return None
    try:
        found = msgspec.json.decode(data, type=_Statement)
    except (ValueError, RecursionError):
        return None
    if not found.type.startswith(_STATEMENT):
        return None
    subjects = (f"{name}:{text.lower()}" for one in found.subject for name, text in one.digest.items())
    return Statement(frozenset(subjects), found.predicate_type, bytes(found.predicate))


def decode_base64(text: str | bytes) -> bytes:
    """Bytes of base64, in the alphabet of addresses too, which the protocol allows. Raises ValueError."""
    plain = text.encode() if isinstance(text, str) else text
    try:
        return base64.b64decode(plain.translate(_PLAIN), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


_PLAIN: Final = bytes.maketrans(b"-_", b"+/")
