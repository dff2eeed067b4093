"""From a reference on the command line to an inventory."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from lading.cli.options import ImageOptions
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError, UsageError
from lading.model.image import Base, Image
from lading.model.package import Inventory
from lading.model.ports import OpenedImage, Progress

if TYPE_CHECKING:
    from lading.image.open import OpenOptions

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
    from lading.image.open import open_image

    opened = open_image(reference, _open_options(options))
    try:
        base, remarks = _find_base(opened, options)
        cache = default_directory() if options.cached else None
        wanted = Wanted(options.scope, options.lock_files)
        inventory, diagnostics = take_inventory(
            opened, cache=cache, limits=options.limits, progress=progress, wanted=wanted
        )
        image = structs.replace(opened.image, base=base)
        return Taken(image, inventory, tuple(sorted({*diagnostics, *remarks})))
    finally:
        opened.close()


def _find_base(opened: OpenedImage, options: ImageOptions) -> tuple[Base | None, tuple[Diagnostic, ...]]:
    """The image's base, and what of the index of known ones could not be read. Raises LadingError."""
    from lading.image.base import find_base, named_base
    from lading.image.bases import default_directory, read_bases
    from lading.image.open import open_image

    image = opened.image
    if options.base:
        platform = str(image.platform or options.platform)
        named = open_image(options.base, structs.replace(_open_options(options), platform=platform))
        named.close()
        return named_base(image, named.image), ()
    known, remarks = read_bases(default_directory())
    return find_base(image, opened.clues, known), remarks


def _open_options(options: ImageOptions) -> "OpenOptions":
    from lading.image.open import OpenOptions

    return OpenOptions(
        platform=options.platform,
        plain_http=options.plain_http,
        insecure=options.insecure,
        ca_cert=options.ca_cert,
        limits=options.limits,
    )


def take_sbom(path: str, options: ImageOptions) -> Taken:
    """What a CycloneDX or SPDX document or our own inventory says, told apart by content. Raises LadingError."""
    from lading.formats.native import is_inventory, parse_inventory
    from lading.formats.sbom.read import parse_sbom

    if options.platform:
        raise UsageError(f"{path}: is an SBOM, which is of one platform: leave --platform out")
    if options.base:
        raise UsageError(f"{path}: is an SBOM, which cannot be compared with a base: leave --base out")
    try:
        with Path(path).open("rb") as file:
            data = file.read(options.limits.file + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > options.limits.file:
        raise ImageError(f"{path}: larger than {options.limits.file:,} bytes (--limit file=N raises this)")
    if is_inventory(data):
        document = parse_inventory(data, path)
        return Taken(document.image, document.inventory, document.diagnostics)
    sbom = parse_sbom(data, path)
    return Taken(sbom.image, sbom.inventory, sbom.diagnostics)
