"""Signatures of documents by a private key in a file: as OpenSSH makes them by its own keys, and bare as `cosign
sign-blob --key` does by those in PEM."""

import base64
from pathlib import Path
from typing import Final

from lading.model.errors import SafeIOError
from lading.safeio import ssh_signature

_PEM: Final = b"-----BEGIN "
_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_COSIGN: Final = (b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", b"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----")
_MOST: Final = 100_000


def sign(data: bytes, key: Path, namespace: str) -> bytes:
    """The signature of `data`: armoured text for `namespace` by a key of OpenSSH, base64 of it alone by one in PEM
    (ECDSA, RSA, Ed25519). Raises SafeIOError."""
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
    if content.startswith(_PEM) and not content.startswith(_OPENSSH):
        return base64.b64encode(_bare(data, content, key)) + b"\n"
    return ssh_signature.sign(data, content, key, namespace)


def _bare(data: bytes, content: bytes, key: Path) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(content, None)
    except TypeError as error:  # what the library raises for a key that needs a password
        raise SafeIOError(
            f"{key}: is protected by a passphrase, which Lading does not ask for; use a key without one"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SafeIOError(f"{key}: is not a private key (ssh-keygen -t ed25519 makes one)") from error
    match private:
        case EllipticCurvePrivateKey():
            return private.sign(data, ECDSA(SHA256()))
        case RSAPrivateKey():
            return private.sign(data, PKCS1v15(), SHA256())
        case Ed25519PrivateKey():
            return private.sign(data)
    raise SafeIOError(f"{key}: is no key of ECDSA, RSA or Ed25519 (ssh-keygen -t ed25519 makes one)")
