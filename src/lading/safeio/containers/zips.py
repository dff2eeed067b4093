"""Zip archives, whatever they are called and whatever stands in front of them."""

from collections.abc import Callable, Iterator

from lading.model.reader import Content
from lading.safeio.containers.members import HELD, Member, Named, Opening, check_member, gathered
from lading.safeio.tar import normalise
from lading.safeio.zip_ends import Directory, java_directory, python_directory
from lading.safeio.zips import ZipContent

_MOST_DOUBTS = 10
_END = b"PK\5\6"
_TAIL = 66_000
"""Within so many bytes of its end an archive says where its directory lies."""


def iter_zip(content: Content, opening: Opening, *, as_java: bool) -> Iterator[Member]:
    """The files in an archive, as Java finds them or as Python does. Raises SafeIOError, LimitError."""
    find: Callable[[Content], Directory] = java_directory if as_java else python_directory
    without = (b"/", *opening.without)
    archive = ZipContent(content, opening.budget, find_directory=find, without=without, other_methods=not as_java)
    names = archive.names
    overlapping = archive.overlapping(names)
    encrypted = 0
    for name in names:
        path = normalise(name.replace("\\", "/"))
        if archive.is_encrypted(name):
            encrypted += 1
        elif path and name not in overlapping:
            yield _ZipMember(archive, name, path)
    if overlapping:
        opening.leave(f"files in it that lie over one another: {len(overlapping):,}")
    if encrypted:
        opening.leave(f"encrypted files: {encrypted:,}")
    opening.doubts += archive.doubts[:_MOST_DOUBTS]


def ends_as_zip(content: Content) -> bool:
    """Whether a file that begins as something else ends as an archive does."""
    return content.rfind(_END, max(0, len(content) - _TAIL)) >= 0


class _ZipMember(Named):
    def __init__(self, archive: ZipContent, name: str, path: str) -> None:
        super().__init__(path)
        self._archive = archive
        self._name = name

    def peek(self, size: int, /) -> bytes:
        return self._archive.head(self._name, size)

    def read_content(self, limit: int, /) -> Content:
        check_member(self.path, self._archive.size(self._name), limit)
        if self._archive.is_stored(self._name):
            content = self._archive.open(self._name)
            return content if len(content) > HELD else content[:]
        return gathered(self._archive.iter_member(self._name), limit, self.path)
