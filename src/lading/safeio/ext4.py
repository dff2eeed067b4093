"""Reading ext2, ext3 and ext4, within bounds.

Source: the kernel's Documentation/filesystems/ext4.
"""

import struct
from collections.abc import Iterator
from functools import partial
from typing import Final

from lading.model.errors import LimitError, SafeIOError
from lading.safeio.content import Stretch
from lading.safeio.tree_tar import TreeEntry

_MAGIC: Final = b"\x53\xef"
_ROOT: Final = 2
_FILE_TYPE, _NEEDS_RECOVERY, _META_GROUPS, _64_BIT = 0x2, 0x4, 0x10, 0x80
_EXTENTS, _INLINE, _ENCRYPTED = 0x80000, 0x10000000, 0x800
_ATTRIBUTES, _SYSTEM = 0xEA020000, 7
_EXTENT_MAGIC: Final = 0xF30A
_EXTENT: Final = struct.Struct("<IHHI")
_INDEX: Final = struct.Struct("<IIHH")
_EXTENT_HEADER: Final = struct.Struct("<HHHHI")
_MOST_ENTRIES: Final = 5_000_000
_DEEPEST: Final = 500
_LARGEST_DIRECTORY: Final = 1 << 26
_MOST_RUNS: Final = 2_000_000
_LONGEST_TARGET: Final = 4096
_RUN: Final = 256 * 1024
_KINDS: Final = {0x4: "directory", 0x8: "file", 0xA: "symlink"}


class _Inode:
    """The fields of an inode that count."""

    def __init__(self, data: bytes) -> None:
        self.mode = int.from_bytes(data[0:2], "little")
        self.flags = int.from_bytes(data[32:36], "little")
        self.blocks = data[40:100]
        low, high = data[4:8], data[108:112]
        is_file = self.mode >> 12 == 0x8
        self.more = _inline_value(data) if self.flags & _INLINE else b""
        self.size = int.from_bytes(low, "little") | (int.from_bytes(high, "little") << 32 if is_file else 0)

    @property
    def kind(self) -> str:
        return _KINDS.get(self.mode >> 12, "other")


class Ext4:
    """A file system in a stretch of a file. `where` names it in errors. Raises SafeIOError for what is none, or is laid
    out in a way that is not read. `is_clean` tells whether all that was written lies in its place, and not in the
    journal alone."""

    def __init__(self, content: Stretch, where: str) -> None:
        self._content = content
        self._where = where
        head = content[1024:2048]
        if len(head) < 1024 or head[56:58] != _MAGIC:
            raise self._damaged("no superblock")
        number = partial(_number, head)
        self._block = 1024 << number(24)
        incompatible = number(96)
        self.is_clean = not incompatible & _NEEDS_RECOVERY
        self._has_types = bool(incompatible & _FILE_TYPE)
        self._inode_size = number(88, 2) if number(76) else 128
        self._per_group, self._count = number(40), number(0)
        wide = bool(incompatible & _64_BIT)
        self._group_size = number(254, 2) if wide else 32
        if not 1024 <= self._block <= 65536 or not self._per_group or self._inode_size < 128:
            raise self._damaged("a superblock that cannot be")
        if wide and self._group_size < 64:
            raise self._damaged("group descriptors that are too small")
        if incompatible & _META_GROUPS:
            raise SafeIOError(f"{where}: is laid out with meta_bg, which is not read: mount it and scan dir:PATH")
        self._wide = wide
        self._groups = (number(20) + 1) * self._block
        self.size = number(4) * self._block
        self._left = _MOST_RUNS
        self.unreadable = 0
        """How many entries could not be read: encrypted ones, and large ones that lie in their inode."""

    def entries(self) -> Iterator[TreeEntry]:
        """All that lies in it, directories before what is in them. Raises SafeIOError, LimitError."""
        pending: list[tuple[int, bytes, int]] = [(_ROOT, b"", 0)]
        seen, count = set(), 0
        while pending:
            number, path, depth = pending.pop()
            if number in seen or depth > _DEEPEST:
                raise self._damaged("directories in a loop, or too deep")
            seen.add(number)
            below = []
            for name, child in self._list(number):
                count += 1
                if count > _MOST_ENTRIES:
                    raise LimitError(f"more than {_MOST_ENTRIES:,} entries; the rest was not read", "entries")
                inode = self._inode(child)
                entry = self._entry(path + name, inode)
                if entry is None:
                    continue
                yield entry
                if entry.kind == "directory":
                    below.append((child, path + name + b"/", depth + 1))
            pending += reversed(below)

    def _entry(self, path: bytes, inode: _Inode) -> TreeEntry | None:
        mode = inode.mode & 0o7777
        if inode.kind in ("file", "symlink", "directory") and not self._is_readable(inode):
            self.unreadable += 1
            return None
        match inode.kind:
            case "directory":
                return TreeEntry(path, "directory", mode)
            case "file":
                return TreeEntry(path, "file", mode, inode.size, pieces=partial(self._pieces, inode))
            case "symlink":
                return TreeEntry(path, "symlink", mode, target=self._target(inode))
            case _:
                return TreeEntry(path, "other", mode)

    def _is_readable(self, inode: _Inode) -> bool:
        held = len(inode.blocks) + len(inode.more)
        return not inode.flags & _ENCRYPTED and not (inode.flags & _INLINE and inode.size > held)

    def _target(self, inode: _Inode) -> bytes:
        if inode.size < len(inode.blocks) and not inode.flags & _EXTENTS:
            return inode.blocks[: inode.size]
        if inode.size > _LONGEST_TARGET:
            raise self._damaged("a link without end")
        return b"".join(self._pieces(inode))

    def _list(self, number: int) -> Iterator[tuple[bytes, int]]:
        """The names in a directory, each with the number of its inode."""
        inode = self._inode(number)
        if inode.kind != "directory" or inode.size > _LARGEST_DIRECTORY:
            raise self._damaged("no directory where one is expected")
        if inode.flags & _INLINE:
            yield from self._names(inode.blocks[4 : inode.size])
            yield from self._names(inode.more)
        else:
            yield from self._names(b"".join(self._pieces(inode)))

    def _names(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        place = 0
        while place + 8 <= len(data):
            child, length = _number(data, place), _number(data, place + 4, 2)
            size = data[place + 6] if self._has_types else _number(data, place + 6, 2)
            if length < 8 or 8 + size > length or place + length > len(data):
                raise self._damaged("a directory entry that cannot be")
            name = data[place + 8 : place + 8 + size]
            place += length
            if child and name not in (b".", b"..", b"") and b"/" not in name and b"\0" not in name:
                yield name, child

    def _inode(self, number: int) -> _Inode:
        if not 0 < number <= self._count:
            raise self._damaged("an inode that there is not")
        group, index = divmod(number - 1, self._per_group)
        descriptor = self._raw(self._groups + group * self._group_size, self._group_size)
        table = _number(descriptor, 8) | (_number(descriptor, 40) << 32 if self._wide else 0)
        return _Inode(self._raw(table * self._block + index * self._inode_size, self._inode_size))

    def _pieces(self, inode: _Inode) -> Iterator[bytes]:
        """The content, holes included."""
        if inode.flags & _INLINE:
            yield (inode.blocks + inode.more)[: inode.size]
            return
        self._left = _MOST_RUNS
        runs = self._extents(inode.blocks, 0) if inode.flags & _EXTENTS else self._mapped(inode)
        place, size = 0, inode.size
        for logical, count, physical in runs:
            start, end = logical * self._block, min((logical + count) * self._block, size)
            if start < place:
                raise self._damaged("blocks of a file that overlap")
            yield from _zeros(min(start, size) - place)
            place = max(place, min(start, size))
            while place < end:
                length = min(_RUN, end - place)
                if physical:
                    yield self._raw(physical * self._block + place - start, length)
                else:
                    yield bytes(length)
                place += length
        yield from _zeros(size - place)

    def _extents(self, node: bytes, depth: int) -> Iterator[tuple[int, int, int]]:
        """Runs of blocks: the first in the file, how many, the first on the disk or 0 for none."""
        magic, count, _, level, _ = _EXTENT_HEADER.unpack_from(node)
        self._left -= count + 1
        if self._left < 0:
            raise self._damaged("extents without end")
        if magic != _EXTENT_MAGIC or depth > 5 or 12 + 12 * count > len(node):
            raise self._damaged("a tree of extents that is none")
        for number in range(count):
            place = 12 + 12 * number
            if level:
                _, low, high, _ = _INDEX.unpack_from(node, place)
                yield from self._extents(self._raw((high << 32 | low) * self._block, self._block), depth + 1)
            else:
                logical, length, high, low = _EXTENT.unpack_from(node, place)
                written = length <= 0x8000
                yield logical, length if written else length - 0x8000, (high << 32 | low) if written else 0

    def _mapped(self, inode: _Inode) -> Iterator[tuple[int, int, int]]:
        """The same for a map of blocks, as ext2 and ext3 have."""
        left = -(-inode.size // self._block)
        logical = 0
        for slot in range(15):
            if left <= 0:
                return
            number = _number(inode.blocks, 4 * slot)
            for physical, count in self._indirect(number, max(0, slot - 11)):
                if left <= 0:
                    return
                yield logical, min(count, left), physical
                logical += count
                left -= count

    def _indirect(self, number: int, level: int) -> Iterator[tuple[int, int]]:
        """Blocks on the disk with how many they stand for: more than one where all of a table is a hole."""
        per_table = self._block // 4
        if not level or not number:
            yield number, per_table**level
            return
        table = self._raw(number * self._block, self._block)
        for slot in range(per_table):
            yield from self._indirect(_number(table, 4 * slot), level - 1)

    def _raw(self, start: int, size: int) -> bytes:
        data = self._content[start : start + size]
        if len(data) < size:
            raise self._damaged("it ends too early")
        return data

    def _damaged(self, what: str) -> SafeIOError:
        return SafeIOError(f"{self._where}: no ext4 file system, or a damaged one ({what})")


def _inline_value(inode: bytes) -> bytes:
    """What of a content that lies in its inode lies in the attribute `system.data`."""
    start = 128 + _number(inode, 128, 2)
    if _number(inode, start) != _ATTRIBUTES:
        return b""
    first = place = start + 4
    while place + 16 <= len(inode) and inode[place]:
        name = inode[place + 16 : place + 16 + inode[place]]
        offset, size = _number(inode, place + 2, 2), _number(inode, place + 8)
        if inode[place + 1] == _SYSTEM and name == b"data":
            return inode[first + offset : first + offset + size]
        place += (16 + inode[place] + 3) // 4 * 4
    return b""


def _number(data: bytes, place: int, size: int = 4) -> int:
    return int.from_bytes(data[place : place + size], "little")


def _zeros(size: int) -> Iterator[bytes]:
    while size > 0:
        yield bytes(min(size, _RUN))
        size -= _RUN
