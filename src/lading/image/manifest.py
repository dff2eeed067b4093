"""Image manifests, indexes and configurations: OCI image specification 1.1 and Docker image manifest version 2,
schema 2. The two differ in media types only, and what a document is follows from its content."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from lading.model.errors import ImageError
from lading.model.image import Clues, Layer, Platform, Step
from lading.safeio.verify import is_digest

MANIFEST_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a manifest or index: what registries accept at most."""
CONFIG_LIMIT: Final = 8 * 1024 * 1024

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
REF_NAME: Final = "org.opencontainers.image.ref.name"
BASE_NAME: Final = "org.opencontainers.image.base.name"
BASE_DIGEST: Final = "org.opencontainers.image.base.digest"

_CONFIG_TYPES: Final = frozenset(
    {"", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_Any = TypeVar("_Any")
_ATTESTATION: Final = ("vnd.docker.reference.type", "attestation-manifest")


class NotAnImageError(ImageError):
    """A manifest that is sound, but describes something else than a container image."""


class Descriptor(Struct, frozen=True):
    """A reference to a blob by digest (checked to be one) and size. `platform` only where an index states it."""

    digest: str
    size: int
    media_type: str = ""
    platform: Platform | None = None
    annotations: Mapping[str, str] = {}
    artifact_type: str = ""

    @property
    def is_companion(self) -> bool:
        """Whether this lies beside the images of an index without being one: what BuildKit attests of them
        (provenance, an SBOM), a signature or another artifact."""
        name, value = _ATTESTATION
        attests = self.annotations.get(name) == value or self.platform == Platform("unknown", "unknown")
        return attests or bool(self.artifact_type)


class Manifest(Struct, frozen=True):
    """One image: its configuration, and its layers from the base up."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = {}


class Index(Struct, frozen=True):
    """Several images, or indexes of such, under one name."""

    manifests: tuple[Descriptor, ...]


class Config(Struct, frozen=True):
    """What is needed of an image configuration. `platform` is None when it states no architecture; `history` is empty
    when it does not tell which instruction made which layer; `created` is the date it states (RFC 3339);
    `environment` the variables it sets (`NAME=VALUE`)."""

    platform: Platform | None
    diff_ids: tuple[str, ...]
    history: tuple[Step, ...]
    created: str = ""
    environment: tuple[str, ...] = ()


def printable(text: str) -> str:
    """Words from an image, fit to be shown: nothing that a terminal would act on, and not too many of them."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])


def parse_manifest(data: bytes, where: str) -> Manifest | Index:
    """A manifest or index, whichever it is by its content. Raises ImageError for anything that is no image."""
    document = _decode(data, _Document, where)
    if document.manifests is not None and document.layers is not None:
        raise ImageError(f"{where}: is a manifest and an index at once; refused, as tools differ in what they see")
    if document.manifests is not None:
        return Index(tuple(_descriptor(one, where) for one in document.manifests))
    if document.schema_version == 1:
        raise ImageError(f"{where}: Docker schema 1, a retired format; push the image again with a present tool")
    if document.config is None:
        raise ImageError(f"{where}: neither an image manifest nor an index ({_kind(document.media_type)})")
    if document.config.media_type not in _CONFIG_TYPES:
        kind = _kind(document.artifact_type or document.config.media_type)
        raise NotAnImageError(f"{where}: not a container image but an artifact ({kind})")
    layers = tuple(_descriptor(one, where) for one in document.layers or ())
    for layer in layers:
        if layer.media_type.endswith("+encrypted"):
            raise ImageError(f"{where}: layer {layer.digest[:19]} is encrypted; scan the image before encryption")
        if layer.media_type.startswith("application/vnd.in-toto"):
            raise NotAnImageError(f"{where}: not a container image but an attestation; name the image it is about")
    return Manifest(_descriptor(document.config, where), layers, _texts(document.annotations))


def parse_config(data: bytes, where: str) -> Config:
    """An image configuration. Raises ImageError."""
    config = _decode(data, _Config, where)
    diff_ids = tuple((config.rootfs and config.rootfs.diff_ids) or ())
    for diff_id in diff_ids:
        _check_digest(diff_id, where)
    steps = tuple(Step(one.created_by or "", not one.empty_layer, one.comment or "") for one in config.history or ())
    history = steps if sum(step.has_layer for step in steps) == len(diff_ids) else ()
    created = printable(config.created or "")
    return Config(_platform(config), diff_ids, history, created, _environment(config.config))


def image_layers(config: Config, blobs: tuple[Descriptor, ...], where: str) -> tuple[Layer, ...]:
    """The layers of an image from its configuration and its manifest. Raises ImageError when they disagree."""
    check_layer_count(config, len(blobs), where)
    steps = [step.created_by for step in config.history if step.has_layer] or [""] * len(blobs)
    return tuple(
        Layer(number, diff_id, blob.digest, blob.size, step)
        for number, (diff_id, blob, step) in enumerate(zip(config.diff_ids, blobs, steps, strict=True), 1)
    )


def clues_of(config: Config, annotations: Mapping[str, str]) -> Clues:
    """What an image says of its base and of what it holds."""
    base = annotations.get(BASE_NAME, ""), annotations.get(BASE_DIGEST, "")
    return Clues(*base, config.history, config.environment)


def check_layer_count(config: Config, count: int, where: str) -> None:
    """Raises ImageError when the manifest's number of layers is not the configuration's."""
    if count != len(config.diff_ids):
        raise ImageError(
            f"{where}: the manifest has {count} layers and the configuration {len(config.diff_ids)}: "
            "the image is damaged: build or fetch it again"
        )


class _Platform(Struct):
    os: str | None = None
    architecture: str | None = None
    variant: str | None = None


class _Descriptor(Struct, rename="camel"):
    digest: str
    size: int
    media_type: str = ""
    platform: _Platform | None = None
    annotations: dict[str, str] | None = None
    artifact_type: str | None = None


class _Document(Struct, rename="camel"):
    """Every field of a manifest, an index and a schema 1 manifest that tells them apart. Go writes an empty list as
    null too."""

    schema_version: int = 0
    media_type: str = ""
    artifact_type: str | None = None
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None
    manifests: list[_Descriptor] | None = None
    annotations: Any = None


class _RootFs(Struct):
    diff_ids: list[str] | None = None


class _Step(Struct):
    created_by: str | None = None
    empty_layer: bool | None = None
    comment: str | None = None


class _Config(_Platform):
    rootfs: _RootFs | None = None
    history: list[_Step] | None = None
    created: str | None = None
    config: object = None


def _decode(data: bytes, kind: type[_Any], where: str) -> _Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImageError(f"{where}: cannot be read ({error})") from error


def _descriptor(raw: _Descriptor, where: str) -> Descriptor:
    _check_digest(raw.digest, where)
    if raw.size < 0:
        raise ImageError(f"{where}: {raw.digest[:19]} has a negative size")
    platform = _platform(raw.platform) if raw.platform else None
    return Descriptor(raw.digest, raw.size, raw.media_type, platform, raw.annotations or {}, raw.artifact_type or "")


def _texts(annotations: object) -> dict[str, str]:
    """Annotations only inform: those that are none are left out, and damage nothing."""
    pairs = annotations.items() if isinstance(annotations, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}


def _environment(settings: object) -> tuple[str, ...]:
    """What only informs: variables that are none are left out."""
    listed = settings.get("Env") if isinstance(settings, dict) else None
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()


def _platform(raw: "_Platform") -> Platform | None:
    if not raw.architecture:
        return None
    return Platform(printable(raw.os or "linux"), printable(raw.architecture), printable(raw.variant or ""))


def _check_digest(text: str, where: str) -> None:
    # Digests become file names and URLs: nothing but hexadecimal may pass.
    if not is_digest(text):
        raise ImageError(f"{where}: refers to {text[:100]!r}, which is no SHA-256 or SHA-512 digest")


def _kind(media_type: str) -> str:
    return repr(media_type[:100]) if media_type else "no media type"
