"""The table of contents of a tar that holds an image."""

import posixpath
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.model.errors import ImageError, LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.limits import Limits
from lading.safeio.tar import FILE, HARDLINK, SYMLINK, Entry, TarInput, iter_tar, normalise

NO_IMAGE: Final = (
    "not a container image: expected an image layout, or a tar (plain, gzip or zstd) "
    "as docker save, podman save or skopeo copy write it"
)
_MOST_MEMBERS: Final = 100_000
_MOST_LINKS: Final = 40


class Place(Struct, frozen=True):
    """Where a file's content lies in the uncompressed tar."""

    offset: int
    size: int


class Members:
    """The files of a tar by name. Where a name comes twice the later one stands, as when unpacking."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.links: dict[str, str] = {}

    def find(self, name: str) -> Place | None:
        """The file of this name, links followed. None when there is none."""
        for _ in range(_MOST_LINKS):
            place = self.places.get(name)
            if place is not None or name not in self.links:
                return place
            name = self.links[name]
        return None

    def add(self, entry: Entry, offset: int) -> None:
        self.places.pop(entry.path, None)
        self.links.pop(entry.path, None)
        if entry.kind == FILE and entry.sparse is None:
            self.places[entry.path] = Place(offset, entry.size)
        elif entry.kind == HARDLINK:
            self.links[entry.path] = entry.linkname
        elif entry.kind == SYMLINK:
            self.links[entry.path] = normalise(posixpath.join(posixpath.dirname(entry.path), entry.linkname))


def read_members(tar_input: TarInput, where: str, keep: Callable[[Entry, int], None] | None = None) -> Members:
    """Lists a tar from its start to its end. `keep` is told of each file and its offset, and may read it.

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
        reason = NO_IMAGE if error.limit == "entries" else str(error)
        raise ImageError(f"{where}: {reason}") from error
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
