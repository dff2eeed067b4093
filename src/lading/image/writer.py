"""Writes an OCI image layout (OCI image specification 1.1, `image-layout.md`) from entries held in memory.

Meant for small images: the demo's and those of tests.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.errors import ImageError
from lading.model.image import Platform
from lading.safeio.tar_writer import NewEntry, build_gzip, build_tar

_CREATED: Final = "1970-01-01T00:00:00Z"
_MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_REF_NAME: Final = "org.opencontainers.image.ref.name"


class LayerSpec(Struct, frozen=True):
    """One step of the image's history: the instruction, and the entries of the layer it made. Without entries the
    step only stands in the history, as `CMD` does."""

    created_by: str
    entries: tuple[NewEntry, ...] = ()


def write_oci_layout(
    path: Path, layers: Sequence[LayerSpec], *, tag: str, platform: Platform, command: Sequence[str] = ()
) -> str:
    """Writes a layout with one image into the directory `path`, made when missing. Gives the manifest's digest.

    The same arguments give the same bytes. Raises ImageError when `path` cannot be written or already holds a
    layout's `index.json`.
    """
    blobs = _Blobs(path)
    if (path / "index.json").exists():
        raise ImageError(f"{path}: already holds an image layout; give an empty directory")
    try:
        blobs.directory.mkdir(parents=True, exist_ok=True)
        tars = [build_tar(layer.entries) for layer in layers if layer.entries]
        descriptors = [blobs.add(build_gzip(tar), _LAYER_TYPE) for tar in tars]
        config = {
            "created": _CREATED,
            "architecture": platform.architecture,
            "os": platform.os,
            **({"variant": platform.variant} if platform.variant else {}),
            "config": {"Cmd": list(command)},
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
            "history": [_history(layer) for layer in layers],
        }
        manifest = blobs.add_json(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST_TYPE,
                "config": blobs.add_json(config, _CONFIG_TYPE),
                "layers": descriptors,
            },
            _MANIFEST_TYPE,
        )
        index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": {_REF_NAME: tag}}]}
        (path / "oci-layout").write_bytes(msgspec.json.encode({"imageLayoutVersion": "1.0.0"}))
        (path / "index.json").write_bytes(msgspec.json.encode(index))
    except OSError as error:
        raise ImageError(f"{path}: cannot write an image layout here ({error.strerror})") from error
    return str(manifest["digest"])


class _Blobs:
    """The blobs of a layout; `add` gives the descriptor of what it wrote."""

    def __init__(self, layout: Path) -> None:
        self.directory = layout / "blobs" / "sha256"

    def add(self, data: bytes, media_type: str) -> dict[str, object]:
        digest = _digest(data)
        (self.directory / digest.removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def add_json(self, value: object, media_type: str) -> dict[str, object]:
        return self.add(msgspec.json.encode(value), media_type)


def _history(layer: LayerSpec) -> dict[str, object]:
    step: dict[str, object] = {"created": _CREATED, "created_by": layer.created_by}
    return step if layer.entries else {**step, "empty_layer": True}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
