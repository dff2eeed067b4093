"""Public keys that a user trusts, and whether one of them has made a signature: of OpenSSH, or in PEM as cosign has
them.

The arithmetic is that of the library `cryptography`, loaded when it is needed. What signatures lie around is in
`dsse`, `signatures` and `ssh_signature`, whose documents count for what in `trust`.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from lading.model.errors import SafeIOError
from lading.safeio.ssh_signature import parse_public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\s*", re.DOTALL)
_MOST: Final = 1_000_000


class TrustedKeys(Struct, frozen=True):
    """Public keys: `ssh` the 32 bytes of Ed25519 keys, `pem` others as text (PEM, SubjectPublicKeyInfo). `source` is
    the file they are in. Without any nothing need be signed, and no signature counts."""

    ssh: tuple[bytes, ...] = ()
    pem: tuple[bytes, ...] = ()
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.ssh or self.pem)


class Checked(Struct, frozen=True):
    """Who has signed (`SHA256:…`, the key's fingerprint), or why nobody whom the user trusts has. `is_wrong` tells that
    a signature is there that does not hold for the document, whoever made it."""

    signer: str = ""
    why: str = ""
    is_wrong: bool = False


def read_trusted_keys(path: Path) -> TrustedKeys:
    """The keys in a file: lines of OpenSSH's public keys (Ed25519), with or without a name before them, and PEM blocks
    as `cosign generate-key-pair` writes them to `cosign.pub`. Raises SafeIOError for anything else, restrictions of a
    key included: they would not be kept."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError as error:
        raise SafeIOError(f"{path}: the key cannot be read: {error.strerror}") from error
    blocks = tuple(match[0].strip() for match in _PEM.finditer(data))
    for block in blocks:
        if _load(block) is None:
            raise SafeIOError(f"{path}: holds a PEM block that is no public key of ECDSA, Ed25519 or RSA")
    rest = _PEM.sub(lambda block: b"\n" * block[0].count(b"\n"), data)
    lines = enumerate(rest.decode("utf-8", "replace").split("\n"), 1)
    keys = [_line(text, number, path) for number, text in lines if text.strip() and not text.lstrip().startswith("#")]
    if not keys and not blocks:
        raise SafeIOError(f"{path}: holds no public key")
    return TrustedKeys(tuple(keys), blocks, str(path))


def signer_of(data: bytes, signature: bytes, keys: TrustedKeys, *, any_kind: bool = False) -> str:
    """The fingerprint of the key that has made a bare signature of `data`, empty where none of them has: ECDSA and RSA
    over SHA-256 (ECDSA over the digest that is usual for its curve too), Ed25519 over the bytes. With `any_kind` keys
    of OpenSSH count as well, in whose own signatures more is said than the bytes."""
    for key in (*keys.pem, *(map(_pem_of, keys.ssh) if any_kind else ())):
        if _verifies(key, signature, data):
            return _fingerprint(key)
    return ""


def _line(text: str, number: int, path: Path) -> bytes:
    key = parse_public_key(text)
    if key is None:
        raise SafeIOError(
            f"{path}: line {number} is neither an Ed25519 public key of OpenSSH (ssh-ed25519 …), as ssh-keygen -t "
            "ed25519 makes it, without options before it, nor part of a PEM block (-----BEGIN PUBLIC KEY-----)"
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
    if isinstance(key, EllipticCurvePublicKey):
        for algorithm in _algorithms(key):
            try:
                key.verify(signature, data, ECDSA(algorithm))
            except (InvalidSignature, ValueError):
                continue
            return True
        return False
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, RSAPublicKey):
            key.verify(signature, data, PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _algorithms(key: "EllipticCurvePublicKey") -> "Iterator[HashAlgorithm]":
    """cosign signs over SHA-256 whatever the curve, sigstore's bundles over the digest of the curve's size."""
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    yield SHA256()
    if key.curve.name == "secp384r1":
        yield SHA384()
    elif key.curve.name == "secp521r1":
        yield SHA512()


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
