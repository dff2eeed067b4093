"""From the name of a target to what is in it."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.errors import ImageError, UsageError
from lading.model.report import InventoryResult

if TYPE_CHECKING:
    from lading.image.open import OpenOptions
    from lading.image.opened import Opened

_SBOM = "sbom:"


def list_target(target: str, options: ScanOptions, environment: Environment) -> InventoryResult:
    """What is in the image that a reference names (lading.image.open), or what the document of `sbom:FILE` says, with
    the lines of the Dockerfile that the options name. Raises LadingError."""
    listed = _list(target, options, environment)
    if options.dockerfile is None:
        return listed
    from lading.engine.dockerfile import read_stages, with_dockerfile

    image, said = with_dockerfile(listed.image, read_stages(options.dockerfile), options.dockerfile)
    return structs.replace(listed, image=image, diagnostics=tuple(sorted({*listed.diagnostics, *said})))


def _list(target: str, options: ScanOptions, environment: Environment) -> InventoryResult:
    if target.startswith(_SBOM):
        return _list_sbom(target.removeprefix(_SBOM), options)
    from lading.engine.inventory import Wanted, take_inventory

    opened = _open(target, options, environment)
    try:
        inventory, diagnostics = take_inventory(
            opened,
            cache=environment.layer_cache,
            cache_key=environment.cache_key,
            limits=options.limit,
            progress=environment.progress,
            wanted=Wanted(options.scope, options.lock_files),
            cancellation=environment.cancellation,
        )
        return InventoryResult(opened.settled().image, inventory, diagnostics)
    finally:
        opened.close()


def _open(target: str, options: ScanOptions, environment: Environment) -> "Opened":
    from lading.image.open import open_image

    try:
        return open_image(target, _open_options(options, environment))
    except UsageError:
        if "platform" not in options.standing:
            raise
    # A root filesystem has no platform.
    return open_image(target, _open_options(structs.replace(options, platform=""), environment))


def _open_options(options: ScanOptions, environment: Environment) -> "OpenOptions":
    from lading.image.open import OpenOptions

    return OpenOptions(
        platform=options.platform,
        plain_http=options.plain_http,
        insecure=options.insecure,
        ca_cert=options.ca_cert,
        limits=options.limit,
        timeout=options.timeout,
        token_hosts=options.token_host,
        network=structs.replace(
            environment.network, max_bandwidth=options.max_bandwidth or environment.network.max_bandwidth
        ),
        base=options.base,
        places=options.image_from,
        bases=environment.bases,
    )


def _list_sbom(path: str, options: ScanOptions) -> InventoryResult:
    """What a CycloneDX or SPDX document or our own inventory says, told apart by content. Raises LadingError."""
    from lading.formats.decoders.sbom import parse_sbom
    from lading.formats.documents.inventory import is_inventory, parse_inventory

    if options.platform and "platform" not in options.standing:
        raise UsageError(f"{path}: is an SBOM, which is of one platform: leave --platform out")
    if options.base and "base" not in options.standing:
        raise UsageError(f"{path}: is an SBOM, which cannot be compared with a base: leave --base out")
    data = read_document(Path(path), options)
    if is_inventory(data):
        document = parse_inventory(data, path)
        return InventoryResult(document.image, document.inventory, document.diagnostics)
    sbom = parse_sbom(data, path)
    return InventoryResult(sbom.image, sbom.inventory, sbom.diagnostics)


def read_document(path: Path, options: ScanOptions) -> bytes:
    """The content of a file that is named in place of an image. Raises ImageError."""
    try:
        with path.open("rb") as file:
            data = file.read(options.limit.file + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > options.limit.file:
        raise ImageError(f"{path}: larger than {options.limit.file:,} bytes (--limit file=N raises this)")
    return data
