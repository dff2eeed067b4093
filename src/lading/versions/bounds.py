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

_BOUND: Final = re.compile(
    r"(?:(?P<operator>==?|!=|<=?|>=?)\s*)?(?P<version>[0-9A-Za-z][^\s,<>=|]*)\s*(?P<comma>,\s*)?"
)


def parse_conjunction(text: str) -> Conjunction | None:
    """Bounds with commas between them, or spaces where the next one has an operator; None when they cannot be read.

    A bound is an operator and a version, with or without a space between them; no operator and `==` mean `=`.
    """
    text = text.strip()
    bounds: list[Bound] = []
    position, apart = 0, True
    while position < len(text) or apart:
        match = _BOUND.match(text, position)
        if match is None or not (apart or match["operator"]):
            return None
        operator = match["operator"] or "="
        bounds.append(Bound(cast(Operator, "=" if operator == "==" else operator), match["version"]))
        position, apart = match.end(), match["comma"] is not None
    return tuple(bounds)
