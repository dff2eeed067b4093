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
    from lading.engine.inventory import Wanted, take_inventory
    from lading.image.open import OpenOptions, open_image

    open_options = OpenOptions(
        platform=options.platform,
        plain_http=options.plain_http,
        insecure=options.insecure,
        ca_cert=options.ca_cert,
        limits=options.limits,
    )
    opened = open_image(reference, open_options)
    try:
        cache = default_directory() if options.cached else None
        wanted = Wanted(options.scope, options.lock_files)
        inventory, diagnostics = take_inventory(
            opened, cache=cache, limits=options.limits, progress=progress, wanted=wanted
        )
        return Taken(opened.image, inventory, diagnostics)
    finally:
        opened.close()
