"""Image manifests and indexes: OCI image specification 1.1 and Docker image manifest version 2, schema 2. The two
differ in media types only, and what a document is follows from its content."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from lading.image.go_json import Int64, decode
from lading.model.errors import ImageError
from lading.model.image import Platform
from lading.safeio.verify import digest_of, is_digest

MANIFEST_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a manifest or index: what registries accept at most."""

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPT: Final = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))
"""What is asked for of a registry."""
REF_NAME: Final = "org.opencontainers.image.ref.name"

_CONFIG_TYPES: Final = frozenset(
    {"", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_IN_TOTO: Final = "application/vnd.in-toto"
_BOTH: Final = "is a manifest and an index at once; refused, as tools differ in what they see"
_ZSTD: Final = ("io.github.containers.compression.zstd", "true")


class Descriptor(Struct, frozen=True):
    """A reference to a blob by digest (checked to be one) and size. `platform` only where an index states one, word for
    word; `urls` where a blob that is not distributed with the image is to be had; `artifact_type` what an index states
    of a manifest that is no image."""

    digest: str
    size: int
    media_type: str = ""
    platform: Platform | None = None
    os_version: str = ""
    os_features: tuple[str, ...] = ()
    annotations: Mapping[str, str] = {}
    urls: tuple[str, ...] = ()
    artifact_type: str = ""

    @property
    def has_no_platform(self) -> bool:
        """Whether an index says that this is for no platform, as BuildKit does of what it attests. It is the only mark
        that every engine heeds: by annotations or an artifact type they pass nothing over."""
        return self.platform is not None and (self.platform.os, self.platform.architecture) == ("unknown", "unknown")

    @property
    def is_zstd(self) -> bool:
        """Whether Podman prefers this to others of its platform."""
        name, value = _ZSTD
        return self.annotations.get(name) == value


class Manifest(Struct, frozen=True):
    """One image: its configuration, and its layers from the base up. `claim` is what its media types make of it where
    that is no image, empty where it is one. They are but words: engines run what has the content of an image. `subject`
    is the digest of the manifest that it is attached to, `artifact_type` what it is then."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = {}
    claim: str = ""
    artifact_type: str = ""
    subject: str = ""
    media_type: str = ""


class Index(Struct, frozen=True):
    """Several images, or indexes of such, under one name."""

    manifests: tuple[Descriptor, ...]
    media_type: str = ""


def printable(text: str) -> str:
    """Words from an image, fit to be shown: nothing that a terminal would act on, and not too many of them."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])


def parse_manifest(data: bytes, where: str) -> Manifest | Index:
    """A manifest or index, whichever it is by its content. Raises ImageError for anything else."""
    document = decode(data, _Document, where)
    _check_kind(document, where)
    if document.manifests is not None:
        return Index(tuple(_descriptor(one, where) for one in document.manifests), document.media_type)
    if document.config is None:
        raise ImageError(f"{where}: neither an image manifest nor an index ({_kind(document.media_type)})")
    layers = tuple(_descriptor(one, where) for one in document.layers or ())
    for layer in layers:
        if layer.media_type.endswith("+encrypted"):
            raise ImageError(f"{where}: layer {layer.digest[:19]} is encrypted; scan the image before encryption")
    claim = ""
    if document.config.media_type not in _CONFIG_TYPES:
        claim = f"not a container image but an artifact ({_kind(document.artifact_type or document.config.media_type)})"
    elif any(layer.media_type.startswith(_IN_TOTO) for layer in layers):
        claim = "not a container image but an attestation; name the image it is about"
    subject = _descriptor(document.subject, where).digest if document.subject is not None else ""
    config, annotations = _descriptor(document.config, where), _texts(document.annotations)
    artifact_type = document.artifact_type or config.media_type
    return Manifest(config, layers, annotations, claim, artifact_type, subject, document.media_type)


def check_digest(text: str, where: str) -> None:
    """Raises ImageError for what is no digest. Digests become file names and URLs: nothing but hexadecimal may pass."""
    if not is_digest(text):
        raise ImageError(f"{where}: refers to {text[:100]!r}, which is no SHA-256 or SHA-512 digest")


def joined(name: str) -> str:
    """The JSON name of a field, folded: `mediatype` for media_type."""
    return name.replace("_", "")


class StatedPlatform(Struct, frozen=True):
    """A platform in a document."""

    os: str = ""
    architecture: str = ""
    variant: str = ""
    os_version: str = field(default="", name="os.version")
    os_features: tuple[str | None, ...] = field(default=(), name="os.features")

    def platform(self) -> Platform:
        """Its words, fit to be shown."""
        return Platform(printable(self.os), printable(self.architecture), printable(self.variant))


class _Descriptor(Struct, frozen=True, rename=joined):
    digest: str = ""
    size: Int64 = 0
    media_type: str = ""
    platform: StatedPlatform | None = None
    annotations: dict[str, str | None] = {}
    artifact_type: str = ""
    urls: tuple[str | None, ...] = ()
    data: str = ""


class _Document(Struct, frozen=True, rename=joined):
    """Every field of a manifest, an index and a schema 1 manifest that tells them apart."""

    schema_version: Int64 = 0
    media_type: str = ""
    artifact_type: str = ""
    config: _Descriptor | None = None
    layers: list[_Descriptor | None] | None = None
    manifests: list[_Descriptor | None] | None = None
    subject: _Descriptor | None = None
    fs_layers: object = None
    history: object = None
    annotations: dict[str, str | None] = {}


def _check_kind(document: _Document, where: str) -> None:
    """Raises ImageError for the retired schema 1, and for what is a manifest to one engine and an index to another."""
    is_image = document.config is not None or document.layers is not None
    if document.manifests is not None:
        if is_image or document.media_type in (OCI_MANIFEST, DOCKER_MANIFEST):
            raise ImageError(f"{where}: {_BOTH}")
    elif document.media_type in (OCI_INDEX, DOCKER_LIST) and is_image:
        raise ImageError(f"{where}: {_BOTH}")
    if document.schema_version == 1 or document.fs_layers is not None or document.history is not None:
        raise ImageError(f"{where}: Docker schema 1, a retired format; push the image again with a present tool")


def _descriptor(raw: _Descriptor | None, where: str) -> Descriptor:
    raw = raw or _Descriptor()
    check_digest(raw.digest, where)
    if raw.size < 0:
        raise ImageError(f"{where}: {raw.digest[:19]} has a negative size")
    if raw.data:
        _check_data(raw, where)
    return Descriptor(
        raw.digest,
        raw.size,
        raw.media_type,
        raw.platform.platform() if raw.platform else None,
        raw.platform.os_version if raw.platform else "",
        tuple(feature or "" for feature in raw.platform.os_features) if raw.platform else (),
        _texts(raw.annotations),
        tuple(url or "" for url in raw.urls),
        raw.artifact_type,
    )


def _check_data(raw: _Descriptor, where: str) -> None:
    """Some engines take the blob from the descriptor. Raises ImageError where that would be another one."""
    try:
        data = b64decode(raw.data.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ImageError(f"{where}: {raw.digest[:19]} carries data that is no Base64") from None
    if len(data) != raw.size or digest_of(data, raw.digest.partition(":")[0]) != raw.digest:
        raise ImageError(f"{where}: {raw.digest[:19]} carries data of another digest or size; refused")


def _texts(annotations: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text or "" for name, text in annotations.items()}


def _kind(media_type: str) -> str:
    return repr(media_type[:100]) if media_type else "no media type"
