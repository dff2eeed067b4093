"""bbolt databases, made by bbolt's own layout."""

import struct
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.bolt import BoltFile, Bucket
from lading.safeio.region import whole_file

_SIZE = 4096


def _fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def meta(number: int, root: int, transaction: int, size: int = _SIZE) -> bytes:
    body = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, size, 0, root, 0, 2, 99, transaction)
    return (struct.pack("<QHHI", number, 4, 0, 0) + body + struct.pack("<Q", _fnv(body))).ljust(size, b"\0")


def leaf(elements: list[tuple[bytes, bytes, bool]], number: int = 0, size: int = 0) -> bytes:
    """A leaf page of keys and values; a value is a bucket's where the third says so."""
    heads, bodies = b"", b""
    place = 16 * len(elements)
    for index, (key, value, is_bucket) in enumerate(elements):
        offset = place + len(bodies) - 16 * index
        heads += struct.pack("<IIII", int(is_bucket), offset, len(key), len(value))
        bodies += key + value
    page = heads + bodies
    overflow = max(0, -(-(16 + len(page)) // size) - 1) if size else 0
    whole = struct.pack("<QHHI", number, 2, len(elements), overflow) + page
    return whole.ljust((overflow + 1) * size, b"\0") if size else whole


def branch(children: list[tuple[bytes, int]], number: int) -> bytes:
    heads, bodies = b"", b""
    for index, (key, child) in enumerate(children):
        heads += struct.pack("<IIQ", 16 * (len(children) - index) + len(bodies), len(key), child)
        bodies += key
    return (struct.pack("<QHHI", number, 1, len(children), 0) + heads + bodies).ljust(_SIZE, b"\0")


def inline(elements: list[tuple[bytes, bytes, bool]]) -> bytes:
    return struct.pack("<QQ", 0, 0) + leaf(elements)


def at(page: int) -> bytes:
    return struct.pack("<QQ", page, 0)


_PAGES = (
    meta(0, 3, 7),
    meta(1, 4, 6),
    b"\0" * _SIZE,
    leaf([(b"a", b"1", False), (b"inline", inline([(b"x", b"y", False)]), True), (b"tree", at(5), True)], 3, _SIZE),
    leaf([(b"old", b"1", False)], 4, _SIZE),
    branch([(b"k0", 6), (b"k2", 7)], 5),
    leaf([(b"k0", b"v0", False), (b"k1", b"v" * 6000, False)], 6, _SIZE),
    leaf([(b"k2", b"v2", False)], 8, _SIZE),
)


def _write(path: Path, pages: tuple[bytes, ...] = _PAGES) -> Path:
    data = b"".join(pages[:7]) + pages[7]
    path.write_bytes(data)
    return path


def _open(path: Path) -> BoltFile:
    return BoltFile(whole_file(str(path)))


def _bucket(bucket: Bucket, name: bytes) -> Bucket:
    found = bucket.bucket(name)
    assert found is not None
    return found


def test_keys_and_buckets(tmp_path: Path) -> None:
    pages = list(_PAGES)
    pages[5] = branch([(b"k0", 6), (b"k2", 8)], 5)  # the leaf before overflows into the page between
    database = _open(_write(tmp_path / "db", tuple(pages)))
    root = database.root
    assert list(root.names()) == [b"a", b"inline", b"tree"]
    assert (root.get(b"a"), root.get(b"inline"), root.get(b"none")) == (b"1", None, None)
    assert root.bucket(b"a") is None
    assert _bucket(root, b"inline").get(b"x") == b"y"
    tree = _bucket(root, b"tree")
    assert list(tree.names()) == [b"k0", b"k1", b"k2"]
    assert (tree.get(b"k1"), tree.get(b"k2")) == (b"v" * 6000, b"v2")
    database.close()


def test_the_newer_sound_meta_page_counts(tmp_path: Path) -> None:
    path = _write(tmp_path / "db", (meta(0, 3, 7)[:-1] + b"\0", meta(1, 4, 9), *_PAGES[2:]))
    database = _open(path)
    assert (list(database.root.names()), database.generation, database.is_unchanged()) == ([b"old"], 9, True)
    damaged = bytearray(path.read_bytes())
    damaged[_SIZE + 40] ^= 1
    path.write_bytes(damaged)
    assert not database.is_unchanged()
    database.close()
    database = _open(path)
    assert (next(iter(database.root.names())), database.generation) == (b"a", 7)
    database.close()


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ((b"x" * _SIZE, b"x" * _SIZE, *_PAGES[2:]), "no sound meta page"),
        ((meta(0, 999, 7), *_PAGES[1:]), "no page 999"),
        ((meta(0, 2, 7), *_PAGES[1:]), "page 2 is neither a branch nor a leaf"),
        ((meta(0, 5, 7), *_PAGES[1:5], branch([(b"k", 5)], 5), *_PAGES[6:]), "page 5 is neither a branch nor a leaf"),
        (
            (*_PAGES[:3], leaf([(b"a", b"1" * 9000, False)], 3)[:_SIZE].ljust(_SIZE), *_PAGES[4:]),
            "an element that lies",
        ),
    ],
    ids=["metas", "outside", "kind", "loop", "element"],
)
def test_damage_is_told(tmp_path: Path, pages: tuple[bytes, ...], message: str) -> None:
    path = _write(tmp_path / "db", pages)
    with pytest.raises(SafeIOError, match=rf"db: not a bbolt database, or a damaged one \({message}"):
        database = _open(path)
        try:
            list(database.root.names())
        finally:
            database.close()


def test_every_cut_and_flip_ends(tmp_path: Path) -> None:
    whole = _write(tmp_path / "db").read_bytes()
    for place in range(0, len(whole), 97):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            path = tmp_path / "damaged"
            path.write_bytes(data)
            try:
                database = _open(path)
            except SafeIOError:
                continue
            try:
                for name in database.root.names():
                    found = database.root.bucket(name)
                    assert found is None or isinstance(list(found.names()), list)
            except SafeIOError:
                pass
            finally:
                database.close()
