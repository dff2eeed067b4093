"""What lies at the top of an OCI image layout (OCI image specification 1.1, image-layout.md)."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, field

from lading.image.go_json import decode
from lading.image.manifest import MANIFEST_LIMIT, REF_NAME, Descriptor, Index, parse_manifest, printable
from lading.image.reference import full_name
from lading.image.store import Store, read_member
from lading.model.errors import ImageError

INDEX: Final = "index.json"
MARKER: Final = "oci-layout"
BLOBS: Final = "blobs"
_CONTAINERD_NAME: Final = "io.containerd.image.name"
_VERSIONS: Final = ("", "1.0.0")
_MANY: Final = 20


def read_index(store: Store, path: str) -> tuple[Descriptor, ...]:
    """The entries of a layout. Raises ImageError, SafeIOError."""
    _check_marker(store, path)
    where = f"{path}: {INDEX}"
    member = store.find(INDEX)
    if member is None:
        raise ImageError(f"{where} is missing: the image layout is incomplete")
    document = parse_manifest(read_member(store, member, MANIFEST_LIMIT, where), where)
    if not isinstance(document, Index):
        raise ImageError(f"{where}: is an image manifest where an index is expected")
    return document.manifests


def entries_tagged(entries: Sequence[Descriptor], tag: str, path: str) -> tuple[Descriptor, ...]:
    """Those of a tag. Raises ImageError, with the tags there are, when there is none."""
    chosen = tuple(one for one in entries if _has_tag(one, tag))
    if not chosen:
        tags = tags_of(entries)
        there = ", ".join(map(printable, tags[:_MANY])) + (", …" if len(tags) > _MANY else "") if tags else "no tag"
        raise ImageError(f"{path}: no image with the tag {tag!r}: there is {there}")
    return chosen


def tags_of(entries: Sequence[Descriptor]) -> list[str]:
    """The tags of a layout, sorted."""
    return sorted({tag for one in entries if (tag := one.annotations.get(REF_NAME, ""))})


def names_of(entry: Descriptor) -> frozenset[str]:
    """All that an entry is called, in short and in full."""
    names = {entry.annotations.get(REF_NAME, ""), entry.annotations.get(_CONTAINERD_NAME, "")} - {""}
    return frozenset({*names, *map(full_name, names)})


def blob_name(digest: str) -> str:
    """The file of a blob."""
    return f"{BLOBS}/{digest.replace(':', '/')}"


class _Marker(Struct):
    version: str = field(default="", name="imagelayoutversion")


def _check_marker(store: Store, path: str) -> None:
    where = f"{path}: {MARKER}"
    member = store.find(MARKER)
    if member is not None:
        version = decode(read_member(store, member, MANIFEST_LIMIT, where), _Marker, where).version
        if version not in _VERSIONS:
            raise ImageError(f"{where}: is of version {printable(version)!r}, of which only 1.0.0 is known")


def _has_tag(entry: Descriptor, tag: str) -> bool:
    """Some tools write the tag alone, others the whole reference."""
    name = entry.annotations.get(REF_NAME, "")
    return name == tag or name.endswith(f":{tag}")
