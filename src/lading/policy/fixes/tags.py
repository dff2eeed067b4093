"""Which other tags of a repository an image could be built on, by their names."""

import re
from collections.abc import Iterable
from typing import Final

_TAG: Final = re.compile(
    r"(?P<begin>v?)(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,3})(?P<variant>(?:[-_.]?[A-Za-z].*)?)", re.ASCII
)
_Numbers = tuple[int, ...]


def near_tags(tag: str, tags: Iterable[str]) -> tuple[str, ...]:
    """The tag itself as it is in the repository today, which may be newer than what was built on; the newest of the
    same first number, and the newest of all. Only tags of the same form count: as many numbers, and the same variant
    (`3.11-slim-bookworm`: `-slim-bookworm`). A tag that is no version (`bookworm-slim`, `latest`) has itself alone."""
    there = set(tags)
    own = _parts(tag)
    found = [tag] if tag in there else []
    if own is None:
        return tuple(found)
    form, numbers = own
    parsed = [(parts[1], one) for one in there if (parts := _parts(one)) is not None and parts[0] == form]
    newer = sorted(one for one in parsed if one[0] > numbers)
    same = [one for one in newer if one[0][0] == numbers[0]]
    for group in (same, newer):
        found += [group[-1][1]] if group else []
    return tuple(dict.fromkeys(found))


def _parts(tag: str) -> tuple[tuple[str, int, str], _Numbers] | None:
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    numbers = tuple(map(int, found["numbers"].split(".")))
    return (found["begin"], len(numbers), found["variant"]), numbers
