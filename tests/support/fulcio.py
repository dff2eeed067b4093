"""An authority that gives certificates for minutes, with its logs, as sigstore runs them (Fulcio, Rekor, a log of
certificates): enough to sign bundles without a network, and to check them by its trust root."""

import base64
import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lading.safeio.dsse import signed_bytes
from tests.support.attaching import BUNDLE, IN_TOTO

_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_TIME = datetime(2026, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def public(key: EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(public(key)).digest()


def sign(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ECDSA(SHA256()))


def octets(data: bytes) -> bytes:
    """A DER value of the type OCTET STRING, or with the same length a UTF8String."""
    length = bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])
    return b"\x04" + length + data


class Fulcio:
    """The authority: `root` is its trust root."""

    def __init__(self) -> None:
        self._ca, self._log, self._ct = (generate_private_key(SECP256R1()) for _ in range(3))
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of tests")])
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._ca.public_key())
            .serial_number(1)
            .not_valid_before(_TIME - timedelta(days=1))
            .not_valid_after(_TIME + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._ca.public_key()), critical=False)
            .sign(self._ca, SHA256())
        )

    @property
    def root(self) -> bytes:
        def log(key: EllipticCurvePrivateKey, url: str) -> Json:
            details = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": {"start": "2020-01-01T00:00:00Z"}}
            return {
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": encoded(public(key)), **details},
                "logId": {"keyId": encoded(key_id(key))},
            }

        chain = {"certificates": [{"rawBytes": encoded(self._certificate.public_bytes(Encoding.DER))}]}
        authority = {
            "subject": {"organization": "tests", "commonName": "an authority of tests"},
            "uri": "https://fulcio.example",
            "certChain": chain,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
        }
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self._log, "https://rekor.example")],
            "certificateAuthorities": [authority],
            "ctlogs": [log(self._ct, "https://ct.example")],
            "timestampAuthorities": [],
        }
        return json.dumps(document).encode()

    def bundle(self, payload: bytes, identity: str, issuer: str, *, late: bool = False) -> Json:
        """An envelope of a statement, signed by who the issuer says to be so; `late` after the certificate's time."""
        key = generate_private_key(SECP256R1())
        certificate = self._certify(key, identity, issuer)
        signature = encoded(sign(key, signed_bytes(payload, IN_TOTO)))
        envelope = {"payloadType": IN_TOTO, "payload": encoded(payload), "signatures": [{"sig": signature}]}
        verifier = encoded(certificate.public_bytes(Encoding.PEM))
        spec = {
            "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(json.dumps(envelope).encode()).hexdigest()},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
            "signatures": [{"signature": signature, "verifier": verifier}],
        }
        body = json.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}).encode()
        time = int((_TIME + timedelta(hours=2 if late else 0, minutes=1)).timestamp())
        material = {
            "certificate": {"rawBytes": encoded(certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [self._entry(body, time)],
        }
        return {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}

    def _entry(self, body: bytes, time: int) -> Json:
        """The one entry of the log, with the promise and the proof that it is in it."""
        log_id = key_id(self._log)
        promised = {"body": encoded(body), "integratedTime": time, "logID": log_id.hex(), "logIndex": 0}
        promise = sign(self._log, json.dumps(promised, separators=(",", ":"), sort_keys=True).encode())
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"rekor.example - 1\n1\n{encoded(root)}\n"
        signed = encoded(log_id[:4] + sign(self._log, note.encode()))
        proof = {
            "logIndex": "0",
            "rootHash": encoded(root),
            "treeSize": "1",
            "hashes": [],
            "checkpoint": {"envelope": f"{note}\n\u2014 rekor.example {signed}\n"},
        }
        return {
            "logIndex": "0",
            "logId": {"keyId": encoded(log_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(time),
            "inclusionPromise": {"signedEntryTimestamp": encoded(promise)},
            "inclusionProof": proof,
            "canonicalizedBody": encoded(body),
        }

    def _certify(self, key: EllipticCurvePrivateKey, identity: str, issuer: str) -> x509.Certificate:
        """A certificate for ten minutes, which the log of certificates has seen."""
        name = x509.UniformResourceIdentifier(identity) if "://" in identity else x509.RFC822Name(identity)
        stated = b"\x0c" + octets(issuer.encode())[1:]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_TIME)
            .not_valid_after(_TIME + timedelta(minutes=10))
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, stated), critical=False)
        )
        before = builder.sign(self._ca, SHA256()).tbs_certificate_bytes
        time = int(_TIME.timestamp() * 1000)
        entry = key_id(self._ca) + len(before).to_bytes(3, "big") + before
        seen = sign(self._ct, struct.pack(">BBQH", 0, 0, time, 1) + entry + b"\0\0")
        # RFC 6962, section 3.3: a list of one, in TLS's encoding.
        sct = struct.pack(">B32sQH", 0, key_id(self._ct), time, 0) + b"\x04\x03" + struct.pack(">H", len(seen)) + seen
        listed = struct.pack(">HH", len(sct) + 2, len(sct)) + sct
        return builder.add_extension(x509.UnrecognizedExtension(_SCTS, octets(listed)), critical=False).sign(
            self._ca, SHA256()
        )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
