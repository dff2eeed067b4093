"""The table of contents of a tar that holds an image.

Engines disagree on archives in which a name comes twice: Docker unpacks them and has the last, Podman reads the first
it meets. So all entries of a name are kept, for the store to compare.
"""

import posixpath
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.image.manifest import printable
from lading.model.errors import ImageError, LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.limits import Limits
from lading.safeio.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, Entry, TarInput, iter_tar, normalise

NO_IMAGE: Final = (
    "not a container image: expected an image layout, or a tar (plain, gzip, zstd, xz or bzip2) "
    "as docker save, podman save or skopeo copy write it; file:PATH reads whatever is in a file"
)
_MOST_MEMBERS: Final = 100_000
_REFUSED: Final = "refused, as engines differ in what they see"


class Place(Struct, frozen=True):
    """Where a file's content lies in the uncompressed tar."""

    offset: int
    size: int


class _Link(Struct, frozen=True):
    """Another name for `target`. `absolute` where that is a symlink's target from the root on, which Docker follows
    inside the archive and others seek beside the link."""

    target: str
    absolute: bool


class _Other(Struct, frozen=True):
    """An entry without content that could be read: a device, a sparse file."""


class Members:
    """What of a tar is no directory, by name."""

    def __init__(self) -> None:
        self._held: dict[str, list[Place | _Link | _Other]] = {}
        self._directories: set[str] = set()
        self.is_cut = False
        """Whether more follow than any image has."""

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def add(self, entry: Entry, offset: int) -> None:
        if entry.kind == DIRECTORY:
            self._directories.add(entry.path)
        else:
            self._held.setdefault(entry.path, []).append(_member(entry, offset))

    def find(self, name: str, where: str) -> tuple[Place, ...]:
        """All files of this name, links followed: one in a sound archive, none where there is none. Raises ImageError
        where engines do not even agree on what kind of entry it is."""
        self._check_whole(where)
        places: dict[Place, None] = {}
        pending, seen = [name], {name}
        while pending:
            followed = pending.pop()
            held = self._held.get(followed, [])
            for member in held:
                if isinstance(member, Place):
                    places[member] = None
                elif isinstance(member, _Link):
                    if member.absolute:
                        raise ImageError(f"{where}: {printable(followed)} is a link to an absolute path; {_REFUSED}")
                    if member.target not in seen:
                        seen.add(member.target)
                        pending.append(member.target)
                elif len(held) > 1:
                    raise ImageError(f"{where}: {printable(followed)} is a file and something else at once; {_REFUSED}")
        return tuple(places)

    def check(self, where: str) -> None:
        """Raises ImageError when something lies below a name that is no directory: each engine follows, replaces or
        overlooks that in its own way."""
        self._check_whole(where)
        sound = {""}
        for path in (*self._held, *self._directories):
            while (path := posixpath.dirname(path)) not in sound:
                if path in self._held:
                    raise ImageError(f"{where}: {printable(path)} is no directory, yet files lie below it; {_REFUSED}")
                sound.add(path)

    def _check_whole(self, where: str) -> None:
        if self.is_cut:
            raise ImageError(f"{where}: {NO_IMAGE}")


def _member(entry: Entry, offset: int) -> Place | _Link | _Other:
    if entry.kind == FILE and entry.sparse is None:
        return Place(offset, entry.size)
    if entry.kind == HARDLINK:
        return _Link(entry.linkname, absolute=False)
    if entry.kind == SYMLINK:
        target = normalise(posixpath.join(posixpath.dirname(entry.path), entry.linkname))
        return _Link(target, absolute=entry.linkname.startswith("/"))
    return _Other()


def read_members(tar_input: TarInput, where: str, keep: Callable[[Entry, int], None] | None = None) -> Members:
    """Lists a tar from its start to its end, or as far as an image could go. `keep` is told of each file and its
    offset, and may read it.

    Raises ImageError when it is not a tar at all, SafeIOError when it is damaged.
    """
    members = Members()
    located = _Located(tar_input)
    count = 0
    try:
        for entry in iter_tar(located, where, Limits(entries=_MOST_MEMBERS)):
            count += 1
            offset = located.position
            members.add(entry, offset)
            if keep is not None and entry.kind == FILE:
                keep(entry, offset)
    except LimitError as error:
        if error.limit != "entries":
            raise ImageError(f"{where}: {error}") from error
        members.is_cut = True
    except SafeIOError as error:
        if count == 0:
            raise ImageError(f"{where}: {NO_IMAGE}") from error
        raise
    if count == 0:
        raise ImageError(f"{where}: {NO_IMAGE}")
    return members


class _Located:
    """A TarInput that knows how far it has come."""

    def __init__(self, tar_input: TarInput) -> None:
        self._take = tar_input.take
        self._content = tar_input.content
        self._skip = tar_input.skip
        self.peek = tar_input.peek
        self.position = 0

    def take(self, size: int, /) -> bytes:
        data = self._take(size)
        self.position += len(data)
        return data

    def content(self, size: int, /) -> Content:
        data = self._content(size)
        self.position += len(data)
        return data

    def skip(self, size: int, /) -> int:
        missing = self._skip(size)
        self.position += size - missing
        return missing
