"""Ranges as Maven and NuGet write them: `[1.0,2.0)`, `(,1.0]`, `[1.0]`."""

import re
from typing import Final, cast

from lading.versions.bounds import Alternatives, Bound, Conjunction

_RANGE: Final = re.compile(r"[\[(][^\[\]()]*[\])]")
_RANGES: Final = re.compile(rf"{_RANGE.pattern}(?:\s*(?:,\s*)?{_RANGE.pattern})*")


def bracketed(text: str) -> Alternatives | None:
    """Ranges with commas between them, one of which has to hold; None when the text is something else."""
    text = text.strip()
    if not _RANGES.fullmatch(text):
        return None
    found = tuple(_bounds(part) for part in _RANGE.findall(text))
    return None if None in found else cast(Alternatives, found)


def _bounds(text: str) -> Conjunction | None:
    low, comma, high = text[1:-1].partition(",")
    low, high = low.strip(), high.strip()
    if not comma:
        return (Bound("=", low),) if low and text[0] + text[-1] == "[]" else None
    if "," in high:
        return None
    bounds: list[Bound] = []
    if low:
        bounds.append(Bound(">=" if text[0] == "[" else ">", low))
    if high:
        bounds.append(Bound("<=" if text[-1] == "]" else "<", high))
    return tuple(bounds)
