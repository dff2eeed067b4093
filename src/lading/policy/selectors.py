"""Which findings of a policy's entries are meant."""

from collections.abc import Iterable
from typing import Final

from lading.model.checks import Issue
from lading.model.finding import Finding
from lading.model.image import Image, LayerOrigin, Origin
from lading.model.package import Package
from lading.policy.document import Selector, Texts, texts
from lading.policy.globs import any_fits, any_fits_path
from lading.versions.constraints import satisfies

_SHORTEST_DIGEST: Final = 12
_DEFAULT_REGISTRIES: Final = ("docker.io/library/", "docker.io/")


def is_meant(selector: Selector, finding: Finding, image: Image) -> bool:
    """Whether a finding in an image is one that a selector means. What cannot be told (a version that cannot be
    compared, the layer of a package without one) is not meant."""
    package = finding.package
    return (
        not selector.check
        and not selector.value
        and (not selector.fingerprint or finding.fingerprint in texts(selector.fingerprint))
        and (not selector.vulnerability or _is_called(texts(selector.vulnerability), finding))
        and _is_package(selector, package)
        and (not selector.path or _lies(texts(selector.path), package))
        and (not selector.layer or is_layer(selector.layer, package.layer, image))
        and (selector.origin is None or _is_of(selector.origin, image.origin(package.layer)))
        and (selector.in_use is None or (package.usage is not None and package.usage.in_use == selector.in_use))
        and (not selector.fix_state or finding.fix_state in texts(selector.fix_state))
        and is_image(selector.image, image)
    )


def is_meant_issue(selector: Selector, issue: Issue, image: Image, package: Package | None = None) -> bool:
    """Whether an issue of an image is one that a selector means: by its check, its fingerprint or its value, and by
    where it is; one of a license also by the `package` that has it. Else a selector that asks for anything of packages
    means none."""
    if selector.in_use is not None or not (selector.check or selector.fingerprint or selector.value):
        return False
    if selector.vulnerability or selector.fix_state:
        return False
    if any(getattr(selector, name) for name in _OF_PACKAGES) and not (
        issue.kind == "license" and package is not None and _is_package(selector, package)
    ):
        return False
    return (
        (not selector.check or any_fits(texts(selector.check), issue.id))
        and (not selector.fingerprint or issue.fingerprint in texts(selector.fingerprint))
        and (not selector.value or any(one in issue.values for one in texts(selector.value)))
        and (not selector.path or (bool(issue.path) and any_fits_path(texts(selector.path), issue.path)))
        and (not selector.layer or is_layer(selector.layer, issue.layer, image))
        and (selector.origin is None or _is_of(selector.origin, image.origin(issue.layer)))
        and is_image(selector.image, image)
    )


_OF_PACKAGES: Final = ("package", "type", "purl", "version")


def _is_package(selector: Selector, package: Package) -> bool:
    return (
        (not selector.package or any_fits(texts(selector.package), package.name) or _is_built_of(selector, package))
        and (not selector.type or package.type in texts(selector.type))
        and (not selector.purl or _has_purl(texts(selector.purl), package))
        and (not selector.version or satisfies(package.type, package.version, selector.version) is True)
    )


def _is_of(wanted: Origin, origin: LayerOrigin) -> bool:
    """Whether a layer is surely of such origin: what only the image says of itself hides none of its findings."""
    return origin.kind == wanted and (origin.verified or wanted == "unknown")


def is_image(wanted: Texts, image: Image) -> bool:
    """Whether an image is meant by its name, with or without Docker's own registry before it, or by a digest."""
    if not wanted:
        return True
    names = [image.name, image.digest, image.config_digest]
    names += [image.name.removeprefix(one) for one in _DEFAULT_REGISTRIES if image.name.startswith(one)]
    return any(any_fits(texts(wanted), name) for name in names if name)


def is_layer(wanted: int | str, number: int, image: Image) -> bool:
    """Whether the layer of a number is meant: by the number, or by twelve digits or more of a digest that its content
    was held against."""
    if isinstance(wanted, int):
        return wanted == number
    layer = image.layer(number)
    digits = wanted.rpartition(":")[2]
    if layer is None or len(digits) < _SHORTEST_DIGEST:
        return False
    diff_id = layer.diff_id if image.goes_by_diff_id(number) else ""
    return any(one.rpartition(":")[2].startswith(digits) for one in (diff_id, layer.digest))


def _is_called(wanted: Iterable[str], finding: Finding) -> bool:
    names = [name.upper() for name in (finding.id, *finding.aliases, *finding.notices)]
    return any(any_fits((one.upper(),), name) for one in wanted for name in names)


def _is_built_of(selector: Selector, package: Package) -> bool:
    return bool(package.source) and any_fits(texts(selector.package), package.source)


def _lies(wanted: Iterable[str], package: Package) -> bool:
    """Whether every place of a package is meant: one that is elsewhere too still counts."""
    patterns = tuple(wanted)
    return bool(package.locations) and all(any_fits_path(patterns, one.path) for one in package.locations)


def _has_purl(wanted: Iterable[str], package: Package) -> bool:
    from lading.policy.purls import is_named  # few policies name any

    return any(is_named(text, package) for text in wanted)
