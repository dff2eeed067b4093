"""From a reference on the command line to an inventory."""

from msgspec import Struct

from lading.cli.options import ImageOptions
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import Progress


class Taken(Struct, frozen=True):
    """An image that has been read."""

    image: Image
    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]


def take_image(reference: str, options: ImageOptions, progress: Progress) -> Taken:
    """Open the image, read its layers and close it. Raises LadingError."""
    from lading.engine.cache import default_directory
    from lading.engine.inventory import take_inventory
    from lading.image.open import OpenOptions, open_image

    wanted = OpenOptions(
        platform=options.platform,
        plain_http=options.plain_http,
        insecure=options.insecure,
        ca_cert=options.ca_cert,
        limits=options.limits,
    )
    opened = open_image(reference, wanted)
    try:
        cache = default_directory() if options.cached else None
        inventory, diagnostics = take_inventory(opened, cache=cache, limits=options.limits, progress=progress)
        return Taken(opened.image, inventory, diagnostics)
    finally:
        opened.close()
