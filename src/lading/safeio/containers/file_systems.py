"""File systems of squashfs, and programs of AppImage that carry one."""

from collections.abc import Iterator
from typing import Final

from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening, PackedMember
from lading.safeio.names import decode_name
from lading.safeio.squashfs import SquashFs

_AT_ONCE: Final = 1000


def iter_squashfs(content: Content, opening: Opening) -> Iterator[Member]:
    """The files in a file system. Raises SafeIOError, LimitError."""
    for count, entry in enumerate(SquashFs(content, opening.where, opening.budget.work).entries(), 1):
        if not count % _AT_ONCE:
            opening.budget.take_members(_AT_ONCE)
        if entry.kind == "file":
            yield PackedMember(decode_name(entry.path), entry.size, entry.pieces, entry.mode, opening.budget)
