"""The content of one file: in memory when it is small, read from disk as it is asked for when it is not."""

import os
import re
import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from lading.model.errors import SafeIOError
from lading.model.reader import Content

IN_MEMORY = 16 * 1024 * 1024
"""Files above this many bytes are spooled."""
LONGEST_MATCH = 1024
"""The most bytes that a pattern for `iter_matches` may match, looks behind and ahead included."""
_WINDOW = 1024 * 1024
_BUFFER = 16 * 1024


class Windowed(ABC):
    """A content that is searched window by window."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: slice, /) -> bytes: ...

    def find(self, sub: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As `bytes.find`."""
        start, end, _ = slice(start, end).indices(len(self))
        for place in range(start, max(end, start + 1), _WINDOW):
            found = self[place : min(place + _WINDOW + len(sub) - 1, end)].find(sub)
            if found >= 0:
                return place + found
        return -1

    def rfind(self, sub: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As `bytes.rfind`."""
        start, end, _ = slice(start, end).indices(len(self))
        while end > start:
            place = max(start, end - _WINDOW - len(sub))
            found = self[place:end].rfind(sub)
            if found >= 0:
                return place + found
            end = place + len(sub) - 1 if place > start else start
        return -1


class Room:
    """How many bytes of files above `IN_MEMORY` may be in memory all the same, whichever threads read them."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lock = threading.RLock()

    def take(self, size: int) -> "Taken | None":
        """Room for so many bytes, which is given back when nobody holds it any more; None where there is none."""
        with self._lock:
            if size > self._left:
                return None
            self._left -= size
        return Taken(self, size)

    def give_back(self, size: int) -> None:
        """Gives back what was taken."""
        with self._lock:
            self._left += size


class Taken:
    """Bytes taken of a room."""

    def __init__(self, room: Room, size: int) -> None:
        self._room = room
        self._size = size

    def __del__(self) -> None:
        self._room.give_back(self._size)


class Gathered(Windowed):
    """`size` bytes of a stream, in the pieces in which they came: to join them is to copy them. The first begins
    `start` bytes before. `taken` is the room that they have."""

    def __init__(self, pieces: Sequence[bytes], start: int, size: int, taken: Taken | None = None) -> None:
        self._pieces = pieces
        self._size = size
        self._starts = list(accumulate(map(len, pieces[:-1]), initial=-start))
        self._taken = taken

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: slice, /) -> bytes:
        start, end, _ = index.indices(self._size)
        if end <= start:
            return b""
        number = bisect_right(self._starts, start) - 1
        base, piece = self._starts[number], self._pieces[number]
        if end <= base + len(piece):
            return piece[start - base : end - base]
        parts = [memoryview(piece)[start - base :]]
        while (base := base + len(piece)) < end:
            number += 1
            piece = self._pieces[number]
            parts.append(memoryview(piece)[: end - base])
        return b"".join(parts)


class Stretch(Windowed):
    """Part of an open file, of which only what is asked for is read. The file must stay open as long as it is used.
    Every use raises SafeIOError when the file cannot be read or has become shorter; `where` names it."""

    def __init__(self, descriptor: int, offset: int, size: int, where: str) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._size = size
        self._where = where
        self._buffer = b""
        self._base = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: slice, /) -> bytes:
        start, end, _ = index.indices(self._size)
        if end <= start:
            return b""
        base = self._base
        if not (base <= start and end <= base + len(self._buffer)):
            if end - start > _BUFFER:
                return self._read(start, end - start)
            self._buffer = self._read(start, min(_BUFFER, self._size - start))
            self._base = base = start
        return self._buffer[start - base : end - base]

    def _read(self, start: int, size: int) -> bytes:
        try:
            data = os.pread(self._descriptor, size, self._offset + start)
        except OSError as error:
            raise SafeIOError(f"{self._where}: cannot be read: {error.strerror}") from error
        if len(data) < size:
            raise SafeIOError(f"{self._where}: became shorter while it was read")
        return data


class Part:
    """A stretch of other content, which is not copied."""

    def __init__(self, content: Content, start: int, end: int) -> None:
        self._content = content
        self._start = start
        self._end = max(start, min(end, len(content)))

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, index: slice, /) -> bytes:
        start, end, _ = index.indices(len(self))
        return self._content[self._start + start : self._start + max(start, end)]

    def find(self, sub: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As `bytes.find`."""
        start, end, _ = slice(start, end).indices(len(self))
        return max(-1, self._content.find(sub, self._start + start, self._start + end) - self._start)

    def rfind(self, sub: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As `bytes.rfind`."""
        start, end, _ = slice(start, end).indices(len(self))
        return max(-1, self._content.rfind(sub, self._start + start, self._start + end) - self._start)


class ContentStream:
    """A ByteStream over content, which stays whose it is."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._content[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """Nothing is held."""


def iter_pieces(content: Content) -> Iterator[bytes]:
    """All of the content, in pieces."""
    for start in range(0, len(content), _WINDOW):
        yield content[start : start + _WINDOW]


def iter_matches(pattern: re.Pattern[bytes], content: Content, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The matches between `start` and `end`, in order, for patterns within `LONGEST_MATCH`. Places in a match are not
    those in the content."""
    end = min(end, len(content))
    while start < end:
        base = max(0, start - LONGEST_MATCH)
        stop = min(start + _WINDOW, end)
        window = content[base : min(stop + LONGEST_MATCH, end)]
        first, start = start, stop
        for match in pattern.finditer(window, first - base):
            if base + match.start() >= stop:
                break
            start = max(stop, base + match.end())
            yield match


def no_place(error: OSError) -> str:
    """What is said of a temporary file that cannot be made."""
    if isinstance(error, FileNotFoundError):
        return "no directory for temporary files can be written; name one in TMPDIR"
    return error.strerror or str(error)


class _Spooled(Stretch):
    """A temporary file, gone with its last reference. What is read of it does not stay in memory, as it would of a
    file that is mapped."""

    def __init__(self, descriptor: int, size: int, where: str) -> None:
        super().__init__(descriptor, 0, size, where)
        self._own = descriptor

    def __del__(self) -> None:
        os.close(self._own)


def spool(pieces: Iterator[bytes]) -> Content:
    """The pieces as one content on disk, gone with its last reference. Raises SafeIOError when the disk is full."""
    import tempfile

    try:
        place = tempfile.gettempdir()
    except OSError as error:
        raise SafeIOError(f"a large file cannot be spooled: {no_place(error)}") from error
    try:
        with tempfile.TemporaryFile(prefix="lading-") as file:
            for piece in pieces:
                file.write(piece)
            size = file.tell()
            file.flush()
            return _Spooled(os.dup(file.fileno()), size, place)
    except OSError as error:
        raise SafeIOError(f"{place}: a large file cannot be spooled: {error.strerror}") from error
