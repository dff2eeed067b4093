"""Reading the members of a zip archive within bounds."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from lading.model.errors import LimitError, SafeIOError
from lading.safeio.content import Content

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


class ZipContent:
    """A zip archive whose bytes are at hand, such as a jar in a layer. `budget` bounds the bytes that may be inflated
    out of it altogether; archives
    inside archives share one."""

    def __init__(self, content: Content, budget: "ZipBudget") -> None:
        """Raises SafeIOError when it is not a zip archive or its directory is damaged."""
        self._budget = budget
        try:
            self._archive = zipfile.ZipFile(cast("IO[bytes]", _Seekable(content)))
            self._members = {info.filename: info for info in self._archive.infolist() if not info.is_dir()}
        except (OSError, *_DAMAGE) as error:
            raise SafeIOError(f"not a zip archive, or a damaged one ({error})") from error

    @property
    def names(self) -> Sequence[str]:
        """The members' names as the archive writes them, in its order; directories left out."""
        return tuple(self._members)

    def read(self, name: str) -> bytes:
        """The content of a member. Raises SafeIOError when it is damaged or written in a way that is not read,
        LimitError when the budget is spent."""
        info = self._members[name]
        self._budget.take(info.file_size)
        data = _read(self._archive, info, info.file_size)
        if data is None:
            raise SafeIOError(f"{name}: a damaged or unusual zip member")
        return data


class ZipBudget:
    """How many bytes archives in archives may still ask for."""

    def __init__(self, size: int = 1_000_000_000) -> None:
        self._left = size
        self._size = size

    def take(self, size: int) -> None:
        """Spends `size` bytes. Raises LimitError when they are not left."""
        if size > self._left:
            raise LimitError(f"archives in it inflate to more than {self._size:,} bytes; the rest was not read", "zip")
        self._left -= size


class _Seekable(io.RawIOBase):
    """A content as the file object that `zipfile` asks for."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        start = self._position
        end = len(self._content) if size is None or size < 0 else start + size
        data = self._content[start:end]
        self._position = start + len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = (0, self._position, len(self._content))[whence]
        if base + offset < 0:
            raise ValueError("a negative position")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    if info.compress_type not in _METHODS or info.file_size > limit:
        return None
    try:
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except _DAMAGE:
        return None
    return data if len(data) <= limit else None
