"""Tars, plain or compressed, and single files that are compressed by themselves."""

from collections.abc import Iterator
from typing import Final

from lading.model.ports import ByteStream
from lading.model.reader import Content
from lading.safeio.containers.cpio import begins_cpio, iter_cpio
from lading.safeio.containers.members import HELD, Member, Named, Opening, gathered
from lading.safeio.containers.packing import unpacker
from lading.safeio.content import ContentStream, Part
from lading.safeio.inflate import compression, open_inflated
from lading.safeio.tar import FILE, StreamInput, TarInput, begins_tar, iter_tar
from lading.safeio.tar_header import BLOCK
from lading.safeio.zips import ZipBudget

_PIECE: Final = 256 * 1024
_AT_ONCE: Final = 1000
_A_PIECE: Final = 1000
_UNNAMED: Final = "content"


def iter_archive(content: Content, opening: Opening) -> Iterator[Member]:
    """The files in a tar or a cpio archive, compressed or not; of another compressed file the one that it is. Raises
    SafeIOError, LimitError."""
    source: _ContentInput | _InflatedInput = _ContentInput(content)
    start = content[:BLOCK]
    if compression(start[:4]) is not None:
        stream: ByteStream = open_inflated(ContentStream(content), opening.where, opening.limits)
        source = _InflatedInput(_Budgeted(stream, opening.budget), opening.where)
    elif (unpack := unpacker(start)) is not None:
        stream = _Pieces(unpack(content, opening.where, opening.budget.work))
        source = _InflatedInput(_Budgeted(stream, opening.budget), opening.where)
    head = source.peek(BLOCK)
    if is_tar(head):
        yield from _iter_files(source, opening)
    elif begins_cpio(head):
        yield from iter_cpio(source, opening)
    elif isinstance(source, _InflatedInput):
        name = opening.where.rpartition("/")[2].rpartition(".")[0] or _UNNAMED
        yield _OnlyMember(name, source)


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar with something in it."""
    return begins_tar(head) and any(head[:BLOCK])


def _iter_files(source: TarInput, opening: Opening) -> Iterator[Member]:
    count = 0
    for count, entry in enumerate(iter_tar(source, opening.where, opening.limits, opening.budget.work), 1):
        if not count % _AT_ONCE:
            opening.budget.take_members(_AT_ONCE)
        if entry.kind is FILE:
            yield entry
    opening.budget.take_members(count % _AT_ONCE)


class _Budgeted:
    """A stream of which every byte is spent from a budget, and every piece as much as so many bytes."""

    def __init__(self, stream: ByteStream, budget: ZipBudget) -> None:
        self._read = stream.read
        self._take = budget.take
        self.close = stream.close

    def read(self, size: int, /) -> bytes:
        data = self._read(size)
        self._take(len(data) + _A_PIECE)
        return data


class _Pieces:
    """A ByteStream of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def read(self, size: int, /) -> bytes:
        if not self._held:
            self._held = next(filter(None, self._pieces), b"")
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def close(self) -> None:
        self._held = b""


class _InflatedInput(StreamInput):
    """A TarInput of which little is held at once."""

    def __init__(self, stream: ByteStream, where: str) -> None:
        super().__init__(stream, where, _PIECE)

    def content(self, size: int, /) -> Content:
        return self.take(size) if size <= HELD else gathered(self._iter_next(size), size, "")

    def _iter_next(self, size: int) -> Iterator[bytes]:
        while size and (piece := self.take(min(size, _PIECE))):
            size -= len(piece)
            yield piece


class _OnlyMember(Named):
    """All that a compressed file inflates to."""

    def __init__(self, path: str, source: TarInput) -> None:
        super().__init__(path)
        self._source = source

    def peek(self, size: int, /) -> bytes:
        return self._source.peek(size)

    def read_content(self, limit: int, /) -> Content:
        return gathered(iter(lambda: self._source.take(_PIECE), b""), limit, self.path)


class _ContentInput:
    """A TarInput over content that is at hand: `skip` reads nothing."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._size = len(content)
        self._at = 0

    def take(self, size: int, /) -> bytes:
        data = self._content[self._at : self._at + size]
        self._at += len(data)
        return data

    def peek(self, size: int, /) -> bytes:
        return self._content[self._at : self._at + size]

    def content(self, size: int, /) -> Content:
        if size <= HELD:
            return self.take(size)
        part = Part(self._content, self._at, self._at + size)
        self._at += len(part)
        return part

    def skip(self, size: int, /) -> int:
        self._at += size
        missing = self._at - self._size
        if missing <= 0:
            return 0
        self._at = self._size
        return missing
