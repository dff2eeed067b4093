"""Paragraphs of fields, as Debian's tools and opkg write them.

Source: deb822(5).
"""

import re
from collections.abc import Collection, Iterator

_SOURCE = re.compile(r"(\S+)\s+\(([^()\s]+)\)")


def iter_paragraphs(text: str, fields: Collection[str]) -> Iterator[dict[str, str]]:
    """Those of `fields` (lower-case names) that each paragraph has; of hidden ones the first line."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if not line or line.isspace():
            if found:
                yield found
                found = {}
        elif line[0] not in " \t":
            key, colon, value = line.partition(":")
            key = key.lower()
            if colon and key in fields:
                found[key] = value.strip()
    if found:
        yield found


def source_of(text: str, name: str, version: str) -> tuple[str, str]:
    """Name and version of the source package that the field Source states ("glibc (2.36-9)"), which are the package's
    own `name` and `version` where it does not."""
    match = _SOURCE.match(text)
    if match:
        return match[1], match[2]
    return text.split(maxsplit=1)[0] if text.split() else name, version
