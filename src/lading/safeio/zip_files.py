"""Reading a zip archive in a file, member by member and within bounds."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lading.model.errors import SafeIOError

_MOST_MEMBERS = 2_000_000
_MOST_BYTES = 50_000_000_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The only ones in use; the others may ask for much memory."""
# What `zipfile` lets through of its own on damaged archives, beside its BadZipFile: names that are not UTF-8, fields
# cut short, versions and flags it does not know, passwords.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


def iter_zip(path: Path, member_limit: int) -> Iterator[tuple[str, bytes | None]]:
    """(name, content) of each member in archive order; None for one that is damaged or above `member_limit` bytes.

    Raises SafeIOError when the archive as a whole cannot be read, or holds too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_MEMBERS:
                raise SafeIOError(f"{path}: more than {_MOST_MEMBERS:,} members; refused")
            held = 0
            for info in archive.infolist():
                if info.filename.endswith("/"):
                    continue
                data = _read(archive, info, member_limit)
                held += len(data or b"")
                if held > _MOST_BYTES:
                    raise SafeIOError(f"{path}: more than {_MOST_BYTES:,} bytes uncompressed; refused")
                yield info.filename, data
    except (OSError, *_DAMAGE) as error:
        raise SafeIOError(f"{path}: not a zip archive, or a truncated one ({error})") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    if info.compress_type not in _METHODS or info.file_size > limit:
        return None
    try:
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except _DAMAGE:
        return None
    return data if len(data) <= limit else None
