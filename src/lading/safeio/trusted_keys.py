"""Keys that a user trusts, and whether one of them has signed a document: as OpenSSH signs (a `.sig` of `ssh-keygen -Y
sign`), as cosign does by key (`cosign sign-blob --key`), or in an envelope around the document (DSSE).

Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md; for cosign's signatures, sigstore's
`signature` library: ECDSA and RSA over SHA-256, Ed25519 over the bytes. The arithmetic is that of the library
`cryptography`, loaded when it is needed.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from lading.model.errors import SafeIOError
from lading.safeio.ssh_signature import check, fingerprint, parse_public_key, signer_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\s*", re.DOTALL)
_ARMOUR: Final = b"-----BEGIN SSH SIGNATURE-----"
_MOST: Final = 1_000_000
_MOST_SIGNATURES: Final = 100


class TrustedKeys(Struct, frozen=True):
    """Public keys: `ssh` the 32 bytes of Ed25519 keys, `pem` others as text (PEM, SubjectPublicKeyInfo). `source` is
    the file they are in."""

    ssh: tuple[bytes, ...] = ()
    pem: tuple[bytes, ...] = ()
    source: str = ""


class Checked(Struct, frozen=True):
    """Who has signed (`SHA256:…`, the key's fingerprint), or why nobody whom the user trusts has. `is_wrong` tells that
    a signature is there that does not hold for the document, whoever made it."""

    signer: str = ""
    why: str = ""
    is_wrong: bool = False


def read_trusted_keys(path: Path) -> TrustedKeys:
    """The keys in a file: lines of OpenSSH's public keys (Ed25519), with or without a name before them, and PEM blocks
    as `cosign generate-key-pair` writes them to `cosign.pub`. Raises SafeIOError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError as error:
        raise SafeIOError(f"{path}: the key cannot be read: {error.strerror}") from error
    blocks = tuple(match[0].strip() for match in _PEM.finditer(data))
    for block in blocks:
        if _load(block) is None:
            raise SafeIOError(f"{path}: holds a PEM block that is no public key of ECDSA, Ed25519 or RSA")
    lines = _PEM.sub(b"", data).decode("utf-8", "replace").splitlines()
    keys = [_line(text, path) for text in map(str.strip, lines) if text and not text.startswith("#")]
    if not keys and not blocks:
        raise SafeIOError(f"{path}: holds no public key")
    return TrustedKeys(tuple(keys), blocks, str(path))


def check_detached(document: bytes, signature: bytes, keys: TrustedKeys, namespaces: Sequence[str]) -> Checked:
    """Whether a signature beside a document is that of a trusted key; `namespaces` are what those of OpenSSH may be
    made for."""
    if signature.lstrip().startswith(_ARMOUR):
        return _check_ssh(document, signature, keys, namespaces)
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except (ValueError, binascii.Error):
        return Checked(why="its signature cannot be read", is_wrong=True)
    for key in keys.pem:
        if _verifies(key, raw, document):
            return Checked(signer=_fingerprint(key))
    return Checked(why="its signature is not of a trusted key, or not of this document")


class _Signature(Struct):
    sig: str = ""


class _Envelope(Struct, rename="camel"):
    payload: str
    payload_type: str
    signatures: list[_Signature] = []


def check_envelope(envelope: bytes, keys: TrustedKeys) -> Checked | None:
    """Whether a trusted key has signed a DSSE envelope; None for what is none."""
    try:
        found = msgspec.json.decode(envelope, type=_Envelope)
        payload = base64.b64decode(found.payload, validate=True)
    except (ValueError, RecursionError):
        return None
    kind = found.payload_type.encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    for signature in found.signatures[:_MOST_SIGNATURES]:
        try:
            raw = base64.b64decode(signature.sig, validate=True)
        except (ValueError, binascii.Error):
            continue
        for key in (*keys.pem, *map(_pem_of, keys.ssh)):
            if _verifies(key, raw, signed):
                return Checked(signer=_fingerprint(key))
    if not found.signatures:
        return Checked(why="its envelope is not signed")
    return Checked(why="no signature of its envelope is of a trusted key")


def _check_ssh(document: bytes, signature: bytes, keys: TrustedKeys, namespaces: Sequence[str]) -> Checked:
    public = signer_of(signature)
    if public is None:
        return Checked(why="its signature cannot be read", is_wrong=True)
    reasons = [check(document, signature, (public,), namespace) for namespace in namespaces]
    if "" not in reasons:
        return Checked(why=reasons[0], is_wrong=True)
    if public not in keys.ssh:
        return Checked(why=f"it is signed by a key that is not trusted ({fingerprint(public)})")
    return Checked(signer=fingerprint(public))


def _line(text: str, path: Path) -> bytes:
    key = parse_public_key(text)
    if key is None:
        raise SafeIOError(
            f"{path}: {text[:40]!r} is neither an Ed25519 public key of OpenSSH (ssh-ed25519 …, without options before "
            "it) nor a PEM block (-----BEGIN PUBLIC KEY-----)"
        )
    return key


def _load(pem: bytes) -> "PublicKeyTypes | None":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey) else None


def _verifies(pem: bytes, signature: bytes, data: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _load(pem)
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, data, ECDSA(SHA256()))
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, RSAPublicKey):
            key.verify(signature, data, PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _pem_of(raw: bytes) -> bytes:
    """An OpenSSH key as others write it: envelopes name no kind of key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _fingerprint(pem: bytes) -> str:
    """The digest of a key's DER form, as cosign and OpenSSL name keys."""
    body = b"".join(line for line in pem.splitlines() if not line.startswith(b"-----"))
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
