"""Layers that can be read in parts, as eStargz and zstd:chunked have them, with tables of contents to be falsified."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from lading.safeio.zstd import compress

Kind = Literal["estargz", "chunked"]
Table = list[dict[str, Any]]
Edit = Callable[[Table], None]
_TYPES = {tarfile.REGTYPE: "reg", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink", tarfile.DIRTYPE: "dir"}


class LazyLayer(Struct, frozen=True):
    """A layer's blob, the digest of what it inflates to, and what its manifest states of it."""

    blob: bytes
    diff_id: str
    annotations: dict[str, str]


def digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def lazy_layer(tar: bytes, kind: Kind, edit: Edit | None = None, chunk: int = 4096) -> LazyLayer:
    """A tar as a layer of a kind, in pieces of `chunk` bytes. `edit` changes its table of contents before the manifest
    states that."""
    pack = (lambda data: gzip.compress(data, mtime=0)) if kind == "estargz" else compress
    blob, table, inflated = bytearray(), Table(), bytearray()

    def add(data: bytes) -> tuple[int, int]:
        start = len(blob)
        blob.extend(pack(data))
        inflated.extend(data)
        return start, len(blob)

    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        at = 0
        for member in archive:
            entry: dict[str, Any] = {
                "name": member.name + "/" * member.isdir(), "type": _TYPES[member.type], "mode": member.mode,
            }  # fmt: skip
            if member.linkname:
                entry["linkName"] = member.linkname
            table.append(entry)
            if not member.size or not member.isreg():
                continue
            add(tar[at : member.offset_data])
            content = tar[member.offset_data : member.offset_data + member.size]
            at = member.offset_data + member.size
            entry |= {"size": member.size, "digest": digest(content)}
            for start in range(0, member.size, chunk):
                piece = content[start : start + chunk]
                place, end = add(piece)
                one = entry if not start else {"name": entry["name"], "type": "chunk", "chunkOffset": start}
                one |= {"offset": place, "chunkSize": len(piece), "chunkDigest": digest(piece)}
                if kind == "chunked":
                    entry["endOffset"] = end  # of the last piece: others end where the next begins
                if start:
                    table.append(one)
        add(tar[at:])
    if edit is not None:
        edit(table)
    toc = json.dumps({"version": 1, "entries": table}).encode()
    if kind == "chunked":
        packed, place = compress(toc), len(blob) + 8
        blob += b"\x50\x2a\x4d\x18" + len(packed).to_bytes(4, "little") + packed
        prefix = "io.github.containers.zstd-chunked.manifest-"
        annotations = {f"{prefix}checksum": digest(packed), f"{prefix}position": f"{place}:{len(packed)}:{len(toc)}:1"}
        return LazyLayer(bytes(blob), digest(bytes(inflated)), annotations)
    place = len(blob)
    info = tarfile.TarInfo("stargz.index.json")
    info.size = len(toc)
    add(info.tobuf() + toc + bytes(-len(toc) % 512 + 1024))
    blob += b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0" + b"%016x" % place + b"STARGZ\1\0\0\xff\xff" + bytes(8)
    return LazyLayer(bytes(blob), digest(bytes(inflated)), {"containerd.io/snapshot/stargz/toc.digest": digest(toc)})


def write_lazy_image(path: Path, layers: Sequence[LazyLayer]) -> Path:
    """A layout with one image of these layers."""
    blobs = path / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def add(data: bytes, **further: object) -> Mapping[str, object]:
        (blobs / sha256(data).hexdigest()).write_bytes(data)
        return {"digest": digest(data), "size": len(data), **further}

    document = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in layers]},
        "history": [{"created_by": "RUN step"}] * len(layers),
    }
    manifest = {
        "schemaVersion": 2,
        "config": add(json.dumps(document).encode(), mediaType="application/vnd.oci.image.config.v1+json"),
        "layers": [add(one.blob, annotations=one.annotations) for one in layers],
    }
    described = add(json.dumps(manifest).encode(), mediaType="application/vnd.oci.image.manifest.v1+json")
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    return path
