"""Secrets as people hand them over."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

SHORTEST: Final = 16
_MOST: Final = 4096
_FILE: Final = "@"


class Secret(Struct, frozen=True):
    """A secret, which no text about it shows."""

    value: bytes

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "(secret)"


def parse_secret(text: str, locate: Callable[[str], Path]) -> Secret:
    """What a text hands over: itself, or with `@FILE` the content of a file without its last line end. Raises
    ValueError, which does not repeat it."""
    value = _read(locate(text.removeprefix(_FILE))) if text.startswith(_FILE) else text.encode()
    if not SHORTEST <= len(value) <= _MOST:
        raise ValueError(f"expected a secret of {SHORTEST} to {_MOST:,} bytes, or @FILE; this has {len(value):,}")
    return Secret(value)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST + 2).rstrip(b"\r\n")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
