"""From the name of a target to what is in it."""

import re
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import structs

from lading.engine.documents import SBOM, document_path, is_json, list_document
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.checks import FAMILIES, CheckInputs, Examined, Family
from lading.model.diagnostics import diagnostic
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image
from lading.model.report import InventoryResult
from lading.safeio.standard_input import kept_input

if TYPE_CHECKING:
    from lading.image.open import OpenOptions
    from lading.image.opened import Above, Opened
    from lading.model.ports import Helpers

_PIPED = "-"
_ALL = "all"


def list_target(
    target: str,
    options: ScanOptions,
    environment: Environment,
    above: "Above | None" = None,
    further: tuple[Family, ...] = (),
) -> InventoryResult:
    """What is in the image that a reference names (lading.image.open), or what a document says: `sbom:FILE`,
    `purl:FILE`, `pkg:TYPE/NAME@VERSION`; with the lines of the Dockerfile that the options name. In place of a file `-`
    is standard input, and alone it is whatever comes there. `above` is what a container wrote over the image,
    which counts as one more layer; `further` are families of checks besides those that the options ask for. Raises
    LadingError."""
    listed = _list(target, options, environment, above, further)
    if options.dockerfile is None:
        return listed
    from lading.engine.dockerfile import read_stages, with_dockerfile
    from lading.formats.issue_lines import stated_in

    stages = read_stages(options.dockerfile)
    image, said = with_dockerfile(listed.image, stages, options.dockerfile)
    examined = structs.replace(listed.examined, stated=stated_in(stages))
    return structs.replace(
        listed, image=image, examined=examined, diagnostics=tuple(sorted({*listed.diagnostics, *said}))
    )


def _list(
    target: str, options: ScanOptions, environment: Environment, above: "Above | None", further: tuple[Family, ...]
) -> InventoryResult:
    document = document_path(target)
    with kept_input() if _is_piped(target) else nullcontext("") as place:
        if document is not None:
            return _unchecked(list_document(target, place or document, options), options)
        if target == _PIPED and is_json(place, options):
            return _unchecked(list_document(f"{SBOM}{target}", place, options), options)
        return _list_image(target, options, environment, place, above, further)


def _families(options: ScanOptions) -> tuple[Family, ...]:
    """The families of checks that are asked for, by their names or by what is given to them."""
    given: dict[Family, bool] = {
        "config": bool(options.check_file),
        "secrets": bool(options.secret_rules),
        "malware": bool(options.yara_rules or options.known_bad),
        "licenses": options.license_full,
    }
    if not options.checks and not any(given.values()):
        return ()
    from lading.checks.registry import parse_families

    asked = parse_families(options.checks)
    families = tuple(one for one in FAMILIES if one in asked or given.get(one))
    return (*families, "license-files") if options.license_full else families


def _inputs(families: Collection[Family], options: ScanOptions, environment: Environment) -> CheckInputs:
    """What the user gives to the checks that are asked for. Raises LadingError where a file cannot be read."""
    if not families:
        return CheckInputs()
    from lading.engine.check_inputs import read_inputs

    return read_inputs(families, options, environment)


def _unchecked(listed: InventoryResult, options: ScanOptions) -> InventoryResult:
    """What a document lists, which only checks of what packages state can look at."""
    asked = _families(options)
    if "licenses" in asked:
        listed = structs.replace(listed, examined=Examined(("licenses",)))
    families = tuple(one for one in asked if one != "licenses")
    if not families:
        return listed
    message = f"checks ({', '.join(families)}) were not run: a document holds no files and no configuration"
    said = diagnostic("checks-not-run", message)
    return structs.replace(listed, diagnostics=tuple(sorted({*listed.diagnostics, said})))


def each_platform(target: str, options: ScanOptions, environment: Environment) -> tuple[ScanOptions, ...]:
    """The options as they are, or where they ask for all platforms those for each that the image has, as its index
    orders them. Raises LadingError."""
    if options.platform != _ALL or document_path(target) is not None:
        return (options,)
    from lading.image.open import list_platforms

    if _is_piped(target):
        raise UsageError(f"{target}: is read once, for one platform: name a file to scan all that there are")
    found = list_platforms(target, open_options(options, environment, ""))
    if not found:
        raise ImageError(f"{target}: names no platform that could be chosen: leave --platform all out")
    return tuple(structs.replace(options, platform=one, standing=options.standing - {"platform"}) for one in found)


def _is_piped(target: str) -> bool:
    return re.fullmatch(r"(?:[a-z-]+:)?-(?:[:@].*)?", target, re.DOTALL) is not None


def _list_image(
    target: str,
    options: ScanOptions,
    environment: Environment,
    place: str,
    above: "Above | None",
    further: tuple[Family, ...],
) -> InventoryResult:
    from lading.engine.inventory import Wanted, take_inventory

    families = (*_families(options), *further)
    inputs = _inputs(families, options, environment)
    opened = _open(target, open_options(options, environment, place), options.standing)
    try:
        if above is not None:
            from lading.image.opened import with_above

            opened = with_above(opened, above)
        inventory, diagnostics, unchecked, examined = take_inventory(
            opened,
            cache=environment.layer_cache,
            cache_key=environment.cache_key,
            limits=options.limit,
            progress=environment.progress,
            helpers=_helpers(options, environment),
            wanted=Wanted(options.scope, options.lock_files, families, inputs, options.in_use),
            cancellation=environment.cancellation,
        )
        image = _with_checked_base(opened.settled().image, unchecked)
        listed = InventoryResult(image, inventory, diagnostics, examined)
        if examined.families:
            from lading.engine.checking import completed

            listed = completed(listed)
        return _with_attached(listed, opened, options, environment)
    finally:
        opened.close()


def _helpers(options: ScanOptions, environment: Environment) -> "Helpers | None":
    """None where all connections together have a bound, which one process keeps."""
    return None if options.max_bandwidth or environment.network.max_bandwidth else environment.helpers


def _with_attached(
    listed: InventoryResult, opened: "Opened", options: ScanOptions, environment: Environment
) -> InventoryResult:
    """With what is attached to the image, where that is asked for: by an option, or by keys that there are for it."""
    keys, keyless = environment.trust.image, environment.trust.keyless
    if not (options.attestations or ((keys or keyless) and listed.image.config_digest)):
        return listed
    from lading.engine.attached.compare import compare
    from lading.engine.attached.look_up import look_up
    from lading.engine.attached.provenance import with_provenance

    found = look_up(opened.attachments, listed.image.source, keys, keyless)
    compared = compare(found.weighed, found.attached, listed.inventory)
    told = with_provenance(found.weighed, compared.attached, listed.image)
    diagnostics = {*listed.diagnostics, *found.diagnostics, *compared.diagnostics, *told.diagnostics}
    return structs.replace(
        listed,
        image=told.image,
        inventory=compared.inventory,
        attached=told.attached,
        attached_vex=found.vex,
        diagnostics=tuple(sorted(diagnostics)),
    )


def _with_checked_base(image: Image, unchecked: Iterable[int]) -> Image:
    """The image, whose base has those of its layers that were not checked."""
    below = tuple(index for index in unchecked if image.is_base(index))
    return image if image.base is None else structs.replace(image, base=structs.replace(image.base, unchecked=below))


def _open(target: str, options: "OpenOptions", standing: Collection[str]) -> "Opened":
    from lading.image.open import open_image

    try:
        return open_image(target, options)
    except UsageError:
        if "platform" not in standing:
            raise
    # A root filesystem has no platform.
    return open_image(target, structs.replace(options, platform=""))


def open_options(options: ScanOptions, environment: Environment, place: str) -> "OpenOptions":
    """How images are found by these options; `place` is where standard input lies, empty for none."""
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
        standard_input=place,
        lazy=options.lazy,
    )
