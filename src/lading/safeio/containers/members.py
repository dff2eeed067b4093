"""Files that lie in another file: what those who look into containers go through."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from msgspec import Struct

from lading.model.errors import LimitError
from lading.model.reader import Content, Stat
from lading.safeio.content import spool
from lading.safeio.limits import Limits
from lading.safeio.zips import ZipBudget

HELD = 4 * 1024 * 1024
"""Of a file in a container so many bytes are held in memory at most: containers lie in containers, and each on the way
holds its own."""

LONGEST_PATH = 4095
"""Characters of a path in a container, as of one in a layer: files of longer ones are not read."""
_MOST_UNREAD = 5


class Member(Protocol):
    """A regular file in a container. `path` is that in it; the rest as of a file in a layer: `peek` gives its first
    bytes, fewer when it has fewer; `read_content` all of it, at most once, before the next member is asked for, and
    raises LimitError beyond `limit` bytes."""

    @property
    def path(self) -> str: ...
    @property
    def mode(self) -> int: ...
    @property
    def stat(self) -> Stat: ...
    def peek(self, size: int, /) -> bytes: ...
    def read_content(self, limit: int, /) -> Content: ...


class Opening(Struct):
    """What opening containers goes by: `where` names the container, `budget` bounds what all of one layer are inflated
    to. Files whose names end in one of `without` (lower case) may be passed over. `doubts` are sentences on what was
    read though something contradicts it, `unread` on what was not: the first few, and how many `more`."""

    where: str
    limits: Limits
    budget: ZipBudget
    without: tuple[bytes, ...] = ()
    doubts: list[str] = []
    unread: list[str] = []
    more: int = 0

    def leave(self, sentence: str) -> None:
        """Notes what is not read."""
        if len(self.unread) < _MOST_UNREAD:
            self.unread.append(sentence)
        else:
            self.more += 1


class Named:
    """A member of which the container states no more than its path and its mode."""

    def __init__(self, path: str, mode: int = 0o644) -> None:
        self.path = path
        self.mode = mode

    @property
    def stat(self) -> Stat:
        return Stat()


class StoredMember(Named):
    """A member whose bytes lie in the container as they are."""

    def __init__(self, path: str, content: Content, mode: int = 0o644) -> None:
        super().__init__(path, mode)
        self._content = content

    def peek(self, size: int, /) -> bytes:
        return self._content[:size]

    def read_content(self, limit: int, /) -> Content:
        check_member(self.path, len(self._content), limit)
        return self._content if len(self._content) > HELD else self._content[:]


class PackedMember(Named):
    """A member whose bytes come in pieces, such as those of a file system or those that are inflated. `size` is what is
    said of it, -1 where nothing is; `budget` is spent where the pieces do not do that."""

    def __init__(
        self,
        path: str,
        size: int,
        pieces: Callable[[], Iterable[bytes]],
        mode: int = 0o644,
        budget: ZipBudget | None = None,
    ) -> None:
        super().__init__(path, mode)
        self._size = size
        self._pieces = pieces
        self._budget = budget
        self._coming: Iterator[bytes] | None = None
        self._begun: list[bytes] = []

    def peek(self, size: int, /) -> bytes:
        held = b"".join(self._begun)
        while len(held) < size and (piece := next(self._iterator(), b"")):
            held += piece
        self._begun = [held]
        return held[:size]

    def read_content(self, limit: int, /) -> Content:
        if self._size >= 0:
            check_member(self.path, self._size, limit)
        coming, self._coming = chain(self._begun, self._iterator()), None
        return gathered(coming, limit, self.path)

    def _iterator(self) -> Iterator[bytes]:
        if self._coming is None:
            self._coming = self._counted()
        return self._coming

    def _counted(self) -> Iterator[bytes]:
        for piece in self._pieces():
            if self._budget is not None:
                self._budget.take(len(piece))
            if piece:
                yield piece


def gathered(pieces: Iterable[bytes], limit: int, path: str) -> Content:
    """The pieces as one content, on disk when they are many. Raises LimitError beyond `limit` bytes, SafeIOError as
    `spool` does."""
    coming = _within(pieces, limit, path)
    held: list[bytes] = []
    size = 0
    for piece in coming:
        held.append(piece)
        size += len(piece)
        if size > HELD:
            return spool(chain(held, coming))
    return b"".join(held)


def check_member(path: str, size: int, limit: int) -> None:
    """Raises LimitError when a member of that size is above the limit `spool`."""
    if size > limit:
        raise LimitError(f"{path}: {size:,} bytes, above the limit of {limit:,} for one file", "spool")


def _within(pieces: Iterable[bytes], limit: int, path: str) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        check_member(path, size, limit)
        yield piece
