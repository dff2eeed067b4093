"""Arch Linux versions: `[epoch:]version[-release]`.

Source: vercmp(8) and libalpm's version.c with its test/util/vercmptest.sh. A missing epoch is 0. A missing release
equals every release, so that only versions that have one, or only those without, are in a total order. What stands
between letters and digits counts by its length. A version that ends in such characters has no place in the order of the
others and is none here.
"""

import re
from functools import total_ordering
from typing import Any

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

_EVR = re.compile(r"(?:(?P<epoch>[0-9]*):)?(?P<version>[!-~]*[0-9A-Za-z])")
_SEGMENT = re.compile(r"([^0-9A-Za-z]*)([0-9]+|[A-Za-z]+)")
# What may come next in a part, ascending: letters at once, its end, or anything else.
_LETTERS, _END, _OTHER = range(3)


@total_ordering
class Key:
    """The sort key of a version. `release` is None when it is missing."""

    __slots__ = ("release", "version")

    def __init__(self, version: tuple[Any, ...], release: tuple[Any, ...] | None) -> None:
        self.version = version
        self.release = release

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        alike = self.release is None or other.release is None or self.release == other.release
        return self.version == other.version and alike

    def __lt__(self, other: "Key") -> bool:
        if self.version != other.version or self.release is None or other.release is None:
            return self.version < other.version
        return self.release < other.release

    def __hash__(self) -> int:
        return hash(self.version)


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _EVR.fullmatch(text)
    if match is None:
        return None
    version, dash, release = match["version"].rpartition("-")
    if not dash:
        version = release
    elif not version or not version[-1].isalnum():
        return None
    epoch = number(match["epoch"] or "")
    return Key((epoch, *_part(version)), _part(release) if dash else None)


def _part(text: str) -> tuple[tuple[int | str | Number, ...], ...]:
    key: list[tuple[int | str | Number, ...]] = []
    for between, segment in _SEGMENT.findall(text):
        if segment.isdigit():
            key.append((_OTHER, len(between), 1, number(segment)))
        elif between:
            key.append((_OTHER, len(between), 0, segment))
        else:
            key.append((_LETTERS, segment))
    return (*key, (_END,))
