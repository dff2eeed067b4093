"""A long list of paths kept small: NUL-joined and compressed as it grows."""

from collections.abc import Iterator
from functools import cached_property

from lading.safeio.zstd import ZstdCompressor, ZstdDecompressor

_LEVEL = 1
_PIECE = 1024 * 1024


class ListingWriter:
    """Collects paths. `append` is bound to a list's own append for speed; call `flush` every thousand or so. `tops` are
    the first two directories (or the one, or "") above each path, to tell at a glance where they lie."""

    def __init__(self) -> None:
        self._batch: list[str] = []
        self._compressor = ZstdCompressor(_LEVEL)
        self._pieces: list[bytes] = []
        self.append = self._batch.append
        self.tops: set[str] = set()

    def flush(self) -> None:
        """Compresses what has been gathered."""
        if self._batch:
            self.tops.update(map(top, self._batch))
            self._pieces.append(self._compressor.compress("\0".join([*self._batch, ""]).encode()))
            self._batch.clear()

    def finish(self) -> bytes:
        """The compressed listing."""
        self.flush()
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

    @cached_property
    def paths(self) -> set[str]:
        """All of them."""
        paths = set(self._text.decode().split("\0"))
        paths.discard("")
        return paths

    def holds(self, path: str) -> bool:
        """Whether one path is there; faster than `paths` for a few."""
        return f"\0{path}\0".encode() in self._text

    def iter_below(self, directory: str) -> Iterator[str]:
        """The paths that begin with `directory`, which ends in a slash."""
        begin = f"\0{directory}".encode()
        place = self._text.find(begin)
        while place >= 0:
            end = self._text.find(b"\0", place + 1)
            yield self._text[place + 1 : end].decode()
            place = self._text.find(begin, end)

    @cached_property
    def _text(self) -> bytearray:
        """NUL, then each path with a NUL behind it."""
        text = bytearray(b"\0")
        data = self._data
        while data:
            frame = ZstdDecompressor()
            while not frame.eof:
                text += frame.decompress(data, _PIECE)
                data = b""
            data = frame.unused_data
        return text
