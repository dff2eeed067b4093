"""A long list of paths kept small: NUL-joined and compressed as it grows."""

from collections.abc import Iterator
from functools import cached_property

from lading.safeio.zstd import ZstdCompressor, ZstdDecompressor

_LEVEL = 1
_BATCH = 16384
_CHARACTERS = 4_000_000
_PIECE = 1024 * 1024


class ListingWriter:
    """Collects paths. `append` is bound to a list's own append for speed; call `flush` now and then. `tops`, when they
    are wanted, are the first two directories (or the one, or "") above each path, to tell at a glance where they
    lie."""

    def __init__(self, with_tops: bool = False) -> None:
        self._with_tops = with_tops
        self._batch: list[str] = []
        self._compressor = ZstdCompressor(_LEVEL)
        self._pieces: list[bytes] = []
        self.append = self._batch.append
        self._counted = 0
        self._characters = 0
        self.tops: set[str] = set()

    def flush(self, least: int = _BATCH) -> int:
        """Compresses what has been gathered, once it is `least` paths or much. Gives the characters of what came since
        the last call."""
        new = sum(map(len, self._batch[self._counted :]))
        self._counted = len(self._batch)
        self._characters += new
        if self._counted >= least or self._characters > _CHARACTERS:
            if self._with_tops:
                # Far fewer directories than paths.
                self.tops.update(map(top, {path[: path.rfind("/") + 1] for path in self._batch}))
            self._pieces.append(self._compressor.compress("\0".join([*self._batch, ""]).encode()))
            self._batch.clear()
            self._counted = self._characters = 0
        return new

    def finish(self) -> bytes:
        """The compressed listing."""
        self.flush(1)
        if self._pieces:
            self._pieces.append(self._compressor.flush())
        return b"".join(self._pieces)


def top(path: str) -> str:
    """The first two directories above a path; the one when there is one, "" at the root."""
    first = path.find("/")
    if first < 0:
        return ""
    second = path.find("/", first + 1)
    return path[:first] if second < 0 else path[:second]


class Listing:
    """A listing made by ListingWriter, decoded as far as it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[str]:
        """The paths in the order in which they were gathered; never all of them in memory."""
        rest = b""
        for piece in self._iter_pieces():
            *paths, rest = (rest + piece).split(b"\0")
            for path in paths:
                yield path.decode()

    def holds(self, path: str) -> bool:
        """Whether one path is there."""
        return f"\0{path}\0".encode() in self._text

    def holds_before(self, path: str, other: str) -> bool:
        """Whether one path is there, and another one after it."""
        place = self._text.find(f"\0{path}\0".encode())
        return 0 <= place < self._text.rfind(f"\0{other}\0".encode())

    def iter_below(self, directory: str) -> Iterator[str]:
        """The paths that begin with `directory`, which ends in a slash; or is empty, for all paths."""
        begin = f"\0{directory}".encode()
        place = self._text.find(begin)
        while 0 <= place < len(self._text) - 1:
            end = self._text.find(b"\0", place + 1)
            yield self._text[place + 1 : end].decode()
            place = self._text.find(begin, end)

    @cached_property
    def _text(self) -> bytes:
        """NUL, then each path with a NUL behind it."""
        return b"".join([b"\0", *self._iter_pieces()])

    def _iter_pieces(self) -> Iterator[bytes]:
        data = self._data
        while data:
            frame = ZstdDecompressor()
            while not frame.eof:
                yield frame.decompress(data, _PIECE)
                data = b""
            data = frame.unused_data
