"""The rows of shards that are being built: more of them than memory holds, in any order, given back sorted."""

import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from struct import Struct

from lading.model.errors import AdvisoryError

_MOST_HELD = 96_000_000
_OVERHEAD = 300
"""Bytes that a row takes in memory beside its key and body."""
_LENGTHS = Struct("<II")
_CHUNK = 256 * 1024


class Room:
    """The memory that the shards of one build share, `most` bytes."""

    def __init__(self, most: int = _MOST_HELD) -> None:
        self._most = most
        self._held = 0
        self._rows: list[Rows] = []

    def enter(self, rows: "Rows") -> None:
        self._rows.append(rows)

    def leave(self, rows: "Rows") -> None:
        if rows in self._rows:
            self._held -= rows.held
            self._rows.remove(rows)

    def take(self, size: int) -> None:
        """Counts `size` more bytes; where they are too many, the largest holders write theirs to disk."""
        self._held += size
        while self._held > self._most:
            largest = max(self._rows, key=lambda rows: rows.held)
            self._held -= largest.held
            largest.spill()


class Rows:
    """Rows by their keys. Of several of one key the last stays if `ordered`, else the longest (of equal length the one
    that sorts last), so that their order does not matter. What does not fit into memory is kept in an unlinked file in
    `folder`. Raises AdvisoryError when that cannot be written."""

    def __init__(self, folder: Path, room: Room, *, ordered: bool = False) -> None:
        self.held = 0
        self._ordered = ordered
        self._folder = folder
        self._room = room
        self._rows: dict[bytes, bytes] = {}
        self._file = -1
        self._runs: list[tuple[int, int]] = []
        room.enter(self)

    def add(self, key: bytes, body: bytes) -> None:
        before = self._rows.get(key)
        if before is not None and not self._ordered and _weight(before) >= _weight(body):
            return
        self._rows[key] = body
        size = len(body) - len(before) if before is not None else len(key) + len(body) + _OVERHEAD
        self.held += size
        self._room.take(size)

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Every row, sorted by key."""
        if not self._runs:
            yield from sorted(self._rows.items())
            return
        runs = [*(self._read(start, end) for start, end in self._runs), iter(sorted(self._rows.items()))]
        merged = heapq.merge(*map(_numbered, count(), runs))
        key, _, body = next(merged)
        for other, _, newer in merged:
            if other != key:
                yield key, body
                key, body = other, newer
            elif self._ordered or _weight(newer) > _weight(body):
                body = newer
        yield key, body

    def spill(self) -> None:
        """Writes what is in memory to disk."""
        try:
            if self._file < 0:
                self._file = _open_unlinked(self._folder)
            start = os.lseek(self._file, 0, os.SEEK_END)
            with open(self._file, "ab", _CHUNK, closefd=False) as file:
                for key, body in sorted(self._rows.items()):
                    file.write(_LENGTHS.pack(len(key), len(body)) + key + body)
            self._runs.append((start, os.lseek(self._file, 0, os.SEEK_END)))
        except OSError as error:
            raise AdvisoryError(f"{self._folder}: cannot be written: {error.strerror}") from error
        self._rows = {}
        self.held = 0

    def close(self) -> None:
        """Forgets every row."""
        self._room.leave(self)
        self._rows = {}
        self.held = 0
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self, start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
        buffer = b""
        at = 0
        while start < end or at < len(buffer):
            if len(buffer) - at < _LENGTHS.size:
                start, buffer, at = self._more(start, end, buffer, at, _LENGTHS.size)
            of_key, of_body = _LENGTHS.unpack_from(buffer, at)
            needed = _LENGTHS.size + of_key + of_body
            if len(buffer) - at < needed:
                start, buffer, at = self._more(start, end, buffer, at, needed)
            middle = at + _LENGTHS.size + of_key
            yield buffer[at + _LENGTHS.size : middle], buffer[middle : middle + of_body]
            at += needed

    def _more(self, start: int, end: int, buffer: bytes, at: int, needed: int) -> tuple[int, bytes, int]:
        rest = buffer[at:]
        piece = os.pread(self._file, min(max(_CHUNK, needed), end - start), start)
        if len(rest) + len(piece) < needed:
            raise AdvisoryError(f"{self._folder}: a temporary file came back shorter than it was written")
        return start + len(piece), rest + piece, 0


def _weight(body: bytes) -> tuple[int, bytes]:
    return len(body), body


def _numbered(number: int, rows: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, int, bytes]]:
    return ((key, number, body) for key, body in rows)


def _open_unlinked(folder: Path) -> int:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
    Path(name).unlink()
    return descriptor
