"""Manifests of artifacts: things in a registry that are no images (OCI image specification 1.1, `manifest.md`,
"Guidelines for Artifact Usage")."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from lading.image.manifest import MANIFEST_LIMIT, OCI_MANIFEST
from lading.image.repository import Repository
from lading.model.errors import ImageError
from lading.safeio.verify import digest_of, is_digest, verify_bytes

EMPTY: Final = b"{}"
EMPTY_DIGEST: Final = digest_of(EMPTY)
TITLE: Final = "org.opencontainers.image.title"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"


class ArtifactLayer(Struct, frozen=True, rename="camel"):
    """One blob of an artifact."""

    media_type: str
    digest: str
    size: int
    annotations: dict[str, str] = {}

    @property
    def title(self) -> str:
        """The file name that it goes by."""
        return self.annotations.get(TITLE, "")


def artifact_manifest(
    artifact_type: str, layers: tuple[ArtifactLayer, ...], annotations: Mapping[str, str]
) -> tuple[bytes, str]:
    """The manifest of an artifact with an empty configuration, and its media type."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": {"mediaType": EMPTY_TYPE, "digest": EMPTY_DIGEST, "size": len(EMPTY)},
        "layers": layers,
        "annotations": dict(annotations),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1), OCI_MANIFEST


def read_artifact(repository: Repository, artifact_type: str) -> tuple[str, tuple[ArtifactLayer, ...]]:
    """The digest of the manifest that a repository's reference names, and its layers. Raises ImageError when it is of
    another type, NetError, and SafeIOError when it has another digest than was asked for."""
    reference = repository.reference
    response = repository.get_manifest(reference.digest or reference.tag, OCI_MANIFEST)
    data = response.read_all(MANIFEST_LIMIT)
    digest = reference.digest or digest_of(data)
    verify_bytes(data, digest, len(data), str(reference))
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImageError(f"{reference}: its manifest cannot be read: {error}") from error
    if manifest.artifact_type != artifact_type or manifest.layers is None:
        raise ImageError(f"{reference}: is not an artifact of the type {artifact_type}")
    for layer in manifest.layers:
        if not is_digest(layer.digest) or layer.size < 0:
            raise ImageError(f"{reference}: names a layer by {layer.digest[:100]!r}, which is not a digest and a size")
    return digest, manifest.layers


class _Manifest(Struct, rename="camel"):
    artifact_type: str = ""
    layers: tuple[ArtifactLayer, ...] | None = None
