"""OCI image layouts (OCI image specification 1.1, image-layout.md), as a directory or packed in a tar."""

from functools import partial
from typing import Final

from lading.image.manifest import (
    CONFIG_LIMIT,
    MANIFEST_LIMIT,
    REF_NAME,
    Descriptor,
    Index,
    clues_of,
    image_layers,
    parse_manifest,
    printable,
)
from lading.image.opened import LayerBlob, Opened
from lading.image.platforms import Wanted
from lading.image.resolve import Resolver
from lading.image.store import DirectoryStore, Member, Store, read_member
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Image, Layer
from lading.model.ports import ByteStream
from lading.safeio.verify import VerifiedStream, is_digest, verify_bytes

INDEX: Final = "index.json"
MARKER: Final = "oci-layout"
_MANY: Final = 20


def open_layout(store: Store, path: str, selector: str, wanted: Wanted) -> Opened:
    """The image of a layout at `path`. `selector` is a tag, a digest with "@" before it, or empty for the only image
    or the one that serves the platform. Raises ImageError, SafeIOError."""
    blobs = _Blobs(store, path)
    descriptors = blobs.select(selector)
    name = path + (selector if selector.startswith("@") or not selector else f":{selector}")
    found = Resolver(blobs, wanted, name).resolve_one_of(descriptors)
    layers = image_layers(found.config, found.manifest.layers, name)
    image = Image(
        name=name,
        source="oci-layout" if isinstance(store, DirectoryStore) else "oci-archive",
        digest=found.digest,
        config_digest=found.manifest.config.digest,
        platform=found.platform,
        layers=layers,
        created=found.config.created,
    )
    clues = clues_of(found.config, found.manifest.annotations)
    return Opened(image, tuple(map(blobs.layer, layers)), store.close, sequential=store.sequential, clues=clues)


class _Blobs:
    """The blobs of a layout, verified as they are read. Documents for the Resolver."""

    def __init__(self, store: Store, path: str) -> None:
        self._store = store
        self._path = path

    def select(self, selector: str) -> tuple[Descriptor, ...]:
        """The entries of the index that have a name; any manifest of the layout may be named by its digest."""
        entries = self._index().manifests
        if not selector:
            return entries
        if selector.startswith("@"):
            return (self._by_digest(selector[1:]),)
        chosen = tuple(one for one in entries if _has_tag(one, selector))
        if not chosen:
            tags = sorted({printable(tag) for one in entries if (tag := one.annotations.get(REF_NAME, ""))})
            there = ", ".join(tags[:_MANY]) + (", …" if len(tags) > _MANY else "") if tags else "no tag"
            raise ImageError(f"{self._path}: no image with the tag {selector!r}: there is {there}")
        return chosen

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._document(descriptor, MANIFEST_LIMIT, "manifest")

    def read_config(self, descriptor: Descriptor) -> bytes:
        return self._document(descriptor, CONFIG_LIMIT, "configuration")

    def layer(self, layer: Layer) -> LayerBlob:
        member = self._find(layer.digest)
        return LayerBlob(layer, layer.diff_id, partial(self._open_layer, member, layer), order=member.offset)

    def _by_digest(self, digest: str) -> Descriptor:
        if not is_digest(digest):
            raise ImageError(f"{self._path}@{digest}: not a digest; expected @sha256: and 64 hexadecimal digits")
        member = self._store.find(_blob_name(digest))
        if member is None:
            raise ImageError(f"{self._path}: no image with the digest {digest}")
        return Descriptor(digest, member.size)

    def _index(self) -> Index:
        where = f"{self._path}: {INDEX}"
        member = self._store.find(INDEX)
        if member is None:
            raise ImageError(f"{where} is missing: the image layout is incomplete")
        document = parse_manifest(read_member(self._store, member, MANIFEST_LIMIT, where), where)
        if not isinstance(document, Index):
            raise ImageError(f"{where}: is an image manifest where an index is expected")
        return document

    def _document(self, descriptor: Descriptor, limit: int, kind: str) -> bytes:
        where = f"{self._path}: {kind} {descriptor.digest[:19]}"
        data = read_member(self._store, self._find(descriptor.digest), limit, where)
        return verify_bytes(data, descriptor.digest, descriptor.size, where)

    def _open_layer(self, member: Member, layer: Layer) -> ByteStream:
        where = f"{self._path}: layer {layer.index} ({layer.digest[:19]})"
        return VerifiedStream(self._store.open(member), layer.digest, layer.size, where)

    def _find(self, digest: str) -> Member:
        member = self._store.find(_blob_name(digest))
        if member is None:
            raise SafeIOError(f"{self._path}: blob {digest} is missing: the image is damaged: fetch it again")
        return member


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _has_tag(descriptor: Descriptor, tag: str) -> bool:
    """Some tools write the tag alone, others the whole reference."""
    name = descriptor.annotations.get(REF_NAME, "")
    return name == tag or name.endswith(f":{tag}")
