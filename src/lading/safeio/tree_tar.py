"""The files of a file system in the form of a tar, for those that read files from tars."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, Literal

from msgspec import Struct

from lading.model.errors import LimitError
from lading.safeio.limits import RATIO_FLOOR, Limits

_BLOCK: Final = 512
_AT_ONCE: Final = 256 * 1024
_END: Final = bytes(2 * _BLOCK)


class TreeEntry(Struct, frozen=True):
    """What lies at a path: its permission bits, and of a file its size and its content in pieces, of a symlink its
    target. The path is that of a file system, of whatever bytes."""

    path: bytes
    kind: Literal["file", "directory", "symlink", "other"]
    mode: int = 0
    size: int = 0
    target: bytes = b""
    pieces: Callable[[], Iterable[bytes]] = tuple


class TreeTar:
    """The tar of a tree whose file system takes `stored` bytes. Reading raises what the tree raises, and LimitError for
    files that are larger by far than what is stored of them."""

    def __init__(self, entries: Iterator[TreeEntry], stored: int, limits: Limits) -> None:
        self._pieces = self._all(entries)
        self._stored = stored
        self._limits = limits
        self._given = 0
        self._held = b""

    def read(self, size: int, /) -> bytes:
        if not self._held:
            pieces, length = [], 0
            while length < _AT_ONCE and (piece := next(self._pieces, b"")):
                pieces.append(piece)
                length += len(piece)
            self._held = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def close(self) -> None:
        self._pieces.close()

    def _all(self, entries: Iterator[TreeEntry]) -> Generator[bytes]:
        for entry in entries:
            yield _header(entry)
            if entry.kind == "file":
                for piece in entry.pieces():
                    self._count(len(piece))
                    if piece:
                        yield piece
                if entry.size % _BLOCK:
                    yield bytes(-entry.size % _BLOCK)
        yield _END

    def _count(self, size: int) -> None:
        self._given += size
        most = min(self._limits.total, max(RATIO_FLOOR, self._stored * self._limits.ratio))
        if self._given > most:
            raise LimitError(
                f"files of more than {most:,} bytes in a file system of {self._stored:,}; the rest was not read "
                "(--limit ratio=N and total=N raise this)",
                "ratio",
            )


def _header(entry: TreeEntry) -> bytes:
    import tarfile

    header = tarfile.TarInfo(entry.path.decode("utf-8", "surrogateescape"))
    header.mode = entry.mode
    if entry.kind == "file":
        header.size = entry.size
    elif entry.kind == "directory":
        header.type = tarfile.DIRTYPE
    elif entry.kind == "symlink":
        header.type, header.linkname = tarfile.SYMTYPE, entry.target.decode("utf-8", "surrogateescape")
    else:
        header.type = tarfile.FIFOTYPE
    return header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
