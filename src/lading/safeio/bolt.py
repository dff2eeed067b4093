"""Reading a bbolt database: buckets of keys, in a file of pages.

Source: https://github.com/etcd-io/bbolt (page.go, bucket.go and meta.go of `internal/common`). The file may be written
meanwhile: a writer leaves alone what its last transaction holds, so that a reader is right as long as no further one
has been written since. `generation` tells that.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from lading.model.errors import SafeIOError
from lading.model.ports import Region
from lading.safeio.content import Stretch
from lading.safeio.region import open_file, whole_file

_MAGIC: Final = 0xED0CDAED
_VERSION: Final = 2
_HEADER: Final = struct.Struct("<QHHI")  # page id, flags, count of elements, overflow
_META: Final = struct.Struct("<IIIIQQQQQQ")
_BRANCH: Final = struct.Struct("<IIQ")  # place of the key from here, its size, page
_LEAF: Final = struct.Struct("<IIII")  # flags, place of the key from here, sizes of key and value
_ROOT: Final = struct.Struct("<QQ")  # page, sequence
_IS_BRANCH, _IS_LEAF, _IS_BUCKET = 1, 2, 1
_MOST_PAGES: Final = 200_000
_LARGEST_PAGE: Final = 64 * 1024 * 1024
_DEEPEST: Final = 40
_SIZES: Final = (1024, 65536)
_FNV: Final = 0xCBF29CE484222325, 0x100000001B3
_ATTEMPTS: Final = 5
_Found = TypeVar("_Found")


def read_stable(path: str, read: "Callable[[BoltFile], _Found]") -> _Found:
    """What `read` makes of the database in a file, once more where that is written meanwhile. Raises
    SafeIOError, and what `read` raises."""
    for _ in range(_ATTEMPTS):
        database = BoltFile(whole_file(path))
        try:
            found = read(database)
            if database.is_unchanged():
                return found
        except SafeIOError:
            if database.is_unchanged():
                raise
        finally:
            database.close()
    raise SafeIOError(f"{path}: is written to all the time: try again")


class Bucket:
    """A bucket of a database. Its methods raise SafeIOError for what is damaged."""

    def __init__(self, database: "BoltFile", page: int, inline: bytes = b"") -> None:
        self._database = database
        self._page = page
        self._inline = inline

    def names(self) -> Iterator[bytes]:
        """The keys, those of buckets too, in their order."""
        for key, _, _ in self._elements():
            yield key

    def get(self, name: bytes) -> bytes | None:
        """The value of a key, None where there is none."""
        return next((value for key, value, is_bucket in self._elements() if key == name and not is_bucket), None)

    def bucket(self, name: bytes) -> "Bucket | None":
        """The bucket of a key, None where there is none."""
        found = next((value for key, value, is_bucket in self._elements() if key == name and is_bucket), None)
        if found is None:
            return None
        if len(found) < _ROOT.size:
            raise self._database.damaged("a bucket without a root")
        page, _ = _ROOT.unpack_from(found)
        return Bucket(self._database, page, b"" if page else found[_ROOT.size :])

    def _elements(self) -> Iterator[tuple[bytes, bytes, bool]]:
        """Key and value, and whether that is a bucket."""
        if self._inline or not self._page:
            yield from self._leaf(self._inline)
            return
        pending = [(self._page, 0)]
        while pending:
            number, depth = pending.pop()
            page = self._database.page(number)
            _, flags, count, _ = _HEADER.unpack_from(page)
            if flags & _IS_LEAF:
                yield from self._leaf(page)
            elif flags & _IS_BRANCH and depth < _DEEPEST:
                pending += reversed([(child, depth + 1) for child in self._children(page, count)])
            else:
                raise self._database.damaged(f"page {number} is neither a branch nor a leaf")

    def _children(self, page: bytes, count: int) -> Iterator[int]:
        if _HEADER.size + count * _BRANCH.size > len(page):
            raise self._database.damaged("a branch that ends too early")
        for number in range(count):
            yield _BRANCH.unpack_from(page, _HEADER.size + number * _BRANCH.size)[2]

    def _leaf(self, page: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
        if len(page) < _HEADER.size:
            raise self._database.damaged("a leaf that ends too early")
        count = _HEADER.unpack_from(page)[2]
        if _HEADER.size + count * _LEAF.size > len(page):
            raise self._database.damaged("a leaf that ends too early")
        for number in range(count):
            place = _HEADER.size + number * _LEAF.size
            flags, offset, key_size, value_size = _LEAF.unpack_from(page, place)
            start = place + offset
            end = start + key_size
            if end + value_size > len(page):
                raise self._database.damaged("an element that lies outside its page")
            yield page[start:end], page[end : end + value_size], bool(flags & _IS_BUCKET)


class BoltFile:
    """A database file. Raises SafeIOError for one that cannot be read or is none."""

    def __init__(self, region: Region) -> None:
        import os

        self._path = region.path
        self._descriptor = open_file(region.path)
        self._close = os.close
        self._content = Stretch(self._descriptor, 0, region.size, region.path)
        self._left = _MOST_PAGES
        try:
            self._page_size, self._root, self.generation = self._newest()
        except BaseException:
            self.close()
            raise

    @property
    def root(self) -> Bucket:
        """The bucket of all others."""
        return Bucket(self, self._root)

    def is_unchanged(self) -> bool:
        """Whether nothing was written since the file was opened. Raises SafeIOError."""
        return self._newest()[2] == self.generation

    def page(self, number: int) -> bytes:
        """A page with those that it overflows into."""
        self._left -= 1
        if self._left < 0:
            raise self.damaged("pages without end")
        start = number * self._page_size
        head = self._content[start : start + _HEADER.size]
        if len(head) < _HEADER.size:
            raise self.damaged(f"no page {number}")
        overflow = _HEADER.unpack(head)[3]
        size = (overflow + 1) * self._page_size
        if size > _LARGEST_PAGE:
            raise self.damaged(f"page {number} is too large")
        return self._content[start : start + size]

    def close(self) -> None:
        self._close(self._descriptor)

    def damaged(self, what: str) -> SafeIOError:
        return SafeIOError(f"{self._path}: not a bbolt database, or a damaged one ({what})")

    def _newest(self) -> tuple[int, int, int]:
        """Page size, page of the root bucket and transaction of the newer of the two sound meta pages."""
        found = [meta for meta in map(self._meta, self._places()) if meta is not None]
        if not found:
            raise self.damaged("no sound meta page")
        return max(found, key=lambda meta: meta[2])

    def _places(self) -> Iterator[int]:
        """Where meta pages may begin: at the start, and behind that by the size of a page, which either tells."""
        yield 0
        size = _SIZES[0]
        while size <= _SIZES[1]:
            yield size
            size *= 2

    def _meta(self, place: int) -> tuple[int, int, int] | None:
        stretch = Stretch(self._descriptor, place + _HEADER.size, _META.size, self._path)
        if place + _HEADER.size + _META.size > len(self._content):
            return None
        data = stretch[:]
        magic, version, page_size, _, root, _, _, _, transaction, checksum = _META.unpack(data)
        if magic != _MAGIC or version != _VERSION or not _SIZES[0] <= page_size <= _SIZES[1]:
            return None
        if place not in (0, page_size) or _fnv(data[:-8]) != checksum:
            return None
        return page_size, root, transaction


def _fnv(data: bytes) -> int:
    """FNV-1a of 64 bits."""
    value, prime = _FNV
    for byte in data:
        value = (value ^ byte) * prime & 0xFFFFFFFFFFFFFFFF
    return value
