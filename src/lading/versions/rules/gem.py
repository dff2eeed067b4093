"""RubyGems versions: numbers and words with dots between them, where a word makes a pre-release.

Source: Gem::Version and Gem::Requirement of RubyGems; verified with Ruby 3.1. An empty version, which RubyGems takes
for 0, is none here.
"""

import re
from typing import Final, cast

from lading.versions.bounds import Alternatives, Bound, Conjunction, Operator
from lading.versions.caching import cached
from lading.versions.numbers import successor

Key = tuple[int | str, ...]

_PATTERN: Final = r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_VERSION: Final = re.compile(_PATTERN)
_REQUIREMENT: Final = re.compile(rf"(?P<operator>=|!=|>=?|<=?|~>)?\s*(?P<version>{_PATTERN})")
_SEGMENT: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_SPACE: Final = " \t\n\r\f\v"

# What may stand at one place of a version, in ascending order. A version that has run out goes on with zeros; so a zero
# is more or less than its end by what comes behind it.
_WORD, _ZERO_BELOW, _END, _ZERO_ABOVE, _NUMBER = range(5)


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    text = text.strip(_SPACE)
    return _key(_segments(text)) if _VERSION.fullmatch(text) else None


def alternatives(text: str) -> Alternatives | None:
    """A requirement list: `>= 1.2, != 1.3`, `~> 1.2`."""
    bounds: list[Bound] = []
    for part in text.split(","):
        match = _REQUIREMENT.fullmatch(part.strip(_SPACE))
        if match is None:
            return None
        version = match["version"]
        if match["operator"] == "~>":
            bounds += _pessimistic(version)
        else:
            bounds.append(Bound(cast(Operator, match["operator"] or "="), version))
    return (tuple(bounds),)


def _segments(text: str) -> list[str]:
    return _SEGMENT.findall(text.replace("-", ".pre."))


def _key(segments: list[str]) -> Key:
    """Built from the last segment to the first. Zeros before the first word, and at the end, do not count."""
    first_word = next((place for place, segment in enumerate(segments) if segment[0] > "9"), len(segments))
    backwards: list[int | str] = [_END]
    zero = _END  # what a zero is here; none that counts at the end
    for place in range(len(segments) - 1, -1, -1):
        if place == first_word - 1:
            zero = _END
        segment = segments[place]
        if segment[0] > "9":
            backwards += (segment, _WORD)
            zero = _ZERO_BELOW
            continue
        digits = segment.lstrip("0")
        if digits:
            backwards += (digits, len(digits), _NUMBER)
            zero = _ZERO_ABOVE
        elif zero != _END:
            backwards.append(zero)
    return tuple(reversed(backwards))


def _pessimistic(version: str) -> Conjunction:
    """`~> 1.2.3`: at least that, and less than 1.3 by its release, so that the pre-releases of 1.3 are out too. The
    segment `A` is the least that is a word."""
    release: list[str] = []
    for segment in _segments(version):
        if segment[0] > "9":
            break
        release.append(segment)
    kept = release[:-1] or release
    return Bound(">=", version), Bound("<", ".".join([*kept[:-1], successor(kept[-1]), "A"]))
