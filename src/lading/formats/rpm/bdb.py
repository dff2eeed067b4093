"""The hash tables of Berkeley DB, in which rpm kept its packages (`Packages`) until 4.15, in either byte order.

Source: dbinc/db_page.h of Berkeley DB 5.3. Keys and values lie on pages of the table side by side; a value that is too
long for that is on a chain of overflow pages.
"""

import struct
from collections.abc import Iterator

from lading.formats.rpm.header import MOST_BYTES
from lading.model.errors import SafeIOError
from lading.model.reader import Content

_META_MAGIC = 0x061561
_META_SIZE = 72
_MAGIC = slice(12, 16)
_PAGE_HEADER = 26
_PAGE_SIZES = frozenset(2**power for power in range(9, 17))
_HASH_UNSORTED, _OVERFLOW, _HASH_META, _HASH = 2, 7, 8, 13
_ON_PAGE, _OFF_PAGE = 1, 3
_CHECKSUMS = 1
_NEXT_PACKAGE = b"\0\0\0\0"  # the one key that is no package's: its value is the number of the next


def is_hash_table(content: Content) -> bool:
    """Whether the first page is that of a hash table."""
    return _byte_order(content) is not None


def iter_headers(content: Content) -> Iterator[bytes | None]:
    """The headers in the order of the pages, None for one that is damaged. Raises SafeIOError, also between
    headers."""
    return _Table(content).values()


def _byte_order(content: Content) -> str | None:
    for order in "<>":
        if content[_MAGIC] == struct.pack(f"{order}I", _META_MAGIC):
            return order
    return None


class _Table:
    def __init__(self, content: Content) -> None:
        order = _byte_order(content)
        if order is None or len(content) < _META_SIZE:
            raise SafeIOError("not a hash table of Berkeley DB")
        size, encryption, kind, flags, last = struct.unpack(f"{order}IBBB5xI", content[20:36])
        if size not in _PAGE_SIZES or kind != _HASH_META:
            raise SafeIOError("a Berkeley DB hash table with a damaged first page")
        if encryption or flags & _CHECKSUMS:
            raise SafeIOError("a Berkeley DB hash table with encryption or checksums, which rpm never writes")
        self._content = content
        self._size = size
        self._order = order
        self._page = struct.Struct(f"{order}IHHxB")  # next page, entries, length of overflow data, (level), type
        self._pages = len(content) // size
        self._overflow_left = self._pages
        self._is_whole = last < self._pages

    def values(self) -> Iterator[bytes | None]:
        """What is stored under the packages' keys."""
        for number in range(1, self._pages):
            _, entries, _, kind = self._read(number)
            if kind in (_HASH, _HASH_UNSORTED):
                yield from self._page_values(number, entries)
        if not self._is_whole:
            raise SafeIOError("a Berkeley DB hash table that is cut short")

    def _read(self, number: int) -> tuple[int, int, int, int]:
        start = number * self._size + 16
        next_page, entries, length, kind = self._page.unpack(self._content[start : start + self._page.size])
        return next_page, entries, length, kind

    def _page_values(self, number: int, entries: int) -> Iterator[bytes | None]:
        page = self._content[number * self._size : (number + 1) * self._size]
        entries = min(entries, (self._size - _PAGE_HEADER) // 2)
        starts = struct.unpack_from(f"{self._order}{entries}H", page, _PAGE_HEADER)
        ends = (self._size, *starts)
        if entries % 2 or any(start >= end for start, end in zip(starts, ends, strict=False)):
            yield None
            return
        items = [page[start:end] for start, end in zip(starts, ends, strict=False)]
        for key, value in zip(items[::2], items[1::2], strict=False):
            if key[1:] != _NEXT_PACKAGE:
                yield self._value(value)

    def _value(self, item: bytes) -> bytes | None:
        if item[:1] == bytes([_ON_PAGE]):
            return item[1:]
        if item[:1] == bytes([_OFF_PAGE]) and len(item) >= 12:
            number, length = struct.unpack_from(f"{self._order}II", item, 4)
            return self._chain(number, length) if length <= MOST_BYTES else None
        return None

    def _chain(self, number: int, length: int) -> bytes | None:
        """The data of a chain of overflow pages. No page is in two chains, so that all of them together take no more
        steps than there are pages."""
        pieces = []
        while length > 0:
            self._overflow_left -= 1
            if self._overflow_left < 0:
                raise SafeIOError("a Berkeley DB hash table whose pages run in circles")
            if not 0 < number < self._pages:
                return None
            start = number * self._size + _PAGE_HEADER
            number, _, size, kind = self._read(number)
            if kind != _OVERFLOW or size > self._size - _PAGE_HEADER:
                return None
            pieces.append(self._content[start : start + min(size, length)])
            length -= size
        return b"".join(pieces)
