"""Gentoo versions: `number{.number}[letter]{_suffix[number]}[-rnumber]`.

Source: Package Manager Specification, 3.2 "Version Specifications" and 3.3 "Version Comparison".
"""

import re

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Component = tuple[int, str] | tuple[int, Number]
Key = tuple[Number, tuple[Component, ...], str, tuple[tuple[int, Number], ...], Number]

_VERSION = re.compile(
    r"(?P<first>[0-9]+)(?P<others>(?:\.[0-9]+)*)(?P<letter>[a-z]?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*)(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_(alpha|beta|pre|rc|p)([0-9]*)")
_RANKS = {"alpha": 0, "beta": 1, "pre": 2, "rc": 3, "p": 5}
_END = (4, number(""))


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    others = tuple(_component(digits) for digits in match["others"].split(".")[1:])
    suffixes = tuple((_RANKS[word], number(digits)) for word, digits in _SUFFIX.findall(match["suffixes"]))
    return number(match["first"]), others, match["letter"], (*suffixes, _END), number(match["revision"] or "")


def _component(digits: str) -> Component:
    """A number behind a dot; one that begins with a zero is a fraction, less than any that does not."""
    if digits.startswith("0"):
        return 0, digits.rstrip("0")
    return 1, number(digits)
