"""JSON of others, read as JavaScript reads it.

Source: ECMA-262, `JSON.parse`; Node's reader of package.json, which leaves out a byte order mark and puts U+FFFD for
bytes that are not UTF-8.
"""

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any, TypeVar

import msgspec

from lading.model.reader import Content
from lading.safeio.limits import Spend, unbounded

_Kind = TypeVar("_Kind")

_LARGEST = 64_000_000
_MOST_VALUES = 1_500_000
_STEPS_A_CHARACTER = 1
_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:([\[\]{}:,"])|(true|false|null)|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)|\Z)'
)
_decode_text = JSONDecoder().raw_decode
_WORDS = {"true": True, "false": False, "null": None}


def decode_json(content: Content, kind: type[_Kind], most: int = _LARGEST, spend: Spend = unbounded) -> _Kind:
    """A document as a value of that kind: of members of one name the last counts, text may hold half a character, and
    no nesting is too deep and no number too large. Halves of characters are written out (`\\ud800`).

    Raises ValueError for what is not JSON, not of that kind, above `most` bytes, more than 1.5 million values, or
    values of one kind within one another too deeply. `spend` is told of a document that takes long to read.
    """
    if len(content) > most:
        raise ValueError(f"{len(content):,} bytes, more than {most:,}")
    data = content[:]
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES:,} values")
    data = data.removeprefix(_BOM)
    try:
        return msgspec.json.decode(data, type=kind)
    except (ValueError, RecursionError):
        # msgspec is the fastest, and stricter than JavaScript.
        text = data.decode("utf-8", "replace")
        spend(_STEPS_A_CHARACTER * len(text))
        try:
            return msgspec.convert(_parse(text), kind)
        except RecursionError as error:  # of a kind that holds values of its own kind
            raise ValueError("nested too deeply") from error


def _parse(text: str) -> object:
    """The one value of a text. Containers are put together without recursion; `expected` says what may come next.
    Raises ValueError."""
    root: list[Any] = []
    here: list[Any] | dict[str, Any] = root
    above: list[list[Any] | dict[str, Any]] = []
    key = ""
    expected = "value"
    for mark, value in _tokens(text):
        may_end = expected == "next" or expected.endswith("or end")
        if expected.startswith("value") and mark in ("value", "[", "{"):
            if isinstance(here, list):
                here.append(value)
            else:
                here[key] = value
            expected = "next"
            if mark != "value":
                above.append(here)
                here = value
                expected = "value or end" if mark == "[" else "key or end"
        elif expected.startswith("key") and mark == "value" and isinstance(value, str):
            key, expected = value, "colon"
        elif expected == "colon" and mark == ":":
            expected = "value"
        elif expected == "next" and mark == "," and above:
            expected = "value" if isinstance(here, list) else "key"
        elif may_end and above and mark == ("]" if isinstance(here, list) else "}"):
            here, expected = above.pop(), "next"
        else:
            raise ValueError(f"JSON in which {mark!r} stands where it must not")
    if above or not root:
        raise ValueError("JSON that ends too early")
    return root[0]


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    """("value", a text, number or word), ("[", a list), ("{", a dictionary), or another mark. Raises ValueError."""
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not JSON at character {at:,}")
        at = match.end()
        mark, word, number = match.groups()
        if mark == '"':
            value, at = _decode_text(text, at - 1)
            yield "value", value.encode("utf-8", "backslashreplace").decode()
        elif mark:
            yield mark, [] if mark == "[" else {} if mark == "{" else None
        elif word:
            yield "value", _WORDS[word]
        elif number:
            yield "value", float(number)
        else:
            return
