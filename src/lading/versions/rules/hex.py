"""Packages of Erlang and Elixir: semantic versions, and Elixir's requirements.

Source: https://hexdocs.pm/elixir/Version.html. Requirements have `and` and `or`, and `~>`, which leaves the
pre-releases of its upper bound out.
"""

import re
from typing import Final

from lading.versions.bounds import Alternatives, Bound, Conjunction, parse_conjunction
from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, release_key
from lading.versions.semantic_ranges import parse_partial

_OR: Final = re.compile(r"\bor\b")
_AND: Final = re.compile(r"\band\b|,")
_ABOUT: Final = re.compile(r"~>\s*([0-9]+(?:\.[0-9]+){1,2})((?:-[0-9A-Za-z.-]+)?)(?:\+[0-9A-Za-z.-]+)?")


@cached
def parse(text: str) -> tuple[Numbers, Release] | None:
    """The sort key of a version, None when `text` is not one. Build metadata does not count."""
    match = VERSION.fullmatch(text.strip(" "))
    return None if match is None else release_key(match)


def alternatives(text: str) -> Alternatives | None:
    """Requirements with `and` or `or` between them."""
    found: list[Conjunction] = []
    for conjunction in _OR.split(text):
        bounds: list[Bound] = []
        for part in _AND.split(conjunction):
            read = _requirement(part.strip())
            if read is None:
                return None
            bounds += read
        found.append(tuple(bounds))
    return tuple(found)


def _requirement(text: str) -> Conjunction | None:
    match = _ABOUT.fullmatch(text)
    if match is None:
        return parse_conjunction(text)
    version = parse_partial(match[1])
    if version is None:
        return None
    return Bound(">=", match[1] + match[2]), Bound("<", version.next(len(version.numbers) - 2))
