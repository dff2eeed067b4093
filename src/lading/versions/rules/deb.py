"""Debian versions: `[epoch:]upstream[-revision]`.

Source: deb-version(7) and Debian Policy 5.6.12; verified against `dpkg --compare-versions`. What dpkg calls bad
syntax is not a version here, even where dpkg would go on with a warning.
"""

import re

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Key = tuple[Number, tuple[str | Number, ...], tuple[str | Number, ...]]

_VERSION = re.compile(r"(?:(?P<epoch>[0-9]{1,10}):)?(?P<upstream>[0-9][A-Za-z0-9.+~:-]*)")
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_MAX_EPOCH = 2**31 - 1
# Letters sort before all other characters, the end of a part before letters, and the tilde before the end.
_END = "\x02"
_ORDER = str.maketrans({"~": "\x01", **{character: chr(ord(character) + 256) for character in "+-.:"}})


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _VERSION.fullmatch(text.strip(" \t"))
    if match is None:
        return None
    epoch, upstream = match["epoch"], match["upstream"]
    if epoch is None and ":" in upstream:
        return None
    if epoch is not None and int(epoch) > _MAX_EPOCH:
        return None
    upstream, dash, revision = upstream.rpartition("-")
    if not dash:
        upstream, revision = revision, ""
    elif not revision or ":" in revision:
        return None
    return number(epoch or ""), _part_key(upstream), _part_key(revision)


def _part_key(text: str) -> tuple[str | Number, ...]:
    """Text and numbers in turn. A part that has run out counts as no text and zero."""
    key: list[str | Number] = []
    for characters, digits in _PARTS.findall(text):
        if characters or digits or not key:
            key += (characters.translate(_ORDER) + _END, number(digits))
    return (*key, _END)
