"""Images built by hand, sound ones and others."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lading.model.ports import LayerSource, OpenedImage
from lading.safeio.tar_writer import NewEntry, build_gzip, build_tar

AMD64 = {"os": "linux", "architecture": "amd64"}
ARM64 = {"os": "linux", "architecture": "arm64"}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

Json = dict[str, Any]

BASE = build_tar([NewEntry("etc", "directory"), NewEntry("etc/os-release", data=b"ID=debian\nVERSION_ID=12\n")])
APP = build_tar([NewEntry("app", data=b"application" * 1000)])


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def config(tars: Sequence[bytes], platform: Mapping[str, str] = AMD64) -> Json:
    """A configuration whose history has an instruction per layer and one without a layer at the end."""
    steps: list[Json] = [{"created_by": f"RUN step {number}"} for number, _ in enumerate(tars, 1)]
    return {
        **platform,
        "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]},
        "history": [*steps, {"created_by": "CMD sh", "empty_layer": True}],
    }


class Blobs:
    """Blobs by digest; the paths and files of a layout come from it."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def add(self, data: bytes, media_type: str) -> Json:
        self.held[sha256(data)] = data
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}

    def add_json(self, document: Any, media_type: str) -> Json:
        return self.add(json.dumps(document).encode(), media_type)

    def image(self, tars: Sequence[bytes] = (BASE, APP), platform: Mapping[str, str] = AMD64, **changes: Any) -> Json:
        """Adds an image with gzip layers; gives the descriptor of its manifest. `changes` go into the manifest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.add_json(config(tars, platform), CONFIG),
            "layers": [self.add(build_gzip(tar), LAYER) for tar in tars],
            **changes,
        }
        return self.add_json(manifest, MANIFEST)

    def index(self, *children: Json) -> Json:
        return self.add_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}, INDEX)

    def files(self, *entries: Json) -> dict[str, bytes]:
        """The files of a layout whose index has these entries."""
        index = {"schemaVersion": 2, "manifests": entries}
        return {
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "index.json": json.dumps(index).encode(),
            **{f"blobs/{digest.replace(':', '/')}": data for digest, data in self.held.items()},
        }


def tagged(descriptor: Json, tag: str) -> Json:
    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}}


def write_files(path: Path, files: Mapping[str, bytes]) -> Path:
    """Writes a layout as a directory."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def pack(files: Mapping[str, bytes | str]) -> bytes:
    """A tar of files, in order; a text in place of bytes is the target of a symlink."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def read(source: LayerSource) -> bytes:
    """A layer's blob, to its end."""
    stream = source.open()
    try:
        pieces = []
        while piece := stream.read(1000):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        stream.close()


def contents(opened: OpenedImage) -> list[bytes]:
    """The blobs of all layers, after which the image is closed."""
    try:
        return [read(source) for source in opened.layers]
    finally:
        opened.close()
