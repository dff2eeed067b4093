"""Attaching documents to an image in its registry, signed by a key: as bundles of sigstore, which cosign 3 writes too;
without a key as they are, as oras does it."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct

from lading.database.artifacts import opened
from lading.engine.attached.documents import Attachable
from lading.engine.attached.weigh import SIGNED_IMAGE
from lading.engine.registries import registry_of
from lading.engine.settings import Settings
from lading.image.attach import push_referrer
from lading.image.manifest import OCI_INDEX, OCI_MANIFEST, Descriptor, Index, Manifest, parse_manifest
from lading.image.open import registry_text
from lading.image.platforms import parse_platform
from lading.image.reference import RegistryReference, resolve_reference
from lading.image.repository import Repository
from lading.image.resolve import Resolver
from lading.image.sources.remote import RegistryImages
from lading.model.attached import AttachedKind
from lading.model.errors import UsageError
from lading.safeio.dsse import IN_TOTO
from lading.safeio.signing import SignedPayload, sign_payload

_BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"


class Attaching(Struct, frozen=True):
    """What was attached: the digest of the manifest that holds it, that of what it is about, and by which key it is
    signed (`SHA256:…`, empty without one)."""

    kind: AttachedKind
    type: str
    digest: str
    subject: str
    signer: str = ""


def attach(text: str, documents: Sequence[Attachable], settings: Settings, key: Path | None) -> tuple[Attaching, ...]:
    """Attaches documents to the image of a reference, or to its index where the settings name no platform; with a key
    and no document a signature of the image. Raises LadingError."""
    if key is None and not documents:
        raise UsageError("what is to be attached? Name files, or a key to sign the image with (--sign KEY)")
    if key is not None:
        sign_payload(b"", IN_TOTO, key)  # one that cannot sign is told before anything is pushed
    reference = _reference(text, settings)
    with opened(reference, registry_of(settings), push=True, what="image") as repository:
        subject = _subject(repository, settings.platform)
        for one in documents:
            _check(one, subject, str(reference))
        if not documents:
            documents = (Attachable("", "signature", SIGNED_IMAGE, "", b"", b"{}"),)
        return tuple(_attach(repository, subject.descriptor, one, key) for one in documents)


class _Subject(Struct, frozen=True):
    descriptor: Descriptor
    is_index: bool


def _reference(text: str, settings: Settings) -> RegistryReference:
    name = registry_text(text)
    if name is None:
        raise UsageError(f"{text[:200]!r}: no image in a registry; give HOST/NAME:TAG")
    references = resolve_reference(name, settings.network.registries).references
    if len(references) > 1:
        raise UsageError(f"{name}: may be in several registries; name the one that is meant")
    return references[0]


def _subject(repository: Repository, platform: str) -> _Subject:
    """What a reference names, or the image of a platform in it."""
    images, where = RegistryImages(repository), str(repository.reference)
    digest, data = images.read_named()
    document = parse_manifest(data, where)
    if platform:
        digest = Resolver(images, parse_platform(platform), where).resolve(digest, document).digest
        data = images.read_by_digest(digest)
        document = parse_manifest(data, where)
    if isinstance(document, Manifest) and document.claim:
        raise UsageError(f"{where}: {document.claim}")
    is_index = isinstance(document, Index)
    media_type = document.media_type or (OCI_INDEX if is_index else OCI_MANIFEST)
    return _Subject(Descriptor(digest, len(data), media_type), is_index)


def _check(one: Attachable, subject: _Subject, where: str) -> None:
    digest = subject.descriptor.digest
    if one.one_platform and subject.is_index:
        raise UsageError(f"{where}: is an index of several images, and {one.where} is about one: add --platform")
    if one.digests and digest not in one.digests:
        raise UsageError(f"{one.where}: is about {min(one.digests)}, and {where} is {digest}")


def _attach(repository: Repository, subject: Descriptor, one: Attachable, key: Path | None) -> Attaching:
    if key is None:
        held = push_referrer(repository, subject, one.media_type, one.data, {})
        return Attaching(one.kind, one.media_type, held, subject.digest)
    payload = one.data if one.is_statement else _stated(repository.reference, subject.digest, one)
    signed = sign_payload(payload, IN_TOTO, key)
    annotations = {"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": one.type}
    held = push_referrer(repository, subject, _BUNDLE, _bundle(payload, signed), annotations)
    return Attaching(one.kind, one.type, held, subject.digest, signed.signer)


def _stated(reference: RegistryReference, digest: str, one: Attachable) -> bytes:
    algorithm, _, value = digest.partition(":")
    subject = {"name": f"{reference.host}/{reference.repository}", "digest": {algorithm: value}}
    return msgspec.json.encode(
        {"_type": _STATEMENT, "subject": [subject], "predicateType": one.type, "predicate": Raw(one.predicate)}
    )


def _bundle(payload: bytes, signed: SignedPayload) -> bytes:
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"sig": base64.b64encode(signed.signature).decode()}],
    }
    material = {"publicKey": {"hint": base64.b64encode(signed.key_digest).decode()}}
    return msgspec.json.encode({"mediaType": _BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope})
