"""What reads one file: the protocol that catalogers and checks share.

A reader is data and a pure function: the files it wants, and how one of them becomes a result. It never walks, opens a
path of the host or starts a process; it gets a path, what the file's entry states, and a bounded view of the content.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from lading.model.errors import LimitError

MAGIC_BYTES = 4
"""How many of a file's first bytes `Reader.magic` may speak of."""

LOOK_BYTES = 1024
"""How many of a file's first bytes `Reader.takes` is shown."""

PACE_OF_PROGRAMS = 100
"""For readers of programs, archives, databases and file names (`Reader.pace`), or of what a faster engine goes through.
"""

Result = TypeVar("Result")


class Content(Protocol):
    """Bytes that may lie in memory or on disk. Slices are `bytes`."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...
    def rfind(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...


def _free(steps: int) -> None:
    """Bounds nothing."""


class Stat(Struct, frozen=True):
    """What an entry states of itself besides its mode: the bytes of its content, whose it is, its file capabilities
    (`security.capability`, empty without), and whether it is a directory."""

    size: int = 0
    uid: int = 0
    gid: int = 0
    capabilities: bytes = b""
    is_directory: bool = False


class WantedFile(Struct, frozen=True):
    """A file a reader asked for. `path` is where the container sees it, without a leading slash, also when the bytes
    lie elsewhere behind a link; `mode` the permission bits; `content` all of it, or its first bytes when the reader
    wants no more. `limit` is the most bytes that may be held in memory. `spend` is told of work beyond going through
    the content once, in steps of about a microsecond; it raises LimitError when that is too much. `stat` is there for
    readers that ask for it."""

    path: str
    mode: int
    content: Content
    limit: int = 256_000_000
    spend: Callable[[int], None] = _free
    stat: "Stat | None" = None

    @property
    def data(self) -> bytes:
        """The whole content in memory; for files that are small by nature. Raises LimitError when it is too large."""
        if len(self.content) > self.limit:
            raise LimitError(
                f"{self.path}: {len(self.content):,} bytes, above the limit of {self.limit:,} for one file", "file"
            )
        return self.content[:]

    @property
    def text(self) -> str:
        """The whole content as UTF-8; bytes that are not are written out (`\\xff`). Raises LimitError as `data`."""
        return self.data.decode("utf-8", "backslashreplace")


class Reader(Struct, Generic[Result], frozen=True):
    """`name` is the reader's own among all of a scan. `version` grows whenever the same file would give another
    result: it is part of the layer cache's key. `parse` makes one file's result, in which it says what it could not
    read.

    What it wants: `files` are exact paths; `directories` maps a directory to the suffixes wanted in it ("" for every
    file there). `patterns` are files anywhere: `**/NAME`, `**/*.ending` or with directories in front
    (`**/*.dist-info/METADATA`, `*` within one name); the last name is literal or `*` with an ending from its last
    dot on (several dots allowed). `magic` are the first two or four bytes of files, whatever their names. A file that
    several readers want is read once and handed to each of them. Below a directory of a name in `not_below` they mean
    no file.
    `entries` is a directory of two parts of which every entry's name is wanted, whatever lies below it: `parse` gets
    the entry's path, once for each layer, and no content.
    `head` bounds what is read of a file whose beginning is all that matters; 0 stands for all of it.
    `everything` are all regular files, whatever their names, and `modes` all files and directories that have one of
    these permission bits, or capabilities, for what they state alone: such a reader gets the `stat` of each, and one
    that has nothing but `modes` no content. What it makes nothing of is not kept. `takes` narrows `everything` down by
    the path and the first `LOOK_BYTES` of a file, so that the rest of others is not read. To checks, files
    in containers count where the reader says `inside`; then `everything` are those too, but for pictures, fonts and the
    classes of Java.
    `pace` is how many bytes of a file it goes through in a step of work: few, as text of nothing but ends of lines is
    as dear; `PACE_OF_PROGRAMS` where it only looks into what is large.
    """

    name: str
    version: int
    parse: Callable[[WantedFile], Result]
    files: tuple[str, ...] = ()
    directories: dict[str, tuple[str, ...]] = {}
    patterns: tuple[str, ...] = ()
    not_below: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    entries: str = ""
    head: int = 0
    everything: bool = False
    modes: int = 0
    takes: Callable[[str, bytes], bool] | None = None
    inside: bool = False
    pace: int = 8
