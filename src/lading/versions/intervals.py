"""The algebra of ranges: what a constraint admits, and what lies outside of all."""

from collections.abc import Iterable
from functools import total_ordering
from typing import Any, Final

from lading.model.advisory import Range
from lading.versions.bounds import Alternatives, Bound, Conjunction
from lading.versions.schemes import Scheme


@total_ordering
class Cut:
    """A place between versions: just before all that equal `version`, or just after them. Its order is that of `place`;
    how the version was written does not count."""

    __slots__ = ("place", "version")

    def __init__(self, place: tuple[Any, ...], version: str = "") -> None:
        self.place: Final = place
        self.version: Final = version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cut) and self.place == other.place

    def __lt__(self, other: "Cut") -> bool:
        return self.place < other.place


# A place is (_BETWEEN, key, whether it is the one just after), or beyond all versions on either side.
_BEFORE_ALL, _BETWEEN, _AFTER_ALL = range(3)
FIRST: Final = Cut((_BEFORE_ALL,))
LAST: Final = Cut((_AFTER_ALL,))

Interval = tuple[Cut, Cut]
"""What lies between two cuts, the first of which is the lower."""


def intervals(scheme: Scheme, alternatives: Alternatives) -> list[Interval] | None:
    """What the alternatives admit, ascending, without overlap and without neighbours that touch. None when a version in
    them is not one of the scheme."""
    found: list[Interval] = []
    for conjunction in alternatives:
        admitted = _admitted(scheme, conjunction)
        if admitted is None:
            return None
        found += admitted
    return union(found)


def union(spans: Iterable[Interval]) -> list[Interval]:
    """The same versions, ascending, without overlap and without neighbours that touch."""
    merged: list[Interval] = []
    for low, high in sorted(spans, key=lambda span: span[0]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def complement(spans: Iterable[Interval]) -> list[Interval]:
    """All versions outside of the intervals, ascending."""
    gaps: list[Interval] = []
    low = FIRST
    for start, end in union(spans):
        if low < start:
            gaps.append((low, start))
        low = end
    return [*gaps, (low, LAST)] if low < LAST else gaps


def as_range(span: Interval) -> Range:
    """An interval as advisories hold it."""
    low, high = span
    return Range(
        introduced="" if low.place[-1] is True else low.version,
        after=low.version if low.place[-1] is True else "",
        fixed="" if high.place[-1] is True else high.version,
        last_affected=high.version if high.place[-1] is True else "",
    )


def _admitted(scheme: Scheme, conjunction: Conjunction) -> list[Interval] | None:
    low, high = FIRST, LAST
    holes: list[Interval] = []
    for bound in conjunction:
        span = _span(scheme, bound)
        if span is None:
            return None
        if bound.operator == "!=":
            holes.append(span)
        else:
            low, high = max(low, span[0]), min(high, span[1])
    if not low < high:
        return []
    if not holes:
        return [(low, high)]
    outside = [span for span in ((FIRST, low), (high, LAST)) if span[0] < span[1]]
    return complement([*holes, *outside])


def _span(scheme: Scheme, bound: Bound) -> Interval | None:
    """The versions on the bound's side; for `!=` the ones it excludes."""
    key = scheme.parse(bound.version)
    if key is None:
        return None
    before, behind = (Cut((_BETWEEN, key, after), bound.version) for after in (False, True))
    match bound.operator:
        case "<":
            return FIRST, before
        case "<=":
            return FIRST, behind
        case ">":
            return behind, LAST
        case ">=":
            return before, LAST
        case "=" | "!=":
            return before, behind
