"""Whether a version is inside ranges, by the rules of its scheme."""

from collections.abc import Callable, Collection, Iterable

from lading.model.advisory import Range
from lading.versions.schemes import comparer

_Comparer = Callable[[str, str], int | None]


def contains(scheme: str, version: str, ranges: Iterable[Range], versions: Collection[str] = ()) -> bool | None:
    """Whether `version` is listed in `versions` or inside one of `ranges`; None when that cannot be told.

    A certain yes outweighs what cannot be told, and what cannot be told outweighs a no.
    """
    compare = comparer(scheme)
    if versions and (version in versions or any(compare(version, listed) == 0 for listed in versions)):
        return True
    unsure = False
    for span in ranges:
        inside = _inside(compare, version, span)
        if inside:
            return True
        unsure = unsure or inside is None
    return None if unsure else False


def _inside(compare: _Comparer, version: str, span: Range) -> bool | None:
    unsure = False
    if span.fixed:
        order = compare(version, span.fixed)
        if order is None:
            unsure = True
        elif order >= 0:
            return False
    if span.introduced:
        order = compare(version, span.introduced)
        if order is None:
            unsure = True
        elif order < 0:
            return False
    if span.after:
        order = compare(version, span.after)
        if order is None:
            unsure = True
        elif order <= 0:
            return False
    if span.last_affected:
        order = compare(version, span.last_affected)
        if order is None:
            unsure = True
        elif order > 0:
            return False
    if span.before:
        order = compare(version, span.before)
        if order is None:
            unsure = True
        elif order >= 0:
            return False
    return None if unsure else True
