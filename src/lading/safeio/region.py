"""Reading a stretch of a local file: as a stream, or as a tar input that seeks over what is not wanted."""

import os
import stat
from pathlib import Path

from lading.model.errors import SafeIOError
from lading.model.ports import ByteStream, Region
from lading.model.reader import Content
from lading.safeio.content import Stretch
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.tar_header import BLOCK

_WINDOW = 16 * 1024
_AT_ONCE = 64 * 1024
"""Files of at most this many bytes are read whole."""


class RegionStream:
    """A ByteStream over a region. Raises SafeIOError when the file cannot be read or is shorter than the region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._fd = open_file(region.path)
        self._position = region.offset
        self._end = region.offset + region.size

    def read(self, size: int, /) -> bytes:
        data = os.pread(self._fd, min(size, self._end - self._position), self._position)
        if not data and self._position < self._end:
            raise _short(self._region.path)
        self._position += len(data)
        return data

    def close(self) -> None:
        os.close(self._fd)


class RegionInput:
    """A TarInput over a region of an uncompressed file: `skip` reads nothing."""

    def __init__(self, region: Region) -> None:
        self._path = region.path
        self._fd = open_file(region.path)
        self._position = region.offset
        self._end = region.offset + region.size
        self._buffer = b""
        self._base = self._position

    def take(self, size: int, /) -> bytes:
        start = self._position - self._base
        if start + size > len(self._buffer):
            wanted = min(max(size, _WINDOW), self._end - self._position)
            self._buffer = os.pread(self._fd, wanted, self._position)
            self._base = self._position
            start = 0
        data = self._buffer[start : start + size]
        self._position += len(data)
        return data

    def peek(self, size: int, /) -> bytes:
        start = self._position - self._base
        if start + size <= len(self._buffer):
            return self._buffer[start : start + size]
        data = self.take(size)
        self._position -= len(data)
        return data

    def content(self, size: int, /) -> Content:
        if size <= _AT_ONCE:
            return self.take(size)
        size = min(size, self._end - self._position)
        content = Stretch(self._fd, self._position, size, self._path)
        self.skip(size)
        return content

    def skip(self, size: int, /) -> int:
        self._position += size
        missing = self._position - self._end
        if missing <= 0:
            return 0
        self._position = self._end
        return missing

    def close(self) -> None:
        os.close(self._fd)


def whole_file(path: str) -> Region:
    """All of a regular file. Anything else, such as a pipe, could hold a scan up for ever. Raises SafeIOError."""
    status = file_status(path)
    if not stat.S_ISREG(status.st_mode):
        raise SafeIOError(f"{path}: cannot be read: it is not a file")
    return Region(path, 0, status.st_size)


def file_status(path: str) -> os.stat_result:
    """The status of what lies at a path. Raises SafeIOError."""
    try:
        return Path(path).stat()
    except OSError as error:
        raise SafeIOError(f"{path}: cannot be read: {error.strerror}") from error


def first_bytes(path: str, limits: Limits | None = None) -> bytes:
    """The first bytes of a file, a block of a tar where there are so many; inflated, with `limits`, where it is
    compressed. Raises SafeIOError."""
    stream: ByteStream = RegionStream(whole_file(path))
    try:
        if limits is not None:
            stream = open_inflated(stream, path, limits)
        head = b""
        while len(head) < BLOCK and (piece := stream.read(BLOCK - len(head))):
            head += piece
        return head
    finally:
        stream.close()


def open_file(path: str) -> int:
    """A read-only descriptor. Raises SafeIOError."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SafeIOError(f"{path}: cannot be read: {error.strerror}") from error


def _short(path: str) -> SafeIOError:
    return SafeIOError(f"{path}: the tar archive ends too early (truncated): fetch the image again")
