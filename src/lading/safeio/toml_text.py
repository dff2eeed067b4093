"""TOML (https://toml.io/en/v1.0.0): texts that strangers wrote, and values for texts of our own."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from lading.model.errors import FormatError

# tomllib takes quadratic time for dotted keys: what people write stays far below these.
_MOST_DOTS_IN_HEADER: Final = 12
_MOST_SQUARED_DOTS: Final = 10_000_000
_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_KEY: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*({_KEY})[ \t]*\]")
_ENTRY: Final = re.compile(rf"[ \t]*({_KEY})[ \t]*=")


def parse_toml(data: bytes) -> dict[str, Any]:
    """The tables of a text in UTF-8. Raises FormatError, with line and column where they are known, for what is no
    TOML, nests too deep or has keys of very many parts."""
    import tomllib

    _check_keys(data)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"not TOML: not UTF-8 (at line {line})") from error
    except RecursionError as error:
        raise FormatError("not TOML that can be read: nested too deep") from error
    except ValueError as error:
        raise FormatError(f"not TOML: {error}") from error


def line_of(text: str, *path: str | int) -> int:
    """The line, from 1, at which the value of a key stands in a text that `parse_toml` took; `path` is the key with
    the tables it is in, and the places, from 0, in lists of tables (`"ignore", 2, "owner"` for the third `[[ignore]]`).
    Where only tables around it can be found (it is in an inline table), the line of the innermost of these; 0 for
    nothing at all.
    """
    lines = _lines(text)
    found = (lines.get(path[:depth]) for depth in range(len(path), 0, -1))
    return next(filter(None, found), 0)


def quoted(text: str) -> str:
    """A text as a basic string, in one line. What cannot be shown is written out, so that nothing drives a terminal."""
    shown = (f"\\{char}" if char in '"\\' else char if char.isprintable() else _escape(char) for char in text)
    return f'"{"".join(shown)}"'


def _escape(char: str) -> str:
    code = ord(char)
    return "\\uFFFD" if 0xD800 <= code < 0xE000 else f"\\U{code:08X}"  # TOML has no lone surrogates


@lru_cache(maxsize=4)
def _lines(text: str) -> Mapping[tuple[str | int, ...], int]:
    """The first line of each key and table."""
    table: tuple[str | int, ...] = ()
    last: dict[tuple[str | int, ...], int] = {}
    lines: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if (header := _HEADER.match(line)) is not None:
            here = table = _place_of(_parts(header[1]), last, starts=line.lstrip().startswith("[["))
        elif (entry := _ENTRY.match(line)) is not None:
            here = (*table, *_parts(entry[1]))
        else:
            continue
        for depth in range(1, len(here) + 1):
            lines.setdefault(here[:depth], number)
    return lines


def _place_of(parts: tuple[str, ...], last: dict[tuple[str | int, ...], int], *, starts: bool) -> tuple[str | int, ...]:
    """The place of a header with the numbers of the lists of tables that it is in. `last` has the number of the last
    table of each list; the header of a new one (`starts`) counts it up."""
    here: tuple[str | int, ...] = ()
    for position, part in enumerate(parts, 1):
        here = (*here, part)
        if starts and position == len(parts):
            last[here] = last.get(here, -1) + 1
        if here in last:
            here = (*here, last[here])
    return here


def _check_keys(data: bytes) -> None:
    squares = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        dots = line.count(b".")
        squares += dots * dots
        if squares > _MOST_SQUARED_DOTS or (dots > _MOST_DOTS_IN_HEADER and line.lstrip().startswith(b"[")):
            raise FormatError(f"not TOML that can be read: a key has too many parts (at line {number})")


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
