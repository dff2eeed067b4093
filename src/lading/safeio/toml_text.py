"""TOML texts that strangers wrote (https://toml.io/en/v1.0.0)."""

import re
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


def line_of(text: str, *path: str) -> int:
    """The line, from 1, at which the value of a key stands in a text that `parse_toml` took; `path` is the key with
    the tables it is in. Where only tables around it can be found (it is in an inline table), the line of the innermost
    of these; 0 for nothing at all.
    """
    table: tuple[str, ...] = ()
    best, depth = 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        if (header := _HEADER.match(line)) is not None:
            here = table = _parts(header[1])
        elif (entry := _ENTRY.match(line)) is not None:
            here = (*table, *_parts(entry[1]))
        else:
            continue
        common = min(len(here), len(path))
        if here[:common] == path[:common] and common > depth:
            best, depth = number, common
    return best


def _check_keys(data: bytes) -> None:
    squares = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        dots = line.count(b".")
        squares += dots * dots
        if squares > _MOST_SQUARED_DOTS or (dots > _MOST_DOTS_IN_HEADER and line.lstrip().startswith(b"[")):
            raise FormatError(f"not TOML that can be read: a key has too many parts (at line {number})")


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
