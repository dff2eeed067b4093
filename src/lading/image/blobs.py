"""The blobs of a local image that lie in files named by digest, verified as they are read."""

from collections.abc import Callable
from functools import partial
from typing import Final

from lading.image.config import CONFIG_LIMIT
from lading.image.manifest import MANIFEST_LIMIT, Descriptor, printable
from lading.image.opened import LayerBlob, Opened, describe
from lading.image.resolve import AbsentError, Found
from lading.image.store import Member, Store, read_member
from lading.model.errors import ImageError
from lading.model.image import Layer
from lading.model.ports import ByteStream
from lading.safeio.verify import VerifiedStream, is_digest, verify_bytes

_ABSENT: Final = "is not distributed with the image: its publisher keeps it at"


class Blobs:
    """The blobs of a store, whose file for a digest `file_name` names. Documents for the Resolver."""

    def __init__(self, store: Store, path: str, file_name: Callable[[str], str]) -> None:
        self._store = store
        self._path = path
        self._file_name = file_name

    def by_digest(self, digest: str) -> Descriptor:
        """The manifest of a digest that the user names. Raises ImageError."""
        if not is_digest(digest):
            raise ImageError(f"{self._path}@{digest}: not a digest; expected @sha256: and 64 hexadecimal digits")
        member = self.find(digest)
        if member is None:
            raise ImageError(f"{self._path}: no image with the digest {digest}")
        return Descriptor(digest, member.size)

    def find(self, digest: str) -> Member | None:
        """Where a blob lies, None when it is not there."""
        return self._store.find(self._file_name(digest))

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._document(descriptor, MANIFEST_LIMIT, "manifest")

    def read_config(self, descriptor: Descriptor) -> bytes:
        return self._document(descriptor, CONFIG_LIMIT, "configuration")

    def read_blob(self, descriptor: Descriptor, where: str) -> bytes:
        """A blob, checked against its descriptor. Raises SafeIOError when it is missing or another one."""
        member = self.find(descriptor.digest)
        if member is None:
            raise self._missing(descriptor.digest)
        data = read_member(self._store, member, descriptor.size, where)
        return verify_bytes(data, descriptor.digest, descriptor.size, where)

    def open(self, name: str, source: str, found: Found) -> Opened:
        """The image as the port has it. Raises ImageError, and SafeIOError when a layer is missing."""
        image, clues = describe(name, source, found)
        layers = tuple(map(self._layer, image.layers, found.manifest.layers))
        return Opened(
            image,
            layers,
            self._store.close,
            sequential=self._store.sequential,
            clues=clues,
            diagnostics=tuple(self._store.diagnostics),
        )

    def _layer(self, layer: Layer, descriptor: Descriptor) -> LayerBlob:
        member = self.find(layer.digest)
        if member is None:
            raise absent_layer(descriptor, f"{self._path}: layer {layer.index}") or self._missing(layer.digest)
        opener = partial(self._open_layer, member, layer)
        return LayerBlob(layer, layer.diff_id, opener, order=member.offset)

    def _document(self, descriptor: Descriptor, limit: int, kind: str) -> bytes:
        where = f"{self._path}: {kind} {descriptor.digest[:19]}"
        member = self.find(descriptor.digest)
        if member is None:
            raise self._missing(descriptor.digest)
        return verify_bytes(read_member(self._store, member, limit, where), descriptor.digest, descriptor.size, where)

    def _open_layer(self, member: Member, layer: Layer) -> ByteStream:
        where = f"{self._path}: layer {layer.index} ({layer.digest[:19]})"
        return VerifiedStream(self._store.open(member), layer.digest, layer.size, where)

    def _missing(self, digest: str) -> AbsentError:
        return AbsentError(f"{self._path}: blob {digest} is missing: the image is damaged: fetch it again", digest)


def absent_layer(descriptor: Descriptor, where: str) -> ImageError | None:
    """What to say of a layer that is not there, where its descriptor says why (a base layer of Windows)."""
    if not descriptor.urls:
        return None
    return ImageError(f"{where} {_ABSENT} {printable(descriptor.urls[0])}; an image without it cannot be scanned")
