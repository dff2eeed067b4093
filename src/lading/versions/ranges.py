"""Whether a version is inside ranges, by the rules of its scheme."""

from collections.abc import Iterable
from typing import Final

from lading.model.advisory import Range
from lading.versions.schemes import against

_EVERYTHING: Final = Range()


def contains(scheme: str, version: str, ranges: Iterable[Range], versions: Iterable[str] = ()) -> bool | None:
    """Whether `version` is listed in `versions` or inside one of `ranges`; None when that cannot be told.

    A certain yes outweighs what cannot be told, and what cannot be told outweighs a no.
    """
    unsure = False
    for listed in versions:
        if listed == version or against(scheme, version, listed) == 0:
            return True
    for span in ranges:
        inside = _inside(scheme, version, span)
        if inside:
            return True
        unsure = unsure or inside is None
    return None if unsure else False


def _inside(scheme: str, version: str, span: Range) -> bool | None:
    if span == _EVERYTHING:
        return True  # nothing has to be compared
    unsure = False
    if span.introduced:
        order = against(scheme, version, span.introduced)
        if order == -1:
            return False
        unsure = order is None
    if span.after:
        order = against(scheme, version, span.after)
        if order is not None and order <= 0:
            return False
        unsure = unsure or order is None
    if span.fixed:
        order = against(scheme, version, span.fixed)
        if order is not None and order >= 0:
            return False
        unsure = unsure or order is None
    if span.last_affected:
        order = against(scheme, version, span.last_affected)
        if order == 1:
            return False
        unsure = unsure or order is None
    return None if unsure else True
