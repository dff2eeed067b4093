"""Which image a name means in its registry, on each platform that it may run on."""

from collections.abc import Sequence

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.targets import open_options
from lading.model.errors import ImageError, LadingError
from lading.runtime.kubernetes.plan import Identity


def look_up(
    target: str, platforms: Sequence[str], options: ScanOptions, environment: Environment
) -> tuple[Identity, ...]:
    """What a target is on each of the platforms. Where several may be meant, one that the image is not made for is
    absent as long as it is made for another. Raises LadingError where it cannot be had at all."""
    found: list[Identity | LadingError] = []
    for platform in platforms:
        try:
            found.append(_identity(target, structs.replace(options, platform=platform), environment))
        except LadingError as error:
            found.append(error)
    errors = [one for one in found if isinstance(one, LadingError)]
    if len(errors) == len(found):
        raise errors[0]
    offered = _offered(target, options, environment) if errors else ()
    return tuple(
        one if isinstance(one, Identity) else _failed(one, platform, offered)
        for one, platform in zip(found, platforms, strict=True)
    )


def _identity(target: str, options: ScanOptions, environment: Environment) -> Identity:
    from lading.image.open import open_image

    opened = open_image(target, open_options(options, environment, ""))
    opened.close()
    image = opened.image
    return Identity(image.digest, image.index_digest, image.config_digest)


def _offered(target: str, options: ScanOptions, environment: Environment) -> Sequence[str]:
    from lading.image.open import list_platforms

    return list_platforms(target, open_options(options, environment, ""))


def _failed(error: LadingError, platform: str, offered: Sequence[str]) -> Identity:
    """What is not there for a platform; where the image names it, it could not be read."""
    is_there = any(one == platform or one.startswith(f"{platform}/") for one in offered)
    absent = isinstance(error, ImageError) and not is_there
    return Identity(error=str(error), absent=absent)
