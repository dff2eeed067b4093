"""Constraints in the form all dialects are brought to, and the dialect that every scheme understands."""

import re
from typing import Final, Literal, cast

from msgspec import Struct

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


class Bound(Struct, frozen=True, array_like=True):
    """One side of one version."""

    operator: Operator
    version: str


Conjunction = tuple[Bound, ...]
"""Bounds that all have to hold; without any, every version is admitted."""

Alternatives = tuple[Conjunction, ...]
"""Conjunctions one of which has to hold; without any, no version is admitted."""

_BOUND: Final = re.compile(r"(?P<operator>==?|!=|<=?|>=?)?\s*(?P<version>[^\s,<>=!|][^\s,<>=|]*)")


def parse_bound(text: str) -> Bound | None:
    """One operator and one version, with or without a space between them; no operator and `==` mean `=`."""
    match = _BOUND.fullmatch(text.strip())
    if match is None:
        return None
    operator = match["operator"] or "="
    return Bound(cast(Operator, "=" if operator == "==" else operator), match["version"])


def parse_conjunction(text: str) -> Conjunction | None:
    """Bounds with commas between them, None when one of them cannot be read."""
    bounds = tuple(parse_bound(part) for part in text.split(","))
    return None if None in bounds else cast(Conjunction, bounds)
