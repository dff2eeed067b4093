"""Signatures as OpenSSH makes and checks them (`ssh-keygen -Y sign`, `ssh-keygen -Y verify`), with Ed25519 keys.

Source: OpenSSH's PROTOCOL.sshsig; RFC 4253 (section 6.6) and RFC 8709 for keys and signatures, RFC 8032 for Ed25519.
The arithmetic is that of the library `cryptography`, loaded when it is needed.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lading.model.errors import SafeIOError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ARMOUR: Final = b"-----BEGIN SSH SIGNATURE-----"
"""What signatures begin with."""
_BEGIN: Final = ARMOUR.decode()
_END: Final = "-----END SSH SIGNATURE-----"
_MAGIC: Final = b"SSHSIG"
_VERSION: Final = 1
_KIND: Final = b"ssh-ed25519"
_HASH: Final = "sha512"
_HASHES: Final = ("sha256", "sha512")
_MOST: Final = 100_000
_WIDTH: Final = 70


def parse_public_key(line: str) -> bytes | None:
    """The Ed25519 key (32 bytes) of one such line; None where it holds no other thing."""
    fields = line.split()
    kinds = [place for place in (0, 1) if fields[place : place + 1] == [_KIND.decode()]]
    return _public_key(fields[kinds[0] + 1]) if kinds and len(fields) > kinds[0] + 1 else None


def sign(data: bytes, content: bytes, key: Path, namespace: str) -> bytes:
    """The signature of `data` by the private key that is the content of the file `key`, as armoured text. Raises
    SafeIOError."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = load_private_key(content, key)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = _string(_KIND) + _string(private.sign(_signed(data, namespace.encode(), _HASH)))
    blob = (
        _MAGIC
        + struct.pack(">I", _VERSION)
        + _string(_string(_KIND) + _string(public))
        + _string(namespace.encode())
        + _string(b"")
        + _string(_HASH.encode())
        + _string(signature)
    )
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return "\n".join((_BEGIN, *lines, _END, "")).encode()


def load_private_key(content: bytes, key: Path) -> "Ed25519PrivateKey":
    """The private key that is the content of the file `key`. Raises SafeIOError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        private = load_ssh_private_key(content, None)
    except TypeError as error:  # what the library raises for a key that needs a password
        raise SafeIOError(
            f"{key}: is protected by a passphrase, which Lading does not ask for; use a key without one, or sign with "
            "ssh-keygen -Y sign"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SafeIOError(f"{key}: is not a private key of OpenSSH (ssh-keygen -t ed25519 makes one)") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SafeIOError(f"{key}: is not an Ed25519 key (ssh-keygen -t ed25519 makes one)")
    return private


def verified_by(data: bytes, signature: bytes, namespaces: Sequence[str]) -> tuple[bytes, str]:
    """The key (32 bytes) that `signature` (armoured text) of `data` was made with, for one of these purposes; and why
    it holds by none, empty where it does."""
    try:
        public, namespace, algorithm, raw = _parse(signature)
    except (ValueError, struct.error):
        return b"", "its signature cannot be read"
    if namespace.decode("utf-8", "replace") not in namespaces:
        return b"", "its signature was made for another purpose"

    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw, _signed(data, namespace, algorithm))
    except (InvalidSignature, ValueError):
        return b"", "its signature is wrong"
    return public, ""


def fingerprint(public: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    digest = hashlib.sha256(_string(_KIND) + _string(public)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _signed(data: bytes, namespace: bytes, algorithm: str) -> bytes:
    digest = hashlib.new(algorithm, data).digest()
    return _MAGIC + _string(namespace) + _string(b"") + _string(algorithm.encode()) + _string(digest)


def _parse(signature: bytes) -> tuple[bytes, bytes, str, bytes]:
    """Public key, namespace, hash algorithm and the signature itself. Raises ValueError and struct.error."""
    text = signature.decode("ascii").strip()
    if len(text) > _MOST or not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise ValueError("no armour")
    blob = base64.b64decode("".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    if blob[: len(_MAGIC)] != _MAGIC or struct.unpack_from(">I", blob, len(_MAGIC)) != (_VERSION,):
        raise ValueError("not a signature of this version")
    public, namespace, _reserved, algorithm, inner = _strings(blob[len(_MAGIC) + 4 :], 5)
    kind, key = _strings(public, 2)
    signed_kind, raw = _strings(inner, 2)
    if (kind, signed_kind) != (_KIND, _KIND) or algorithm.decode() not in _HASHES:
        raise ValueError("of another kind")
    return key, namespace, algorithm.decode(), raw


def _public_key(text: str) -> bytes | None:
    try:
        kind, key = _strings(base64.b64decode(text, validate=True), 2)
    except (ValueError, binascii.Error, struct.error):
        return None
    return key if kind == _KIND and len(key) == 32 else None


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _strings(data: bytes, count: int) -> list[bytes]:
    """Exactly `count` strings with their lengths before them."""
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data)
        if length > len(data) - 4:
            raise ValueError("cut short")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    if data:
        raise ValueError("too long")
    return found
