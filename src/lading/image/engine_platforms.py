"""Which platform of an image an engine has whole, where it keeps the index that the image was chosen from.

An engine that pulled an image for one platform has the index, and lacks the manifests of the others. It exports the
index with what there is of it, but not where its own platform is what it lacks: then one platform has to be named.
"""

from collections.abc import Sequence

from lading.image.engine_client import Child
from lading.image.platforms import Wanted
from lading.image.resolve import OfferedError
from lading.model.errors import ImageError
from lading.model.image import Platform


def platform_to_name(
    children: Sequence[Child], wanted: Wanted, engine: str, name: str, *, whole: bool
) -> Platform | None:
    """The platform that an export has to name, None where it need not: `whole` tells that the engine has that of its
    own. Raises ImageError where it has none that serves, OfferedError where only what there is was asked for."""
    stated = [(child.available, platform) for child in children if (platform := _platform(child)) is not None]
    if not stated:
        return None
    here = [platform for is_here, platform in stated if is_here]
    if wanted.is_survey and here:
        raise OfferedError(name, here)
    serving = [(rank, platform) for platform in here if (rank := wanted.rank(platform)) is not None]
    if not serving:
        raise _unfit(stated, here, wanted, engine, name)
    lacks_some = any(wanted.rank(platform) is not None for is_here, platform in stated if not is_here)
    return min(serving, key=lambda one: one[0])[1] if lacks_some or not whole else None


def _platform(child: Child) -> Platform | None:
    found = child.descriptor
    return found.platform if child.kind == "image" and found and found.platform and not found.has_no_platform else None


def _unfit(
    stated: Sequence[tuple[bool, Platform]], here: Sequence[Platform], wanted: Wanted, engine: str, name: str
) -> ImageError:
    there = ", ".join(sorted(map(str, set(here))))
    has = f"{engine} has it for {there}, not for {wanted.platform}" if here else f"{engine} has it for no platform"
    known = next((platform for _, platform in stated if wanted.rank(platform) is not None), None)
    if known is None:
        advice = f"; it is made for {', '.join(sorted({str(platform) for _, platform in stated}))}"
    else:
        advice = f": {engine} pull --platform {known} {name} fetches it"
    return ImageError(f"{name}: {has}{advice}")
