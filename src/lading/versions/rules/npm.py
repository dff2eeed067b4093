"""npm packages: semantic versions, and the ranges of node-semver.

Source: https://github.com/npm/node-semver. Pre-releases are admitted by every range that encloses them.
"""

import re
from typing import Final

from lading.versions.bounds import Alternatives, Bound, Conjunction
from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, release_key
from lading.versions.semantic_ranges import caret, compared, hyphen, parse_partial, tilde

_TOKEN: Final = re.compile(r"(?P<operator>\^|~>?|[<>]=?|=)?\s*(?P<version>[^\s<>=~^,]+)\s*")
_NOTHING: Final = (Bound("<", "0.0.0-0"),)


@cached
def parse(text: str) -> tuple[Numbers, Release] | None:
    """The sort key of a version, None when `text` is not one. Build metadata does not count."""
    match = VERSION.fullmatch(text.strip(" "))
    return None if match is None else release_key(match)


def alternatives(text: str) -> Alternatives | None:
    """Comparators with spaces between them, or two versions with a hyphen between; no text admits every version."""
    low, between, high = text.partition(" - ")
    if between:
        first, last = parse_partial(low.strip()), parse_partial(high.strip())
        return None if first is None or last is None else (hyphen(first, last),)
    bounds: list[Bound] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        read = None if match is None else _comparator(match["operator"] or "=", match["version"])
        if match is None or read is None:
            return None
        bounds += read
        position = match.end()
    return (tuple(bounds),)


def _comparator(operator: str, text: str) -> Conjunction | None:
    version = parse_partial(text)
    if version is None:
        return None
    if operator == "^":
        return caret(version)
    if operator in ("~", "~>"):
        return tilde(version)
    found = compared(operator, version)
    return _NOTHING if found is None else found
