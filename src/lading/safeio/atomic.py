"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lading.model.errors import SafeIOError

PUBLIC: Final = 0o644
"""The mode of files that hold nothing of one user's: others of the machine may read them."""
PRIVATE: Final = 0o600
"""The mode of files that are one user's alone."""


def write_atomic(path: Path, data: bytes | bytearray | Iterable[bytes | bytearray], mode: int = PRIVATE) -> None:
    """Replaces `path` by a file with this content, or these pieces of it, making its directories; a reader sees the old
    or the new one, also after a crash. `mode` are its permissions, by default its user's alone.

    Raises SafeIOError, naming the file and the reason, when it cannot be written; nothing is then left behind.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes | bytearray) else data)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
        sync_directory(path.parent)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise SafeIOError(f"{path}: cannot be written: {error.strerror or error}") from error
        raise


def sync_directory(path: Path) -> None:
    """Makes renames in a directory last through a crash of the machine. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
