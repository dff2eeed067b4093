"""Versions of Haskell packages: numbers with dots between them, and the ranges of Cabal.

Source: `Data.Version` of GHC's base library, and "build-depends" in the Cabal user guide. Where one version begins with
the other, the longer is greater.
"""

import re
from typing import Final, cast

from lading.versions.bounds import Alternatives, Bound, Conjunction, Operator
from lading.versions.caching import cached
from lading.versions.numbers import Number, number, successor

Key = tuple[Number, ...]

_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_CLAUSE: Final = re.compile(rf"(?P<operator>==?|>=?|<=?|\^>=)?\s*(?P<version>{_VERSION.pattern})(?P<wild>\.\*)?")


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    text = text.strip()
    return tuple(map(number, text.split("."))) if _VERSION.fullmatch(text) else None


def alternatives(text: str) -> Alternatives | None:
    """Clauses with `&&` between them, with the operators `==1.2.*` and `^>=1.2` too."""
    bounds: list[Bound] = []
    for part in text.replace("&&", ",").split(","):
        found = _bounds(part.strip())
        if found is None:
            return None
        bounds += found
    return (tuple(bounds),)


def _bounds(text: str) -> Conjunction | None:
    if text == "-any":
        return ()
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return None
    operator, version = match["operator"] or "=", match["version"]
    if match["wild"]:
        return _between(version, version.split(".")) if operator in ("=", "==") else None
    if operator == "^>=":
        return _between(version, [*version.split("."), "0"][:2])  # the two numbers that name an interface
    return (Bound(cast(Operator, "=" if operator == "==" else operator), version),)


def _between(low: str, prefix: list[str]) -> Conjunction:
    return Bound(">=", low), Bound("<", ".".join([*prefix[:-1], successor(prefix[-1])]))
