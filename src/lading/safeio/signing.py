"""Signatures of documents by a private key in a file: as OpenSSH makes them by its own keys, bare as `cosign
sign-blob --key` does by those in PEM, and in envelopes (DSSE) by either."""

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from lading.model.errors import SafeIOError
from lading.safeio import ssh_signature
from lading.safeio.dsse import signed_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey

_PEM: Final = b"-----BEGIN "
_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_COSIGN: Final = (b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", b"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----")
_MOST: Final = 100_000


class SignedPayload(Struct, frozen=True):
    """The signature of an envelope, and the digest of the public key that it is to be checked by (SHA-256 of its DER
    form), by which cosign and trusted keys name it."""

    signature: bytes
    key_digest: bytes

    @property
    def signer(self) -> str:
        """The key's fingerprint: `SHA256:…`."""
        return f"SHA256:{base64.b64encode(self.key_digest).decode().rstrip('=')}"


def sign(data: bytes, key: Path, namespace: str) -> bytes:
    """The signature of `data`: armoured text for `namespace` by a key of OpenSSH, base64 of it alone by one in PEM
    (ECDSA, RSA, Ed25519). Raises SafeIOError."""
    content = _read(key)
    if content.startswith(_PEM) and not content.startswith(_OPENSSH):
        return base64.b64encode(_bare(data, _load(content, key))) + b"\n"
    return ssh_signature.sign(data, content, key, namespace)


def sign_payload(payload: bytes, payload_type: str, key: Path) -> SignedPayload:
    """The signature of an envelope's content by a key of either kind. Raises SafeIOError."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    content = _read(key)
    is_pem = content.startswith(_PEM) and not content.startswith(_OPENSSH)
    private = _load(content, key) if is_pem else ssh_signature.load_private_key(content, key)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SignedPayload(_bare(signed_bytes(payload, payload_type), private), hashlib.sha256(public).digest())


def _read(key: Path) -> bytes:
    try:
        with key.open("rb") as file:
            content = file.read(_MOST).lstrip()
    except OSError as error:
        raise SafeIOError(f"{key}: the key cannot be read: {error.strerror}") from error
    if content.startswith(_COSIGN):
        raise SafeIOError(
            f"{key}: is protected by a password, which Lading does not ask for; sign with cosign sign-blob --key, or "
            "use a key of OpenSSH (ssh-keygen -t ed25519 makes one)"
        )
    return content


def _load(content: bytes, key: Path) -> "PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(content, None)
    except TypeError as error:  # what the library raises for a key that needs a password
        raise SafeIOError(
            f"{key}: is protected by a passphrase, which Lading does not ask for; use a key without one"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SafeIOError(f"{key}: is not a private key (ssh-keygen -t ed25519 makes one)") from error
    if isinstance(private, EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey):
        return private
    raise SafeIOError(f"{key}: is no key of ECDSA, RSA or Ed25519 (ssh-keygen -t ed25519 makes one)")


def _bare(data: bytes, private: "PrivateKey") -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

    match private:
        case EllipticCurvePrivateKey():
            return private.sign(data, ECDSA(SHA256()))
        case RSAPrivateKey():
            return private.sign(data, PKCS1v15(), SHA256())
    return private.sign(data)
