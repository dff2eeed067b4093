"""Where the parts of a local image lie: a directory, a tar that can be sought in, or a compressed tar that can only be
read forward."""

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from msgspec import Struct

from lading.image.manifest import printable
from lading.image.members import Members, Place, read_members
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import ImageError, LimitError, SafeIOError
from lading.model.ports import ByteStream, Region
from lading.safeio.inflate import compression, open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionInput, RegionStream, file_status, whole_file
from lading.safeio.tar import Entry, StreamInput

_KEPT_SIZE: Final = 8 * 1024 * 1024
_KEPT_TOTAL: Final = 32 * 1024 * 1024
_CHUNK: Final = 256 * 1024
_TIMES_APART: Final = 2_000_000_000
"""Nanoseconds that file systems may take for one moment."""
_MOST_REPEATED: Final = 20
"""Names that may come more than once in an archive: each costs reading all its files."""


class Member(Struct, frozen=True):
    """A file of a store. `offset` is where its content begins in the uncompressed tar, 0 in a directory; `region`
    where that is in a local file, None when it has to be inflated."""

    size: int
    offset: int
    region: Region | None


class Store(Protocol):
    """Read access to the files of a local image by name. Its methods raise SafeIOError when a file cannot be read, and
    `find` and `check` ImageError for an archive that engines read differently.

    `sequential`: whether members should be opened in the order of their offsets. `diagnostics`: what was noticed of the
    files that were found so far. `has` tells whether a file of this name is there, be it sound or not; `check` looks at
    the whole, once it is known to be an image. `identity` names the file in its present state, "" where there is no one
    file or it has changed only just now.
    """

    @property
    def identity(self) -> str: ...

    @property
    def sequential(self) -> bool: ...
    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...
    def has(self, name: str) -> bool: ...
    def check(self) -> None: ...
    def find(self, name: str) -> Member | None: ...
    def open(self, member: Member) -> ByteStream: ...
    def close(self) -> None: ...


def open_store(path: str, limits: Limits, shown: str = "") -> Store:
    """The store at a path, which is called `shown` in errors where that is another name. Raises ImageError for a file
    that is no tar, SafeIOError for one that cannot be read."""
    if stat.S_ISDIR(file_status(path).st_mode):
        return DirectoryStore(path)
    whole = whole_file(path)
    stream = RegionStream(whole)
    try:
        compressed = compression(stream.read(4).ljust(4, b"\0")) is not None
    finally:
        stream.close()
    if not compressed:
        return TarStore(whole, shown or path)
    inflate = partial(_inflate, whole, limits, shown or path)
    return ForwardStore(shown or path, inflate, _nothing, _identity(path))


def read_member(store: Store, member: Member, limit: int, where: str) -> bytes:
    """The content of a small file. Raises SafeIOError beyond `limit` bytes."""
    if member.size > limit:
        raise SafeIOError(f"{where}: {member.size:,} bytes, above the limit of {limit:,}; refused")
    stream = store.open(member)
    try:
        pieces = []
        while piece := stream.read(_CHUNK):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        stream.close()


class DirectoryStore:
    """An image layout that is not packed. Names come from constants and checked digests, so they stay inside."""

    sequential = False
    identity = ""
    diagnostics: Sequence[Diagnostic] = ()

    def __init__(self, path: str) -> None:
        self._path = path

    def has(self, name: str) -> bool:
        """What cannot be looked at is there: reading it says why it cannot be."""
        try:
            os.lstat(f"{self._path}/{name}")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def check(self) -> None:
        """A directory has each name once."""

    def find(self, name: str) -> Member | None:
        if not self.has(name):
            return None
        region = whole_file(f"{self._path}/{name}")
        return Member(region.size, 0, region)

    def open(self, member: Member) -> ByteStream:
        return _open_region(member)

    def close(self) -> None:
        """Holds nothing open."""


class _ArchiveStore:
    """What the stores of tars have in common: a table of contents, and care for names that come more than once."""

    _members: Members

    def __init__(self, path: str, identity: str) -> None:
        self._path = path
        self.identity = identity
        self._compared: set[tuple[Place, ...]] = set()
        self.diagnostics: list[Diagnostic] = []

    def has(self, name: str) -> bool:
        return name in self._members

    def check(self) -> None:
        self._members.check(self._path)

    def find(self, name: str) -> Member | None:
        places = self._members.find(name, self._path)
        if len(places) > 1 and places not in self._compared:
            self._compare(name, places)
        return self._member(places[0]) if places else None

    def open(self, member: Member) -> ByteStream:
        raise NotImplementedError

    def _member(self, place: Place) -> Member:
        raise NotImplementedError

    def _compare(self, name: str, places: tuple[Place, ...]) -> None:
        """Raises ImageError when files of one name differ: Docker would take the last, Podman the first."""
        if len(self._compared) >= _MOST_REPEATED:
            raise ImageError(f"{self._path}: more than {_MOST_REPEATED} names come more than once; refused")
        self._compared.add(places)
        same = len({place.size for place in places}) == 1
        if not same or len({self._digest(place) for place in sorted(places, key=_offset)}) > 1:
            raise ImageError(
                f"{self._path}: {printable(name)} lies in it {len(places)} times with different contents; "
                "refused, as engines take different ones"
            )
        text = f"{printable(name)} lies in the archive {len(places)} times, always with the same content"
        self.diagnostics.append(diagnostic("archive-repeats", text, self._path))

    def _digest(self, place: Place) -> bytes:
        found = hashlib.sha256()
        stream = self.open(self._member(place))
        try:
            while piece := stream.read(_CHUNK):
                found.update(piece)
        finally:
            stream.close()
        return found.digest()


class TarStore(_ArchiveStore):
    """A tar that is not compressed. Its members are listed by seeking from header to header."""

    sequential = False

    def __init__(self, whole: Region, shown: str) -> None:
        super().__init__(shown, _identity(whole.path))
        self._place = whole.path
        tar_input = RegionInput(whole)
        try:
            self._members = read_members(tar_input, shown)
        finally:
            tar_input.close()

    def open(self, member: Member) -> ByteStream:
        return _open_region(member)

    def close(self) -> None:
        """Holds nothing open."""

    def _member(self, place: Place) -> Member:
        return Member(place.size, place.offset, Region(self._place, place.offset, place.size))


class ForwardStore(_ArchiveStore):
    """A tar that can only be read forward, from the start that `begin` gives. It is read once to list its members and
    to keep the small documents among them, and once more for its layers when they are opened in the order of their
    offsets. `release` is called when it is closed."""

    sequential = True

    def __init__(
        self, path: str, begin: Callable[[], ByteStream], release: Callable[[], object], identity: str = ""
    ) -> None:
        super().__init__(path, identity)
        self._begin = begin
        self._release = release
        self._kept: dict[int, bytes] = {}
        self._room = _KEPT_TOTAL
        self._lock = threading.Lock()
        self._idle: _Cursor | None = None
        stream = begin()
        try:
            tar_input = StreamInput(stream, path)
            self._members = read_members(tar_input, path, self._keep)
            tar_input.drain()
        except LimitError as error:
            raise ImageError(f"{path}: {error}") from error
        finally:
            stream.close()

    def open(self, member: Member) -> ByteStream:
        kept = self._kept.get(member.offset)
        if kept is not None:
            return _Kept(kept)
        with self._lock:
            cursor, self._idle = self._idle, None
        if cursor is not None and cursor.position > member.offset:
            cursor.close()
            cursor = None
        cursor = cursor or _Cursor(self._begin())
        return _Inside(self, cursor, member, self._path)

    def give_back(self, cursor: "_Cursor") -> None:
        """Keeps a cursor for the next member; of two that were in use at once, only one."""
        with self._lock:
            spare, self._idle = self._idle, cursor
        if spare is not None:
            spare.close()

    def close(self) -> None:
        with self._lock:
            cursor, self._idle = self._idle, None
        if cursor is not None:
            cursor.close()
        self._release()

    def _member(self, place: Place) -> Member:
        return Member(place.size, place.offset, None)

    def _keep(self, entry: Entry, offset: int) -> None:
        if entry.size > min(_KEPT_SIZE, self._room):
            return
        data = entry.read(_KEPT_SIZE)
        if data.lstrip()[:1] in (b"{", b"["):
            self._kept[offset] = data
            self._room -= len(data)


class _Cursor:
    """How far an inflated archive has been read."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.position = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.position += len(data)
        return data

    def close(self) -> None:
        self._stream.close()


class _Inside:
    """One member of an archive, read from a cursor that stands at or before its beginning."""

    def __init__(self, store: ForwardStore, cursor: _Cursor, member: Member, path: str) -> None:
        self._store = store
        self._cursor = cursor
        self._begin = member.offset
        self._end = member.offset + member.size
        self._path = path

    def read(self, size: int, /) -> bytes:
        cursor = self._cursor
        while cursor.position < self._begin:
            if not cursor.read(min(_CHUNK, self._begin - cursor.position)):
                raise self._short()
        if cursor.position == self._end:
            return b""
        data = cursor.read(min(size, self._end - cursor.position))
        if not data:
            raise self._short()
        return data

    def close(self) -> None:
        self._store.give_back(self._cursor)

    def _short(self) -> SafeIOError:
        return SafeIOError(f"{self._path}: changed while it was read: scan it again")


class _Kept:
    """A document held in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def close(self) -> None:
        self._data = b""


def _inflate(whole: Region, limits: Limits, shown: str) -> ByteStream:
    return open_inflated(RegionStream(whole), shown, limits)


def _nothing() -> None:
    """There is nothing to release."""


def _identity(path: str) -> str:
    """What changes with every change to a file, as far as file systems tell times apart: "" until that is over."""
    status = file_status(path)
    if time.time_ns() - status.st_ctime_ns < _TIMES_APART:
        return ""
    return "-".join(map(str, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)))


def _offset(place: Place) -> int:
    return place.offset


def _open_region(member: Member) -> ByteStream:
    assert member.region is not None
    return RegionStream(member.region)
