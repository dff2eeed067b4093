"""Sparse files inside tar archives: GNU's old format and the PAX formats 0.0, 0.1 and 1.0.

Source: the GNU tar manual, "Storing Sparse Files", and the behaviour of Go's archive/tar, which refuses maps that are
out of order and files whose stored bytes do not fit their map.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import add, le
from typing import Protocol

from msgspec import Struct

from lading.model.reader import Content
from lading.safeio.content import Windowed
from lading.safeio.pax import Records, read_integer
from lading.safeio.tar_header import BLOCK, GNU_MAGIC, read_number

_MOST_MAP_BYTES = 1024 * 1024
_GNU_IN_HEADER, _GNU_IN_BLOCK = (386, 4), (0, 21)
_NUMBERS = b"0123456789,+-"
_MAP, _MAJOR, _MINOR = b"GNU.sparse.map", b"GNU.sparse.major", b"GNU.sparse.minor"
_VERSIONS = ((b"0", b"0"), (b"0", b"1"), (b"1", b"0"))


class Taker(Protocol):
    """Gives exactly so many bytes, fewer only at the end of the input."""

    def take(self, size: int, /) -> bytes: ...


class SparseMap(Struct, frozen=True):
    """Where the stored pieces of a file lie, in order: piece by piece the `offsets` in the file, the `ends` there, and
    the `starts` among the stored bytes, of which there are `stored`. `size` is that of the file with its holes."""

    size: int
    offsets: Sequence[int]
    ends: Sequence[int]
    starts: Sequence[int]
    stored: int

    def first(self, size: int) -> int:
        """How many stored bytes are needed for the first `size` bytes of the file."""
        index = bisect_right(self.offsets, size) - 1
        return self.starts[index] + min(size, self.ends[index]) - self.offsets[index] if index >= 0 else 0

    def fill(self, stored: Content, start: int, end: int) -> bytes:
        """The bytes of the file from `start` to `end`, which lie within it."""
        content = bytearray(end - start)
        index = max(bisect_right(self.offsets, start) - 1, 0)
        while index < len(self.offsets) and self.offsets[index] < end:
            offset = self.offsets[index]
            first, last = max(offset, start), min(self.ends[index], end)
            if first < last:
                place = self.starts[index] + first - offset
                content[first - start : last - start] = stored[place : place + last - first]
            index += 1
        return bytes(content)


class SparseContent(Windowed):
    """The content of a sparse file, of which only what is asked for is made."""

    def __init__(self, sparse: SparseMap, stored: Content) -> None:
        self._sparse = sparse
        self._stored = stored

    def __len__(self) -> int:
        return self._sparse.size

    def __getitem__(self, index: slice, /) -> bytes:
        start, end, _ = index.indices(self._sparse.size)
        return self._sparse.fill(self._stored, start, end) if start < end else b""


def read_gnu_map(header: bytes, source: Taker) -> SparseMap:
    """The map of an entry of type "S", read on into its extension blocks. Raises ValueError when it is damaged,
    EOFError where the archive ends inside."""
    if header[257:265] != GNU_MAGIC:
        raise ValueError("a sparse file in another format than GNU's")
    size = read_number(header[483:495])
    numbers: list[int] = []
    block, (start, most) = header, _GNU_IN_HEADER
    used = 24 * most + 1
    while used < _MOST_MAP_BYTES:
        for place in range(start, start + 24 * most, 24):
            if not block[place]:
                break
            numbers.append(read_number(block[place : place + 12]))
            numbers.append(read_number(block[place + 12 : place + 24]))
        if not block[start + 24 * most]:
            return make_map(numbers, size)
        block, (start, most) = _take_block(source), _GNU_IN_BLOCK
        used += BLOCK
    raise ValueError("a sparse map without end")


def is_sparse(records: Records) -> bool:
    """Whether PAX records describe a sparse file, in one of the three formats."""
    if _MAJOR not in records and _MINOR not in records:
        return bool(records.get(_MAP))
    return _version(records) in _VERSIONS or (_version(records) == (b"", b"") and bool(records.get(_MAP)))


def pax_name(records: Records) -> bytes:
    """The name of a sparse file; empty when the records leave it to the others."""
    return records.get(b"GNU.sparse.name", b"")


def read_pax_map(records: Records, size: int, source: Taker) -> tuple[SparseMap, int]:
    """The map that records describe, and how many of the `size` bytes that are stored it took up; `size` is the file's
    own too when the records have none. Raises ValueError when it is damaged, EOFError where the archive ends inside."""
    stated = records.get(b"GNU.sparse.size") or records.get(b"GNU.sparse.realsize")
    full = read_integer(stated) if stated else size
    if _version(records)[0] == b"1":
        numbers, used = _read_lines(source, size)
        return make_map(numbers, full), used
    text = records.get(_MAP, b"")
    if text.translate(None, _NUMBERS):
        raise ValueError("a sparse map that is no list of numbers")
    numbers = [int(number) for number in text.split(b",")] if text else []
    if len(numbers) != 2 * read_integer(records.get(b"GNU.sparse.numblocks", b"")):
        raise ValueError("a sparse map of another length")
    return make_map(numbers, full), 0


def make_map(numbers: Sequence[int], size: int) -> SparseMap:
    """The map of offsets and lengths in turn. Raises ValueError where the pieces are not in order within the size."""
    offsets, lengths = numbers[::2], numbers[1::2]
    ends = list(map(add, offsets, lengths))
    if (
        size < 0
        or len(offsets) != len(lengths)
        or min(numbers, default=0) < 0
        or (ends and ends[-1] > size)
        or not all(map(le, ends, offsets[1:]))
    ):
        raise ValueError("a sparse map out of order")
    starts = list(accumulate(lengths, initial=0))
    return SparseMap(size, offsets, ends, starts, starts[-1])


def _read_lines(source: Taker, stored: int) -> tuple[list[int], int]:
    """Format 1.0: decimal lines at the start of the content, the number of pieces first, padded to a block."""
    blocks: list[bytes] = []
    newlines, wanted, count = 0, 1, -1
    while newlines < wanted:
        if (len(blocks) + 1) * BLOCK > min(stored, _MOST_MAP_BYTES):
            raise ValueError("a sparse map that does not end")
        blocks.append(_take_block(source))
        newlines += blocks[-1].count(b"\n")
        if count < 0 and newlines:
            count = read_integer(b"".join(blocks).partition(b"\n")[0])
            if count < 0:
                raise ValueError("not a number of pieces")
            wanted += 2 * count
    lines = b"".join(blocks).split(b"\n", wanted)[1:wanted]
    return [read_integer(line) for line in lines], len(blocks) * BLOCK


def _take_block(source: Taker) -> bytes:
    block = source.take(BLOCK)
    if len(block) < BLOCK:
        raise EOFError
    return block


def _version(records: Records) -> tuple[bytes, bytes]:
    return records.get(_MAJOR, b""), records.get(_MINOR, b"")
