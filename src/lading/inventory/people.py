"""Who made a package, from the words of several ecosystems to one text; bounded, as a file may state anything."""

import re
from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 300
_MOST: Final = 20
_NOBODY: Final = frozenset({"", "unknown", "none", "n/a", "todo", "author", "your name"})
"""What is written for want of a name."""
_STATED: Final = re.compile(r"([^<>()]*)(?:<([^<>]*)>)?[^<>]*")
_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def person(name: str, address: str = "") -> str:
    """`NAME <ADDRESS>` on one line, or the one of them that there is; empty for nobody."""
    name, address = " ".join(name.split()).strip('"'), address.strip()
    if name.lower() in _NOBODY:
        name = ""
    if not _ADDRESS.fullmatch(address):
        address = ""
    text = f"{name} <{address}>" if name and address else name or address
    return text if len(text) <= _LONGEST else name[:_LONGEST]


def stated_person(text: str) -> str:
    """The same of a text as people write it: `NAME <ADDRESS> (PAGE)`, with only the first needed."""
    if "<" not in text and _ADDRESS.fullmatch(text.strip()):
        return person("", text)
    match = _STATED.match(text)
    return person(match[1], match[2] or "") if match else ""


def people(persons: Iterable[str]) -> str:
    """Several persons as one text: who is alone with the address, of others the names."""
    each = list(dict.fromkeys(filter(None, persons)))[:_MOST]
    if len(each) < 2:
        return "".join(each)
    text = ""
    for one in dict.fromkeys(one.partition(" <")[0] for one in each):
        longer = f"{text}, {one}" if text else one
        if len(longer) > _LONGEST:
            break
        text = longer
    return text
