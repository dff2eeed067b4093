"""What every kind of source hands on: an opened image and its layers (the ports OpenedImage and LayerSource)."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct, structs

from lading.image.attached import Attachments
from lading.image.config import clues_of, image_layers
from lading.image.resolve import Found
from lading.model.diagnostic import Diagnostic
from lading.model.image import Clues, Image, Layer
from lading.model.ports import Arrivals, ByteStream, LayerParts


class LayerBlob(Struct, frozen=True):
    """One layer. `opener` gives its stream, verified where the source knows the blob's digest. `order` is where it
    begins in an archive that can only be read forward: layers are best opened by rising order. `parts` is there where
    the layer is to be read in parts if that can be."""

    layer: Layer
    cache_key: str
    opener: Callable[[], ByteStream]
    order: int = 0
    parts: LayerParts | None = None

    def open(self) -> ByteStream:
        return self.opener()


class Opened(Struct, frozen=True):
    """An opened image. `closer` releases files and connections; `late` gives it anew, with what is known of it only
    when its layers have been read. `attachments` tell what is attached to it, None where nothing can be."""

    image: Image
    layers: tuple[LayerBlob, ...]
    closer: Callable[[], None]
    sequential: bool = False
    root: str = ""
    directories: tuple[str, ...] = ()
    kernels: bool = False
    clues: Clues = Clues()
    diagnostics: tuple[Diagnostic, ...] = ()
    arrivals: Arrivals | None = None
    late: "Callable[[], Opened] | None" = None
    attachments: Attachments | None = None

    def settled(self) -> "Opened":
        """All that is known of the image once its layers have been read: some engines tell only then which steps made
        them."""
        return self if self.late is None else self.late()

    def close(self) -> None:
        self.closer()


def with_attachments(opened: Opened, attachments: Attachments) -> Opened:
    """With what is attached to the image, and so with the index that it was chosen from."""
    index = next((one for one in attachments.subjects if one != opened.image.digest), "")
    return structs.replace(opened, image=structs.replace(opened.image, index_digest=index), attachments=attachments)


class Above(Struct, frozen=True):
    """What a container wrote over an image: a directory as overlayfs has it. `is_kernels` tells that the kernel alone
    marks what it hides; elsewhere names and attributes do that too, which a user may give."""

    directory: str
    is_kernels: bool


def with_above(opened: Opened, above: Above) -> Opened:
    """With what a container wrote as one more layer above all others."""
    number = len(opened.image.layers) + 1
    layer = Layer(number, created_by="written by the container")
    below = opened.directories or ("",) * (number - 1)
    return structs.replace(
        opened,
        image=structs.replace(opened.image, layers=(*opened.image.layers, layer)),
        layers=(*opened.layers, LayerBlob(layer, "", _no_blob)),
        directories=(*below, above.directory),
        kernels=above.is_kernels,
        late=None if opened.late is None else partial(_settled, opened.late, above),
    )


def _settled(late: Callable[[], Opened], above: Above) -> Opened:
    return with_above(late(), above)


def _no_blob() -> ByteStream:
    raise AssertionError("a layer in a directory is no stream")


def describe(name: str, source: str, found: Found) -> tuple[Image, Clues]:
    """An image that has a manifest. Raises ImageError when that and the configuration disagree."""
    image = Image(
        name=name,
        source=source,
        digest=found.digest,
        config_digest=found.manifest.config.digest,
        platform=found.platform,
        layers=image_layers(found.config, found.manifest.layers, name),
        created=found.config.created,
        user=found.config.user,
    )
    return image, clues_of(found.config, found.manifest.annotations)
