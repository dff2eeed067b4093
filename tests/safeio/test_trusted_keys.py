"""Signatures of documents, as OpenSSH and cosign make them."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lading.model.errors import SafeIOError
from lading.safeio.trusted_keys import TrustedKeys, check_detached, check_envelope, read_trusted_keys

DOCUMENT = b'{"statements": []}'
NAMESPACES = ("lading-vex", "file")
EC, RSA, ED = generate_ec(SECP256R1()), generate_rsa(65537, 2048), Ed25519PrivateKey.generate()
PUBLIC: dict[str, EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey] = {
    "ecdsa": EC.public_key(),
    "rsa": RSA.public_key(),
    "ed25519": ED.public_key(),
}


def signed_by(name: str, data: bytes) -> bytes:
    match name:
        case "ecdsa":
            return EC.sign(data, ECDSA(SHA256()))
        case "rsa":
            return RSA.sign(data, PKCS1v15(), SHA256())
    return ED.sign(data)


def keys_of(*names: str) -> TrustedKeys:
    encoded = (PUBLIC[name].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for name in names)
    return TrustedKeys(pem=tuple(one.strip() for one in encoded))


@pytest.mark.parametrize("name", PUBLIC)
def test_as_cosign_signs_by_key(name: str) -> None:
    signature = base64.b64encode(signed_by(name, DOCUMENT))
    others = keys_of(*(one for one in PUBLIC if one != name))
    assert check_detached(DOCUMENT, signature + b"\n", keys_of(*PUBLIC), NAMESPACES).signer.startswith("SHA256:")
    for wrong in (
        check_detached(DOCUMENT + b" ", signature, keys_of(*PUBLIC), NAMESPACES),
        check_detached(DOCUMENT, signature, others, NAMESPACES),
    ):
        assert (wrong.signer, wrong.why) == ("", "its signature is not of a trusted key, or not of this document")
    assert check_detached(DOCUMENT, b"%%%", keys_of(name), NAMESPACES).is_wrong


def test_envelopes_by_any_key(tmp_path: Path) -> None:
    line = ED.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (tmp_path / "keys").write_bytes(b"# ours\n" + line + b" site\n")
    kind = b"application/vnd.in-toto+json"
    signature = ED.sign(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(DOCUMENT), DOCUMENT))
    encoded = [base64.b64encode(one).decode() for one in (DOCUMENT, signature)]
    envelope = '{"payloadType":"%s","payload":"%s","signatures":[%s]}'
    signed = envelope % (kind.decode(), encoded[0], f'{{"sig":"%"}},{{"sig":"{encoded[1]}"}}')
    keys = read_trusted_keys(tmp_path / "keys")
    checked = check_envelope(signed.encode(), keys)
    assert checked is not None
    assert checked.signer.startswith("SHA256:")
    for text, why in (
        (envelope % (kind.decode(), encoded[0], ""), "its envelope is not signed"),
        (signed.replace("in-toto", "other"), "no signature of its envelope is of a trusted key"),
    ):
        checked = check_envelope(text.encode(), keys)
        assert checked is not None
        assert (checked.signer, checked.why) == ("", why)
    assert check_envelope(DOCUMENT, keys) is None


@pytest.mark.debian("openssh-client")
@pytest.mark.parametrize("namespace", NAMESPACES)
def test_as_ssh_keygen_signs(tmp_path: Path, namespace: str) -> None:
    key, path = tmp_path / "id", tmp_path / "a.json"
    path.write_bytes(DOCUMENT)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key, path], check=True, capture_output=True
    )
    keys = read_trusted_keys(tmp_path / "id.pub")
    signature = (tmp_path / "a.json.sig").read_bytes()
    assert check_detached(DOCUMENT, signature, keys, NAMESPACES).signer.startswith("SHA256:")
    assert check_detached(DOCUMENT + b" ", signature, keys, NAMESPACES).is_wrong
    another = check_detached(DOCUMENT, signature, TrustedKeys(), NAMESPACES)
    assert (another.signer, another.is_wrong) == ("", False)
    assert another.why.startswith("it is signed by a key that is not trusted (SHA256:")
    assert check_detached(DOCUMENT, signature, keys, ("other",)).why == "its signature was made for another purpose"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no public key"),
        (b"ssh-rsa AAAA x\n", "is neither an Ed25519 public key of OpenSSH"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is no public key of ECDSA, Ed25519 or RSA"),
    ],
)
def test_files_that_hold_something_else(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    with pytest.raises(SafeIOError, match=message):
        read_trusted_keys(path)
