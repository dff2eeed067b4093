"""Reading squashfs 4.0, within bounds.

Source: the kernel's Documentation/filesystems/squashfs.rst and fs/squashfs/squashfs_fs.h.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.blocks import decompressor_of
from lading.safeio.limits import Spend, unbounded
from lading.safeio.tree_tar import TreeEntry

_MAGIC: Final = b"hsqs"
_SUPER: Final = struct.Struct("<4sIIIIHHHHHHQQQQQQQQ")
_INODE: Final = struct.Struct("<HHHHII")
_DIRECTORY, _FILE, _SYMLINK = 1, 2, 3
_EXTENDED: Final = 7
_BODIES: Final = {
    1: struct.Struct("<IIHHI"),
    2: struct.Struct("<IIII"),
    3: struct.Struct("<II"),
    8: struct.Struct("<IIIIHHI"),
    9: struct.Struct("<QQQIIII"),
    10: struct.Struct("<II"),
}
_HEADER: Final = struct.Struct("<III")
_ENTRY: Final = struct.Struct("<HhHH")
_FRAGMENT: Final = struct.Struct("<QII")
_NO_FRAGMENT: Final = 0xFFFFFFFF
_UNCOMPRESSED_BLOCK: Final = 1 << 24
_METADATA: Final = 8192
_KEPT: Final = 256
_DEEPEST: Final = 500
_MOST_ENTRIES: Final = 5_000_000
_LONGEST_PATH: Final = 4095
_AN_ENTRY: Final = 12
"""What one costs, in steps (see lading.safeio.limits.Work)."""
_LARGEST_BLOCK: Final = 1024 * 1024


class SquashFs:
    """A file system in a stretch of a file. `where` names it in errors; `spend` is told of the work, in steps, and may
    raise to stop it. Raises SafeIOError for what is none, is damaged or compressed in a way that is not read. It has
    `is_clean` and `unreadable` as Ext4 has them: it is written once."""

    def __init__(self, content: Content, where: str, spend: Spend = unbounded) -> None:
        self._content = content
        self._spend = spend
        self._where = where
        head = content[: _SUPER.size]
        if len(head) < _SUPER.size or not head.startswith(_MAGIC):
            raise self._damaged("no superblock")
        fields = _SUPER.unpack(head)
        self._block_size, compressor, major = fields[3], fields[5], fields[9]
        self._root, self.size = fields[11], fields[12]
        self._inodes, self._directories, self._fragments = fields[15], fields[16], fields[17]
        self._fragment_count = fields[4]
        if major != 4 or not 4096 <= self._block_size <= _LARGEST_BLOCK:
            raise self._damaged(f"version {major} or block size {self._block_size:,} is none of squashfs 4.0")
        self._decompress: Callable[[bytes, int], bytes] = decompressor_of(compressor, where, spend)
        self._kept: OrderedDict[int, tuple[bytes, int]] = OrderedDict()
        self._fragment: tuple[int, bytes] = (-1, b"")
        self._count = 0
        self.is_clean, self.unreadable = True, 0

    def entries(self) -> Iterator[TreeEntry]:
        """All that lies in it, directories before what is in them. Raises SafeIOError, LimitError."""
        pending: list[tuple[int, bytes, int]] = [(self._root, b"", 0)]
        seen = set()
        while pending:
            reference, path, depth = pending.pop()
            if reference in seen or depth > _DEEPEST:
                raise self._damaged("directories in a loop, or too deep")
            seen.add(reference)
            below = []
            for name, child in self._list(reference):
                self._count += 1
                if self._count > _MOST_ENTRIES:
                    raise LimitError(f"more than {_MOST_ENTRIES:,} entries; the rest was not read", "entries")
                self._spend(_AN_ENTRY)
                if len(path) + len(name) > _LONGEST_PATH:
                    raise self._damaged("a path that is longer than Linux takes")
                entry = self._entry(path + name, child)
                yield entry
                if entry.kind == "directory":
                    below.append((child, path + name + b"/", depth + 1))
            pending += reversed(below)

    def _entry(self, path: bytes, reference: int) -> TreeEntry:
        kind, mode, body, place = self._inode(reference)
        if kind in (_DIRECTORY, _DIRECTORY + _EXTENDED):
            return TreeEntry(path, "directory", mode)
        if kind in (_SYMLINK, _SYMLINK + _EXTENDED):
            size = body[1]
            if size > _LONGEST_PATH:
                raise self._damaged("a link without end")
            return TreeEntry(path, "symlink", mode, target=self._take(*place, size)[0])
        if kind == _FILE:
            start, fragment, offset, size = body
        elif kind == _FILE + _EXTENDED:
            start, size, _, _, fragment, offset, _ = body
        else:
            return TreeEntry(path, "other", mode)
        pieces = partial(self._pieces, start, size, fragment, offset, place)
        return TreeEntry(path, "file", mode, size, pieces=pieces)

    def _inode(self, reference: int) -> tuple[int, int, tuple[int, ...], tuple[int, int]]:
        """Kind, mode, the fields of its kind, and where what follows them lies."""
        block, offset = self._inodes + (reference >> 16), reference & 0xFFFF
        data, place = self._take(block, offset, _INODE.size)
        kind, mode, *_ = _INODE.unpack(data)
        body = _BODIES.get(kind)
        if body is None:
            return kind, mode & 0o7777, (), place
        data, place = self._take(*place, body.size)
        return kind, mode & 0o7777, body.unpack(data), place

    def _list(self, reference: int) -> Iterator[tuple[bytes, int]]:
        """The names in a directory, each with the reference to its inode."""
        kind, _, body, _ = self._inode(reference)
        if kind == _DIRECTORY:
            block, _, size, offset, _ = body
        elif kind == _DIRECTORY + _EXTENDED:
            _, size, block, _, _, offset, _ = body
        else:
            raise self._damaged("no directory where one is expected")
        place, left = (self._directories + block, offset), size - 3
        while left > 0:
            data, place = self._take(*place, _HEADER.size)
            count, start, _ = _HEADER.unpack(data)
            left -= _HEADER.size
            for _ in range(min(count + 1, 256)):
                data, place = self._take(*place, _ENTRY.size)
                offset, _, _, length = _ENTRY.unpack(data)
                name, place = self._take(*place, length + 1)
                left -= _ENTRY.size + len(name)
                if b"/" in name or b"\0" in name or name in (b".", b".."):
                    raise self._damaged("a name that no file has")
                yield name, start << 16 | offset

    def _pieces(self, start: int, size: int, fragment: int, offset: int, place: tuple[int, int]) -> Iterator[bytes]:
        whole = fragment == _NO_FRAGMENT
        left = size
        while left >= self._block_size or (whole and left):
            data, place = self._take(*place, 4)
            stored = int.from_bytes(data, "little")
            wanted = min(left, self._block_size)
            piece = self._block(start, stored, wanted) if stored & 0xFFFFFF else bytes(wanted)
            if len(piece) != wanted:
                raise self._damaged("a block of another size")
            start += stored & 0xFFFFFF
            left -= wanted
            yield piece
        if left:
            piece = self._read_fragment(fragment)[offset : offset + left]
            if len(piece) != left:
                raise self._damaged("a fragment that is too short")
            yield piece

    def _read_fragment(self, number: int) -> bytes:
        if self._fragment[0] != number:
            if number >= self._fragment_count:
                raise self._damaged("a fragment that there is not")
            pointer = self._raw(self._fragments + number // 512 * 8, 8)
            data, _ = self._take(int.from_bytes(pointer, "little"), number % 512 * _FRAGMENT.size, _FRAGMENT.size)
            start, stored, _ = _FRAGMENT.unpack(data)
            self._fragment = number, self._block(start, stored, self._block_size)
        return self._fragment[1]

    def _block(self, start: int, stored: int, most: int) -> bytes:
        size = stored & 0xFFFFFF
        if size > 2 * _LARGEST_BLOCK:
            raise self._damaged("a block that is too large")
        data = self._raw(start, size)
        return data if stored & _UNCOMPRESSED_BLOCK else self._decompress(data, most)

    def _take(self, block: int, offset: int, size: int) -> tuple[bytes, tuple[int, int]]:
        """So many bytes of metadata, from a place in a block on, and where the next lie."""
        pieces = []
        while size:
            data, following = self._metadata(block)
            piece = data[offset : offset + size]
            pieces.append(piece)
            size -= len(piece)
            offset += len(piece)
            if size:
                if offset < len(data) or not data:
                    raise self._damaged("metadata that ends too early")
                block, offset = following, 0
        return b"".join(pieces), (block, offset)

    def _metadata(self, place: int) -> tuple[bytes, int]:
        """A block of metadata, and where the next one lies."""
        known = self._kept.get(place)
        if known is None:
            header = int.from_bytes(self._raw(place, 2), "little")
            size = header & 0x7FFF
            if size > _METADATA:
                raise self._damaged("a block of metadata that is too large")
            data = self._raw(place + 2, size)
            known = (data if header & 0x8000 else self._decompress(data, _METADATA)), place + 2 + size
            self._kept[place] = known
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return known

    def _raw(self, start: int, size: int) -> bytes:
        data = self._content[start : start + size]
        if len(data) < size:
            raise self._damaged("it ends too early")
        return data

    def _damaged(self, what: str) -> SafeIOError:
        return SafeIOError(f"{self._where}: no squashfs, or a damaged one ({what})")
