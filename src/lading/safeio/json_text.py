"""JSON of values that hold names from images: those that are not UTF-8 arrive as lone surrogates, which JSON cannot
carry."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

MOST_OBJECTS: Final = 500_000
"""How many objects a document of a stranger may hold: each takes some hundred bytes of memory and two of text."""
_BATCH: Final = 1000


def has_too_many_objects(data: bytes) -> bool:
    """Whether JSON of a stranger would take far more memory than it has bytes."""
    return data.count(b"{") > MOST_OBJECTS


def encode_json(value: object) -> bytes:
    """A value as compact JSON, with lone surrogates written out (`\\udcff`)."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(with_escapes(msgspec.to_builtins(value)))


def encode_document(value: object) -> bytes:
    """A value as JSON for files: indented, ending in a newline."""
    return msgspec.json.format(encode_json(value), indent=2) + b"\n"


def iter_document(
    value: object, depth: int, arrays: Iterable[tuple[str, Iterable[object]]], at_once: int = _BATCH
) -> Iterator[bytes]:
    """The same in pieces, where it holds arrays of so many members that these, and their text, take more memory than
    all else: `value` has an empty array in the place of each, so many levels deep, and `arrays` name them in their
    order. Their members are written some at a time, `at_once` of them."""
    text, indent = encode_document(value), "  " * depth
    begin = 0
    for name, members in arrays:
        opening = f'\n{indent}"{name}": ['.encode()
        # No text holds a line break, so that only a member of an object can be found by one.
        end = text.index(opening + b"]", begin) + len(opening)
        yield text[begin:end]
        yield from iter_array(members, indent, at_once)
        begin = end + 1
    yield text[begin:]


def iter_array(values: Iterable[object], indent: str, at_once: int = _BATCH) -> Iterator[bytes]:
    """The members of an array of a document, some at a time, and the bracket behind them: what follows the opening
    bracket on a line that is indented by `indent`."""
    remaining, line = iter(values), f"\n{indent}".encode()
    lead = b""
    while batch := list(islice(remaining, at_once)):
        yield lead + encode_document(batch)[1:-3].replace(b"\n", line)
        lead = b","
    yield line + b"]" if lead else b"]"


def with_escapes(value: Any) -> Any:
    """Lists and objects of texts, with what is not UTF-8 in these written out (`\\udcff`)."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [with_escapes(item) for item in value]
    if isinstance(value, dict):
        return {with_escapes(key): with_escapes(item) for key, item in value.items()}
    return value
