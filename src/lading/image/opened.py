"""What every kind of source hands on: an opened image and its layers (the ports OpenedImage and LayerSource)."""

from collections.abc import Callable

from msgspec import Struct

from lading.model.image import Clues, Image, Layer
from lading.model.ports import ByteStream, Region


class LayerBlob(Struct, frozen=True):
    """One layer. `opener` gives its verified stream. `order` is where it begins in an archive that can only be read
    forward: layers are best opened by rising order."""

    layer: Layer
    cache_key: str
    opener: Callable[[], ByteStream]
    region: Region | None = None
    order: int = 0

    def open(self) -> ByteStream:
        return self.opener()


class Opened(Struct, frozen=True):
    """An opened image. `closer` releases files and connections."""

    image: Image
    layers: tuple[LayerBlob, ...]
    closer: Callable[[], None]
    sequential: bool = False
    root: str = ""
    clues: Clues = Clues()

    def close(self) -> None:
        self.closer()
