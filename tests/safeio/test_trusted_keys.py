"""Signatures of documents, as OpenSSH and cosign make them."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lading.model.errors import SafeIOError
from lading.safeio.dsse import IN_TOTO, check_envelope, parse_envelope, signed_bytes
from lading.safeio.signatures import check_detached
from lading.safeio.signing import sign
from lading.safeio.trust import check_demanded, sign_for
from lading.safeio.trusted_keys import Checked, TrustedKeys, read_trusted_keys

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
    opened = parse_envelope(signed.encode())
    assert opened is not None
    assert opened.payload == DOCUMENT
    checked = check_envelope(opened, keys)
    assert checked.signer.startswith("SHA256:")
    for text, why in (
        (envelope % (kind.decode(), encoded[0], ""), "its envelope is not signed"),
        (signed.replace("in-toto", "other"), "no signature of its envelope is of a trusted key"),
    ):
        opened = parse_envelope(text.encode())
        assert opened is not None
        checked = check_envelope(opened, keys)
        assert (checked.signer, checked.why) == ("", why)
    assert parse_envelope(DOCUMENT) is None


def envelope_of(payload: bytes, kind: str, name: str) -> dict[str, object]:
    signature = base64.b64encode(signed_by(name, signed_bytes(payload, kind))).decode()
    return {
        "payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": [{"keyid": "", "sig":
        signature}]
    }  # fmt: skip


def statement_on(document: bytes) -> bytes:
    digest = hashlib.sha256(document).hexdigest()
    return json.dumps(
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": digest}}]}
    ).encode()


@pytest.mark.parametrize("name", PUBLIC)
def test_bundles_and_envelopes_beside_a_document(name: str) -> None:
    """As cosign writes them: its old bundles, sigstore's with a signature or an envelope, attestations of files."""
    keys, bare = keys_of(name), base64.b64encode(signed_by(name, DOCUMENT)).decode()
    media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    attested = envelope_of(statement_on(DOCUMENT), IN_TOTO, name)
    good: list[dict[str, object]] = [
        {"base64Signature": bare, "cert": "", "rekorBundle": None},
        {"mediaType": media_type, "verificationMaterial": {}, "messageSignature": {"signature": bare}},
        {"mediaType": media_type, "verificationMaterial": {}, "dsseEnvelope": attested},
        attested,
        envelope_of(DOCUMENT, "application/toml", name),
    ]
    for one in good:
        text = json.dumps(one).encode()
        assert check_detached(DOCUMENT, text, keys, NAMESPACES).signer.startswith("SHA256:")
        assert check_detached(DOCUMENT + b" ", text, keys, NAMESPACES).signer == ""
        assert check_detached(DOCUMENT, text, TrustedKeys(), NAMESPACES).signer == ""
    strange = envelope_of(statement_on(DOCUMENT), "application/json", name)
    assert check_detached(DOCUMENT, json.dumps(strange).encode(), keys, NAMESPACES) == Checked(
        why="its signature is an envelope of another document", is_wrong=True
    )
    for text in (b"{}", b"{", b"[" * 100_000, b'{"messageSignature": 1}', b'{"base64Signature": "%"}'):
        assert check_detached(DOCUMENT, text, keys, NAMESPACES).is_wrong


@pytest.mark.parametrize("curve", [SECP384R1(), SECP521R1()])
def test_larger_curves_over_either_digest(curve: EllipticCurve) -> None:
    private = generate_ec(curve)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip()
    for algorithm in (SHA256(), SHA384() if curve.name == "secp384r1" else SHA512()):
        signature = base64.b64encode(private.sign(DOCUMENT, ECDSA(algorithm)))
        assert check_detached(DOCUMENT, signature, TrustedKeys(pem=(pem,)), ()).signer.startswith("SHA256:")


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_signed_here_by_keys_in_pem(name: str, tmp_path: Path) -> None:
    keys: dict[str, EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey]
    keys = {"ecdsa": EC, "rsa": RSA, "ed25519": ED}
    key = keys[name]
    for format in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        if (name, format) == ("ed25519", PrivateFormat.TraditionalOpenSSL):
            continue
        (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, format, NoEncryption()))
        signature = sign(DOCUMENT, tmp_path / "key", "lading-vex")
        assert check_detached(DOCUMENT, signature, keys_of(name), NAMESPACES).signer.startswith("SHA256:")
    (tmp_path / "key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    with pytest.raises(SafeIOError, match="is protected by a passphrase, which Lading does not ask for"):
        sign(DOCUMENT, tmp_path / "key", "lading-vex")


def test_what_is_demanded(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "keys").write_bytes(PUBLIC["ecdsa"].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    keys = read_trusted_keys(tmp_path / "keys")
    signature = sign_for("policy", DOCUMENT, tmp_path / "key")
    where = f"; the trusted keys are in {tmp_path / 'keys'}"
    assert check_demanded(DOCUMENT, None, TrustedKeys(), "policy") == Checked()
    assert check_demanded(DOCUMENT, signature, keys, "policy").signer.startswith("SHA256:")
    assert check_demanded(DOCUMENT, None, keys, "policy").why == f"refused: it is not signed{where}"
    assert check_demanded(b"", signature, keys, "policy").why == (
        f"refused: its signature is not of a trusted key, or not of this document{where}"
    )


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
