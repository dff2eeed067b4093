"""Debian's binary packages, which are ar archives of two tars.

Source: deb(5), and ar(5) for the archive around.
"""

from collections.abc import Iterator
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening, StoredMember
from lading.safeio.containers.tars import iter_archive
from lading.safeio.content import Part

_MAGIC: Final = b"!<arch>\n"
_HEADER: Final = 60
_MOST_PARTS: Final = 100
CONTROL: Final = "DEBIAN/control"
"""Where a package's control file is, as it is unpacked by `dpkg-deb --raw-extract`."""
_LARGEST_CONTROL: Final = 10_000_000


def begins_deb(head: bytes) -> bool:
    """Whether a file that begins so is a package, rather than a library of object files."""
    return head.startswith(_MAGIC + b"debian-binary")


def iter_deb(content: Content, opening: Opening) -> Iterator[Member]:
    """The package's control file and the files that it installs. Raises SafeIOError, LimitError."""
    names = set()
    for name, part in _iter_parts(content, opening):
        names.add(name.partition(".")[0])
        if name.startswith("control.tar"):
            for member in iter_archive(part, opening):
                if member.path == "control":
                    yield StoredMember(CONTROL, member.read_content(_LARGEST_CONTROL))
        elif name.startswith("data.tar"):
            yield from iter_archive(part, opening)
    if "data" not in names:
        raise SafeIOError(f"{opening.where}: a package without a part data.tar")


def _iter_parts(content: Content, opening: Opening) -> Iterator[tuple[str, Content]]:
    at = len(_MAGIC)
    for _ in range(_MOST_PARTS):
        header = content[at : at + _HEADER]
        if not header:
            return
        if len(header) < _HEADER or header[58:] != b"`\n" or not header[48:58].strip().isdigit():
            raise SafeIOError(f"{opening.where}: a damaged package")
        size = int(header[48:58])
        start = at + _HEADER
        if start + size > len(content):
            raise SafeIOError(f"{opening.where}: the package ends too early")
        yield header[:16].decode("ascii", "replace").rstrip(" /"), Part(content, start, start + size)
        at = start + size + size % 2
