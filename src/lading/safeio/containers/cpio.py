"""cpio archives of the form in which rpm packages and initial file systems of Linux are written.

Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

from collections.abc import Iterator
from typing import Final

from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Named, Opening, check_member
from lading.safeio.tar import TarInput, normalise

_MAGIC: Final = (b"070701", b"070702")
_HEADER: Final = 110
_LONGEST_NAME: Final = 4096
_TRAILER: Final = "TRAILER!!!"
_REGULAR, _KINDS = 0o100000, 0o170000
_AT_ONCE: Final = 1000
_PIECE: Final = 64 * 1024
_ZEROS: Final = bytes(4)
_MOST_ENTRIES: Final = 5_000_000


def begins_cpio(head: bytes) -> bool:
    """Whether a file that begins so is a cpio archive that is read."""
    return head[:6] in _MAGIC


def iter_cpio(source: TarInput, opening: Opening) -> Iterator[Member]:
    """The files in an archive, or in several one behind the other. Raises SafeIOError, LimitError."""
    count = 0
    while _skip_zeros(source):
        head = source.take(6)
        count += 1
        if not count % _AT_ONCE:
            opening.budget.take_members(_AT_ONCE)
        if count > _MOST_ENTRIES:
            raise LimitError(f"more than {_MOST_ENTRIES:,} entries; the rest was not read", "entries")
        path, mode, size = _entry(head, source, opening)
        if path == _TRAILER:
            continue
        member = _CpioMember(source, opening.where, normalise(path), mode & 0o7777, size)
        if mode & _KINDS == _REGULAR and size:
            yield member
        member.finish()


def _entry(head: bytes, source: TarInput, opening: Opening) -> tuple[str, int, int]:
    fields = source.take(_HEADER - 6)
    if head not in _MAGIC or len(fields) < _HEADER - 6:
        raise SafeIOError(f"{opening.where}: a damaged cpio archive, or one of a form that is not read")
    try:
        numbers = [int(fields[at : at + 8], 16) for at in range(0, 104, 8)]
    except ValueError as error:
        raise SafeIOError(f"{opening.where}: a damaged cpio archive ({error})") from error
    mode, size, length = numbers[1], numbers[6], numbers[11]
    if not 0 < length <= _LONGEST_NAME:
        raise SafeIOError(f"{opening.where}: a damaged cpio archive (a name of {length:,} bytes)")
    name = source.take(length + -(_HEADER + length) % 4)[:length]
    return name.rstrip(b"\0").decode("utf-8", "backslashreplace"), mode, size


def _skip_zeros(source: TarInput) -> bool:
    """Goes on to the next archive behind zeros, which begins at a multiple of four bytes; False at the end."""
    while piece := source.peek(_PIECE if source.peek(4) == _ZEROS else 4):
        zeros = len(piece) - len(piece.lstrip(b"\0"))
        if zeros < len(piece):
            source.take(zeros - zeros % 4)
            return True
        source.take(zeros)
    return False


class _CpioMember(Named):
    """A file whose bytes come next."""

    def __init__(self, source: TarInput, where: str, path: str, mode: int, size: int) -> None:
        super().__init__(path, mode)
        self._source = source
        self._where = where
        self._size = size
        self._left = size

    def peek(self, size: int, /) -> bytes:
        return self._source.peek(min(size, self._left))

    def read_content(self, limit: int, /) -> Content:
        check_member(self.path, self._size, limit)
        content = self._source.content(self._size)
        self._left = 0
        if len(content) < self._size:
            raise SafeIOError(f"{self._where}: ends too early")
        return content

    def finish(self) -> None:
        """Goes to the next entry."""
        padding = -self._size % 4
        if self._source.skip(self._left + padding) > padding:
            raise SafeIOError(f"{self._where}: ends too early")
