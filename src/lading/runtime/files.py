"""Small files of engines on this host."""

import os
from pathlib import Path
from typing import Final

_MOST: Final = 64_000_000
_FILE: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_bounded(path: Path, most: int = _MOST) -> bytes | None:
    """A file, None for one that is not there, may not be read or is too large."""
    try:
        descriptor = os.open(path, _FILE)
    except OSError:
        return None
    try:
        data = b""
        while len(data) <= most and (piece := os.read(descriptor, 1024 * 1024)):
            data += piece
        return data if len(data) <= most else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_pid(path: Path) -> int:
    """The number of a process in a file, 0 where there is none."""
    text = (read_bounded(path, 100) or b"").strip()
    return int(text) if text.isdigit() and len(text) < 10 else 0
