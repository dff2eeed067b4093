"""Knowing a shard that was checked before: hashing a large one takes longer than all that a scan asks of it.

Beside a shard lies a stamp with what the file system says of the file: its number, size, and the times of its last
changes. The time of the last change of state cannot be set by programs, so a file that is as its stamp says has not
been written to since.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from lading.model.errors import SafeIOError
from lading.safeio.atomic import PUBLIC, write_atomic

SUFFIX = ".checked"


def digest_of(path: Path, expected: str) -> str:
    """The digest (`sha256:…`) of a file: `expected` where its stamp says that it was found to be that, else computed,
    and stamped if it is as expected and the directory can be written. Raises OSError."""
    with suppress(OSError):
        if _stamp_of(path).read_bytes() == _state(path.stat()):
            return expected
    digest = file_digest(path)
    if digest == expected:
        stamp(path)
    return digest


def stamp(path: Path) -> None:
    """Notes that a file is what its name says, if the directory can be written."""
    with suppress(SafeIOError, OSError):
        write_atomic(_stamp_of(path), _state(path.stat()), PUBLIC)


def file_digest(path: Path) -> str:
    """The digest (`sha256:…`) of what a file holds. Raises OSError."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _stamp_of(path: Path) -> Path:
    return path.with_suffix(SUFFIX)


def _state(status: os.stat_result) -> bytes:
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode()
