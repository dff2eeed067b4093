"""Versions that a record says are affected."""

import re
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from itertools import pairwise

from lading.formats.decoders.osv.records import OsvAffected, OsvRange
from lading.model.advisory import Range
from lading.versions.numbers import number
from lading.versions.ranges import contains
from lading.versions.schemes import compare

_LOWEST = ("0", "0.0.0-0")
_KNOWN = re.compile(r"(<=?)\s*(\S+)")
_NO_FIX = re.compile(r"(?:[+.-]sp|-r\d+5341)999$", re.ASCII)
"""The build that Seal names as a fix where there is none yet."""


def ranges_of(entries: Iterable[OsvAffected], scheme: str) -> tuple[Range, ...]:
    """The stretches of versions that entries for one package name. Commit ranges say nothing about a version."""
    found: dict[Range, None] = {}
    for entry in entries:
        for span in entry.ranges or ():
            if span.type != "GIT":
                found |= dict.fromkeys(_bounded(one, entry, scheme) for one in _stretches(span, scheme))
    return tuple(found)


def listed_outside(entries: Iterable[OsvAffected], ranges: Sequence[Range], scheme: str) -> tuple[str, ...]:
    """The versions that entries list, but for those that are certainly inside `ranges`: most databases write out every
    release, which says nothing more. One that is also named as fixed is not affected."""
    versions = dict.fromkeys(version for entry in entries for version in entry.versions or ())
    if not ranges:
        return tuple(versions)
    fixes = {span.fixed for span in ranges} - {"", "0"}
    return tuple(
        version
        for version in versions
        if not contains(scheme, version, ranges)
        and not any(version == fix or compare(scheme, version, fix) == 0 for fix in fixes)
    )


def _bounded(span: Range, entry: OsvAffected, scheme: str) -> Range:
    """A range without an end, ended where GitHub says which versions are known to be affected; that is no fix."""
    specific = entry.database_specific
    known = specific.last_known_affected_version_range if specific is not None else None
    bound = _KNOWN.fullmatch(known) if isinstance(known, str) and not span.has_end else None
    if bound is None or (span.introduced and compare(scheme, span.introduced, bound[2]) == 1):
        return span
    if bound[1] == "<":
        return Range(span.introduced, before=bound[2])
    return Range(span.introduced, last_affected=bound[2])


def _stretches(span: OsvRange, scheme: str) -> list[Range]:
    """The closed and open stretches that a range's events bound."""
    events = [(kind, _written(version, scheme)) for event in span.events or () for kind, version in event.items()]
    found = []
    introduced: str | None = None
    for kind, version in _in_order(events, scheme):
        if kind == "introduced":
            introduced = ("" if version in _LOWEST else version) if introduced is None else introduced
        elif introduced is not None and kind == "fixed" and _NO_FIX.search(version):
            found.append(Range(introduced, before=version))
            introduced = None
        elif introduced is not None and kind in ("fixed", "last_affected"):
            found.append(Range(introduced, **{kind: version}))
            introduced = None
        elif introduced is not None and kind == "limit" and version != "*":
            found.append(Range(introduced, before=version))
            introduced = None
    if introduced is not None:
        found.append(Range(introduced))
    return found


def _written(version: str, scheme: str) -> str:
    """The form that packages have: rpm leaves out the epoch 0."""
    return version.removeprefix("0:") if scheme == "rpm" else version


def _in_order(events: list[tuple[str, str]], scheme: str) -> list[tuple[str, str]]:
    """Events that take turns in the file are pairs in that order: stretches may overlap or touch, which an order by
    version would tear apart. Others are ordered by version, without the scheme's rules by the numbers in it: a stretch
    that is lost would look like no vulnerability.
    """

    def order(left: tuple[str, str], right: tuple[str, str]) -> int:
        if "0" in (left[1], right[1]) and left[1] != right[1]:
            return -1 if left[1] == "0" else 1
        # "Only version X" starts and ends at X: this end comes last. Others keep the file's order.
        return compare(scheme, left[1], right[1]) or (left[0] == "last_affected") - (right[0] == "last_affected")

    if _are_pairs(events, scheme):
        return events
    if all(version == "0" or compare(scheme, version, version) == 0 for _, version in events):
        return sorted(events, key=cmp_to_key(order))
    return sorted(events, key=lambda event: _natural(event[1]))


def _are_pairs(events: Sequence[tuple[str, str]], scheme: str) -> bool:
    """Whether starts and ends take turns, and no end comes before its start."""
    starts = [kind == "introduced" for kind, _ in events]
    if not events or not starts[0] or any(one == after for one, after in pairwise(starts)):
        return False
    pairs = zip(events[::2], events[1::2], strict=False)
    return all(start in ("0", end) or compare(scheme, start, end) != 1 for (_, start), (_, end) in pairs)


def _natural(version: str) -> list[tuple[int, int, str]]:
    """Text before the end (it is mostly a pre-release), the end before numbers, numbers by value."""
    parts = [(0, 0, part) if not part[0].isdigit() else (2, *number(part)) for part in _PARTS.findall(version)]
    return [*parts, (1, 0, "")]


_PARTS = re.compile(r"[0-9]+|[^0-9.]+")
