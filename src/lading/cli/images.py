"""From a reference on the command line to an inventory."""

from pathlib import Path

from msgspec import Struct

from lading.cli.options import ImageOptions
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import Progress

_SBOM = "sbom:"


class Taken(Struct, frozen=True):
    """An image that has been read, or what an SBOM says of one."""

    image: Image
    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]


def take_image(reference: str, options: ImageOptions, progress: Progress) -> Taken:
    """Open the image, read its layers and close it; `sbom:FILE` is a document in its place. Raises LadingError."""
    if reference.startswith(_SBOM):
        return take_sbom(reference.removeprefix(_SBOM), options)
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


def take_sbom(path: str, options: ImageOptions) -> Taken:
    """What a CycloneDX or SPDX document or our own inventory says, told apart by content. Raises LadingError."""
    from lading.formats.native import is_inventory, parse_inventory
    from lading.formats.sbom.read import parse_sbom

    if options.platform:
        raise UsageError(f"{path}: is an SBOM, which is of one platform: leave --platform out")
    try:
        with Path(path).open("rb") as file:
            data = file.read(options.limits.file + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > options.limits.file:
        raise ImageError(f"{path}: larger than {options.limits.file:,} bytes (--limit file=N raises this)")
    if is_inventory(data):
        document = parse_inventory(data, path)
        return Taken(document.image, Inventory(document.distribution, document.packages), document.diagnostics)
    sbom = parse_sbom(data, path)
    return Taken(sbom.image, sbom.inventory, sbom.diagnostics)
