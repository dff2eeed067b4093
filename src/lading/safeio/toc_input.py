"""The tar of a layer as its table of contents describes it, of which only what is asked for is fetched."""

import hashlib
import io
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from lading.model.errors import LimitError, SafeIOError, TocError
from lading.model.ports import ByteStream, LayerParts
from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, spool
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.toc import Chunk, TocEntry

_BLOCK: Final = 512
_PIECE: Final = 1024 * 1024
_BYTES_A_STEP: Final = 600
"""How many bytes are inflated and hashed in a step (see lading.safeio.limits.Work)."""
_SMALL: Final = 256 * 1024
_GAP: Final = 32 * 1024
_MOST_AT_ONCE: Final = 8 * 1024 * 1024
_END: Final = bytes(2 * _BLOCK)

Likely = Callable[[str, int], bool]
"""Whether a file at a path, with these permission bits, is likely to be looked at."""


class TocInput:
    """A TarInput over the entries of a table of contents. What is `likely` to be wanted is fetched with what lies
    around it, in few requests; everything else when it is asked for. Every piece is checked against the table. `spend`
    is told what that costs, and may raise. Raises TocError where the blob and the table differ, and where more would be
    fetched than the layer has, `size` bytes; NetError."""

    def __init__(
        self,
        parts: LayerParts,
        size: int,
        entries: Sequence[TocEntry],
        likely: Likely,
        where: str,
        spend: Callable[[int], None],
    ) -> None:
        self._where = where
        self._spend = spend
        self._blob = _Blob(parts, size, _spans(entries, likely))
        self._segments = _segments(entries)
        self._segment: bytes | TocEntry = b""
        self._room = 0
        self._content: Content | None = None
        self._first: Content = b""

    @property
    def fetched(self) -> int:
        """How many bytes of the blob came."""
        return self._blob.fetched

    def peek(self, size: int, /) -> bytes:
        self._come()
        segment = self._segment
        if isinstance(segment, bytes):
            at = len(segment) - self._room
            return segment[at : at + size]
        at = segment.size - self._room
        end = min(at + size, segment.size)
        if self._content is None and end <= segment.chunks[0].size:
            self._first = self._first or self._chunk(segment, segment.chunks[0])
            return self._first[at:end]
        return self._file(segment)[at:end]

    def take(self, size: int, /) -> bytes:
        pieces = []
        while size and (piece := self.peek(size)):
            pieces.append(piece)
            size -= len(piece)
            self._room -= len(piece)
        return b"".join(pieces)

    def content(self, size: int, /) -> Content:
        self._come()
        segment = self._segment
        if isinstance(segment, bytes) or not size == segment.size == self._room:
            return self.take(size)
        self._room = 0
        return self._file(segment)

    def skip(self, size: int, /) -> int:
        while size:
            self._come()
            step = min(size, self._room)
            if not step:
                return size
            self._room -= step
            size -= step
        return 0

    def _come(self) -> None:
        """Goes on to the next segment where there is nothing left of this one."""
        while not self._room and (following := next(self._segments, None)) is not None:
            self._segment, self._content, self._first = following, None, b""
            self._room = len(following) if isinstance(following, bytes) else following.size

    def _file(self, entry: TocEntry) -> Content:
        """All of the content of the file that is come to."""
        if self._content is None:
            if len(entry.chunks) == 1:
                self._content = self._first or self._chunk(entry, entry.chunks[0])
            elif entry.size <= IN_MEMORY:
                self._content = b"".join(self._pieces(entry))
            else:
                self._content = spool(self._pieces(entry))
        return self._content

    def _pieces(self, entry: TocEntry) -> Iterator[bytes]:
        aheads = _aheads(entry.chunks)
        for number, (chunk, ahead) in enumerate(zip(entry.chunks, aheads, strict=True)):
            held = self._first if not number and self._first else self._chunk(entry, chunk, ahead)
            for start in range(0, len(held), _PIECE):
                yield held[start : start + _PIECE]

    def _chunk(self, entry: TocEntry, chunk: Chunk, ahead: int = 0) -> Content:
        """A piece of a file, checked; what lies before `ahead` in the blob will be asked for next."""
        self._spend((chunk.inner + chunk.size) // _BYTES_A_STEP)
        if not chunk.digest:
            return bytes(chunk.size) if chunk.size <= IN_MEMORY else spool(_zeros(chunk.size))
        pieces = self._checked(entry, chunk, max(ahead, chunk.end))
        return b"".join(pieces) if chunk.size <= IN_MEMORY else spool(pieces)

    def _checked(self, entry: TocEntry, chunk: Chunk, ahead: int) -> Iterator[bytes]:
        where = f"{self._where}: {entry.path[:200]}"
        hashed = hashlib.new(chunk.digest.partition(":")[0])
        stream = open_inflated(self._blob.stream(chunk.offset, chunk.end, ahead), where, Limits())
        passed, left = chunk.inner, chunk.size
        try:
            while left and (piece := stream.read(min(passed + left, _PIECE))):
                if passed:
                    piece, passed = piece[passed:], max(0, passed - len(piece))
                piece = piece[:left]
                left -= len(piece)
                hashed.update(piece)
                if piece:
                    yield piece
        except LimitError as error:
            raise TocError(str(error)) from error
        except TocError:
            raise
        except SafeIOError as error:
            raise TocError(str(error)) from error
        finally:
            stream.close()
        if left or f"{hashed.name}:{hashed.hexdigest()}" != chunk.digest:
            raise TocError(f"{where}: has another content than the table of contents says")


def _segments(entries: Iterable[TocEntry]) -> Iterator[bytes | TocEntry]:
    """What the tar is made of: headers, contents, what fills up blocks, the end."""
    for entry in entries:
        yield entry.headers
        if entry.size:
            yield entry
            yield bytes(-entry.size % _BLOCK)
    yield _END


class _Span(Struct, frozen=True):
    """Bytes of a blob that are fetched at once."""

    start: int
    end: int


class _Blob:
    """A blob, of which spans are fetched when something of them is asked for."""

    def __init__(self, parts: LayerParts, size: int, spans: Sequence[_Span]) -> None:
        self._read = parts.read
        self._size = size
        self._spans = spans
        self._starts = [one.start for one in spans]
        self._held = b""
        self._base = 0
        self.fetched = 0

    def stream(self, start: int, end: int, ahead: int) -> ByteStream:
        """The bytes from `start` to `end`, of which the end need not be read; with those up to `ahead` in one request
        where they are not many."""
        if not self._base <= start <= end <= self._base + len(self._held):
            number = bisect_right(self._starts, start) - 1
            if number >= 0 and self._spans[number].end >= end:
                span = self._spans[number]
            elif end < ahead <= start + _MOST_AT_ONCE:
                span = _Span(start, ahead)
            else:
                return _Counted(self._read(start, end), self._add)
            counted = _Counted(self._read(span.start, span.end), self._add)
            try:
                pieces = []
                while piece := counted.read(_PIECE):
                    pieces.append(piece)
            finally:
                counted.close()
            self._held, self._base = b"".join(pieces), span.start
            if len(self._held) != span.end - span.start:
                raise TocError(f"{len(self._held):,} bytes came where {span.end - span.start:,} were asked for")
        return io.BytesIO(self._held[start - self._base : end - self._base])

    def _add(self, size: int) -> None:
        self.fetched += size
        if self.fetched > self._size:
            raise TocError("the table of contents has the same bytes fetched again and again")


class _Counted:
    def __init__(self, stream: ByteStream, add: Callable[[int], None]) -> None:
        self._stream = stream
        self._add = add
        self.close = stream.close

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._add(len(data))
        return data


def _spans(entries: Iterable[TocEntry], likely: Likely) -> Sequence[_Span]:
    """What is likely to be asked for: files that are small or whose beginnings are, together with what lies between
    them where that is little."""
    wanted = []
    for entry in entries:
        if entry.chunks and likely(entry.path, entry.mode):
            chunks = entry.chunks if entry.size <= _SMALL else entry.chunks[:1]
            wanted += [(one.offset, one.end) for one in chunks if one.digest and one.end - one.offset <= _MOST_AT_ONCE]
    spans: list[_Span] = []
    for start, end in sorted(wanted):
        last = spans[-1] if spans else None
        if last is not None and start <= last.end + _GAP and max(end, last.end) - last.start <= _MOST_AT_ONCE:
            spans[-1] = _Span(last.start, max(end, last.end))
        elif last is None or start >= last.end:
            spans.append(_Span(start, end))
    return spans


def _aheads(chunks: Sequence[Chunk]) -> Sequence[int]:
    """For each piece of a file how far in the blob those reach that are fetched with it: what lies close together, up
    to what is fetched at once."""
    runs: list[list[int]] = []
    start = end = 0
    for number, chunk in enumerate(chunks):
        if not chunk.digest:
            continue
        if not runs or not 0 <= chunk.offset - end <= _GAP or chunk.end - start > _MOST_AT_ONCE:
            runs.append([])
            start = chunk.offset
        runs[-1].append(number)
        end = chunk.end
    found = [0] * len(chunks)
    for run in runs:
        for number in run:
            found[number] = chunks[run[-1]].end
    return found


def _zeros(size: int) -> Iterator[bytes]:
    for start in range(0, size, _PIECE):
        yield bytes(min(_PIECE, size - start))
