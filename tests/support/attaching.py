"""Images in a registry with what others attach to them, in the forms that cosign, BuildKit and oras write."""

import base64
import hashlib
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lading.safeio.dsse import signed_bytes
from tests.image.images import CONFIG, INDEX, MANIFEST, Json, sha256
from tests.support.go import build_go_module
from tests.support.ports import free_port

IN_TOTO = "application/vnd.in-toto+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
EMPTY = "application/vnd.oci.empty.v1+json"
SIGNED = "https://sigstore.dev/cosign/sign/v1"
OPENVEX = "https://openvex.dev/ns/v0.2.0"
SPDX = "https://spdx.dev/Document"
CYCLONEDX = "https://cyclonedx.org/bom"
NOTHING = "nothing"
"""What a statement without a subject is on."""
PROVENANCE = "https://slsa.dev/provenance/v1"

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey


class Signer:
    """A key pair, and what it signs: `ecdsa`, `rsa` or `ed25519`."""

    def __init__(self, kind: str = "ecdsa") -> None:
        self.private: PrivateKey
        match kind:
            case "ecdsa":
                self.private = generate_ec(SECP256R1())
            case "rsa":
                self.private = generate_rsa(65537, 2048)
            case _:
                self.private = Ed25519PrivateKey.generate()

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def fingerprint(self) -> str:
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"SHA256:{base64.b64encode(hashlib.sha256(der).digest()).decode().rstrip('=')}"

    def sign(self, data: bytes) -> str:
        if isinstance(self.private, EllipticCurvePrivateKey):
            signature = self.private.sign(data, ECDSA(SHA256()))
        elif isinstance(self.private, RSAPrivateKey):
            signature = self.private.sign(data, PKCS1v15(), SHA256())
        else:
            signature = self.private.sign(data)
        return base64.b64encode(signature).decode()

    def envelope(self, payload: bytes, kind: str = IN_TOTO) -> Json:
        signature = {"keyid": "", "sig": self.sign(signed_bytes(payload, kind))}
        return {"payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": [signature]}

    def bundle(self, payload: bytes) -> Json:
        material = {"publicKey": {"hint": ""}, "tlogEntries": []}
        return {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": self.envelope(payload)}


def simple(digest: str) -> bytes:
    """What cosign 2 signs of an image."""
    critical = {
        "identity": {"docker-reference": "registry.example/app"},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    return json.dumps({"critical": critical, "optional": None}).encode()


def statement(digest: str, type: str, predicate: object) -> bytes:
    algorithm, _, value = digest.partition(":")
    subject = {"name": "registry.example/app", "digest": {algorithm: value}}
    subjects = [] if digest == NOTHING else [subject]
    document = {"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": type}
    return json.dumps({**document, "predicate": predicate}, separators=(",", ":")).encode()


class Repository:
    """A repository of a registry on loopback, written by its own few lines of HTTP."""

    def __init__(self, address: str, name: str = "app") -> None:
        self.address = address
        self.name = name

    def __str__(self) -> str:
        return f"{self.address}/{self.name}"

    def blob(self, data: bytes, media_type: str, annotations: Mapping[str, str] | None = None) -> Json:
        status, headers = self._ask("POST", "blobs/uploads/")
        assert status == 202
        place = headers["location"].partition(self.address)[2] or headers["location"]
        separator = "&" if "?" in place else "?"
        status, _ = self._send("PUT", f"{place}{separator}digest={sha256(data)}", data, "application/octet-stream")
        assert status == 201
        stated = {"annotations": dict(annotations)} if annotations else {}
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data), **stated}

    def manifest(self, document: Json, tag: str = "") -> Json:
        data = json.dumps(document).encode()
        media_type = document["mediaType"]
        status, _ = self._ask("PUT", f"manifests/{tag or sha256(data)}", data, media_type)
        assert status == 201
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}

    def push(self, blobs: Mapping[str, bytes], descriptor: Json, tag: str = "latest") -> None:
        """What a layout holds (tests.image.images.Blobs.held): all manifests after all blobs."""
        manifests = []
        for data in blobs.values():
            document = json.loads(data) if data.startswith(b"{") else {}
            if "layers" in document or "manifests" in document:
                manifests.append(document)
            else:
                self.blob(data, "")
        for document in sorted(manifests, key=lambda one: "manifests" in one):
            self.manifest(document)
        self.manifest(json.loads(blobs[descriptor["digest"]]), tag)

    def tag(self, digest: str, suffix: str, layers: Sequence[Json]) -> Json:
        """What cosign 2 keeps under a tag."""
        config = self.blob(b"{}", CONFIG)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": list(layers)}
        return self.manifest(document, f"{digest.replace(':', '-')}{suffix}")

    def refer(self, subject: Json, artifact_type: str, layers: Sequence[Json], **more: Any) -> Json:
        """What refers to a manifest, as cosign 3 and oras write it."""
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": artifact_type,
            "config": self.blob(b"{}", EMPTY),
            "layers": list(layers),
            "subject": {one: subject[one] for one in ("mediaType", "digest", "size")},
            **more,
        }
        return {**self.manifest(document), "artifactType": artifact_type}

    def list_referrers(self, digest: str, referrers: Sequence[Json]) -> None:
        """The tag that has the list, where the registry keeps none."""
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(referrers)}
        self.manifest(document, digest.replace(":", "-"))

    def sign(self, digest: str, *signers: Signer, about: str = "") -> None:
        """As `cosign sign --key` did before its version 3."""
        payload = simple(about or digest)
        layers = [
            self.blob(payload, SIMPLE_SIGNING, {"dev.cosignproject.cosign/signature": one.sign(payload)})
            for one in signers
        ]
        self.tag(digest, ".sig", layers)

    def attest(self, digest: str, *envelopes: Json) -> None:
        """As `cosign attest --key` did."""
        self.tag(digest, ".att", [self.blob(json.dumps(one).encode(), ENVELOPE) for one in envelopes])

    def _ask(
        self, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> tuple[int, dict[str, str]]:
        return self._send(method, f"/v2/{self.name}/{path}", body, media_type)

    def _send(self, method: str, path: str, body: bytes | None, media_type: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {"Content-Type": media_type} if media_type else {}
        connection.request(method, path, body if body is not None else b"", headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}


@contextmanager
def serve_referrers(directory: Path) -> Iterator[str]:
    """A registry that lists referrers (go-containerregistry's); gives its address. Skips without Go."""
    program = directory / "registry"
    build_go_module(Path(__file__).parents[1] / "image" / "referrers_registry", program)
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen([program, address])
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 2).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()
