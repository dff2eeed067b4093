"""Signatures beside a document: as OpenSSH makes them (a `.sig` of `ssh-keygen -Y sign`), as cosign does by key
(`cosign sign-blob --key`, bare or in a bundle), or as an envelope (DSSE) of the document or of a statement about it
(`cosign attest-blob --key`).

Source: for cosign's signatures, sigstore's `signature` library; for bundles,
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto, and cosign's own older form with
`base64Signature`.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from lading.safeio.dsse import check_envelope, decode_base64, is_about, parse_envelope
from lading.safeio.ssh_signature import ARMOUR, verified_by
from lading.safeio.ssh_signature import fingerprint as ssh_fingerprint
from lading.safeio.trusted_keys import Checked, TrustedKeys, signer_of

_UNREADABLE: Final = Checked(why="its signature cannot be read", is_wrong=True)
_STRANGE: Final = Checked(why="its signature is not of a trusted key, or not of this document")


class _Message(Struct):
    signature: str = ""


class _Bundle(Struct, rename="camel"):
    base64_signature: str = msgspec.field(default="", name="base64Signature")
    message_signature: _Message = msgspec.field(default_factory=_Message)
    dsse_envelope: Raw = Raw()


def check_detached(document: bytes, signature: bytes, keys: TrustedKeys, namespaces: Sequence[str]) -> Checked:
    """Whether a signature beside a document is that of a trusted key; `namespaces` are what those of OpenSSH may be
    made for."""
    stripped = signature.strip()
    if stripped.startswith(ARMOUR):
        return _check_ssh(document, signature, keys, namespaces)
    if stripped.startswith(b"{"):
        return _check_json(document, stripped, keys)
    return _check_bare(document, stripped, keys)


def _check_ssh(document: bytes, signature: bytes, keys: TrustedKeys, namespaces: Sequence[str]) -> Checked:
    public, why = verified_by(document, signature, namespaces)
    if why:
        return Checked(why=why, is_wrong=True)
    if public not in keys.ssh:
        return Checked(why=f"it is signed by a key that is not trusted ({ssh_fingerprint(public)})")
    return Checked(signer=ssh_fingerprint(public))


def _check_json(document: bytes, signature: bytes, keys: TrustedKeys) -> Checked:
    """An envelope, or a bundle that has one or a bare signature in it."""
    try:
        bundle = msgspec.json.decode(signature, type=_Bundle)
    except (ValueError, RecursionError):
        return _UNREADABLE
    if bare := bundle.base64_signature or bundle.message_signature.signature:
        return _check_bare(document, bare.encode(), keys)
    envelope = parse_envelope(bytes(bundle.dsse_envelope) or signature)
    if envelope is None:
        return _UNREADABLE
    if not is_about(envelope, document):
        return Checked(why="its signature is an envelope of another document", is_wrong=True)
    return check_envelope(envelope, keys)


def _check_bare(document: bytes, signature: bytes, keys: TrustedKeys) -> Checked:
    try:
        raw = decode_base64(signature)
    except ValueError:
        return _UNREADABLE
    signer = signer_of(document, raw, keys)
    return Checked(signer=signer) if signer else _STRANGE
