"""The images that one call is about: named one by one, or in a file."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lading.model.errors import UsageError

_MOST: Final = 64_000_000
_MOST_IMAGES: Final = 1_000_000
_PIPED: Final = "-"


def images_named(arguments: Sequence[str], lists: Sequence[str]) -> tuple[str, ...]:
    """What the arguments name and then the files, each once. Raises UsageError for a file that cannot be read, for
    files that name nothing, and for standard input as one of several images."""
    found = tuple(dict.fromkeys((*arguments, *(name for one in lists for name in iter_listed(one)))))
    if not found:
        raise UsageError(f"--list {', '.join(lists)}: names no image")
    if len(found) > _MOST_IMAGES:
        raise UsageError(f"{len(found):,} images are more than {_MOST_IMAGES:,}: scan them in parts")
    if len(found) > 1 and _PIPED in found:
        raise UsageError(f"{_PIPED}: standard input is one image: scan it alone, or name a list with --list -")
    return found


def iter_listed(path: str) -> Iterator[str]:
    """The references in a file, one in each line, where # begins a comment; "-" is standard input. Raises UsageError
    for a file that cannot be read or is too large, and for a line of several words."""
    for number, line in enumerate(_read(path).split("\n"), 1):
        text = line.partition("#")[0] if line.lstrip().startswith("#") else line.partition(" #")[0]
        text = text.strip()
        if len(text.split()) > 1:
            raise UsageError(f"--list {path}: line {number}: one image stands in each line")
        if text:
            yield text


def _read(path: str) -> str:
    try:
        if path == _PIPED:
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"--list {path}: cannot be read: {error.strerror}") from error
    if len(data) > _MOST:
        raise UsageError(f"--list {path}: is larger than {_MOST:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--list {path}: is not UTF-8") from error
