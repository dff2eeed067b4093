"""Semantic versions, read as leniently as advisories and manifests write them.

Source: https://semver.org/spec/v2.0.0.html. Beyond it a leading `v` or `=` is passed over, missing numbers are zero,
there may be more than three, and a pre-release may follow its number without a hyphen (`1.20rc1`). A date
(`2022-09-26`) is no version.
"""

import re
from typing import Final

from lading.versions.numbers import Number, number

Identifiers = tuple[tuple[int, Number] | tuple[int, str], ...]
"""Numbers before words, as semantic versioning orders the identifiers of a pre-release."""

Numbers = tuple[Number, ...]
Release = tuple[int] | tuple[int, Identifiers]
"""(1,) for a release, (0, identifiers) for a pre-release of it."""

VERSION: Final = re.compile(
    r"""
    (?:=\ ?)?[vV]?(?![0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z]))
    (?P<numbers>[0-9]+(?:\.[0-9]+)*)
    (?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*) | (?P<bare>[A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*))?
    (?:\+(?P<build>[0-9A-Za-z._~-]+))?
    """,
    re.VERBOSE,
)
_ZERO: Final = number("")


def numbers_key(text: str) -> Numbers:
    """Numbers with dots between them. Zeros at the end do not count."""
    found = [number(part) for part in text.split(".")]
    while found and found[-1] == _ZERO:
        found.pop()
    return tuple(found)


def identifiers_key(text: str) -> Identifiers:
    """Identifiers with dots between them, of a pre-release or of build metadata."""
    return tuple((0, number(part)) if part.isdigit() else (1, part) for part in text.split("."))


def release_key(match: "re.Match[str]") -> tuple[Numbers, Release]:
    """The order of a match of `VERSION`, without its build metadata."""
    pre = match["pre"] or match["bare"]
    return numbers_key(match["numbers"]), (0, identifiers_key(pre)) if pre else (1,)
