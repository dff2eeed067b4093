"""Small rpm databases in each of the three formats, built from headers."""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence

Value = str | bytes | Sequence[str] | Sequence[int]
Packed = tuple[int, int, bytes, int, int]
"""An entry of a header: its tag, type, data, count and alignment."""
NAME, VERSION, RELEASE, EPOCH, VENDOR, LICENSE, ARCH = 1000, 1001, 1002, 1003, 1011, 1014, 1022
FILE_STATES, FILE_MODES, FILE_DIGESTS, SOURCE_RPM = 1029, 1030, 1035, 1044
DIR_INDEXES, BASE_NAMES, DIR_NAMES, MODULARITY_LABEL = 1116, 1117, 1118, 5096
RSA_HEADER, OPENPGP = 268, 278
_WIDTHS = {FILE_STATES: (1, "B"), FILE_MODES: (3, "H")}
_REGION = 63


def header(tags: Mapping[int, Value]) -> bytes:
    """A header with an immutable region around the tags but the last, as rpm stores it."""
    packed = [(tag, *_packed(tag, value)) for tag, value in tags.items()]
    return packed_header(packed[:-1], packed[-1:])


def packed_header(inside: Iterable[Packed], outside: Iterable[Packed] = (), mark: int = _REGION) -> bytes:
    """A header with entries inside and outside of its immutable region, each with its tag, type, data, count and
    alignment."""
    entries, data = _laid_out(inside, b"")
    region = struct.pack(">IIII", mark, 7, len(data), 16)
    data += struct.pack(">IIiI", mark, 7, -16 * (len(entries) + 1), 16)
    more, data = _laid_out(outside, data)
    index = (region, *entries, *more)
    return struct.pack(">II", len(index), len(data)) + b"".join(index) + data


def _laid_out(packed: Iterable[Packed], data: bytes) -> tuple[list[bytes], bytes]:
    """The index of entries whose data lie behind `data`, and both data."""
    entries = []
    for tag, kind, value, count, width in packed:
        data += b"\0" * (-len(data) % width)
        entries.append(struct.pack(">IIII", tag, kind, len(data), count))
        data += value
    return entries, data


def package(name: str, version: str = "1", release: str = "1", **more: Value) -> bytes:
    """The header of a package; `more` by the names above in lower case."""
    tags: dict[int, Value] = {NAME: name, VERSION: version, RELEASE: release}
    return header(tags | {globals()[key.upper()]: value for key, value in more.items()})


def digested(blob: bytes) -> bytes:
    """The header with the digest of its region, which rpm adds behind it."""
    count, size = struct.unpack_from(">II", blob)
    index, data = blob[8 : 8 + 16 * count], blob[8 + 16 * count :]
    end = struct.unpack_from(">I", index, 8)[0]
    inside = -struct.unpack_from(">i", data, end + 8)[0] // 16
    region = struct.pack(">II", inside, end + 16) + index[: 16 * inside] + data[: end + 16]
    digest = hashlib.sha256(b"\x8e\xad\xe8\x01\0\0\0\0" + region).hexdigest().encode() + b"\0"
    entry = struct.pack(">IIII", 273, 6, size, 1)
    return struct.pack(">II", count + 1, size + len(digest)) + index + entry + data + digest


def sqlite(headers: Sequence[bytes]) -> bytes:
    """A database as rpm's sqlite backend leaves it, whose header says WAL."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in headers])
    connection.commit()
    database = bytearray(connection.serialize())
    connection.close()
    database[18:20] = b"\2\2"
    return bytes(database)


def ndb(headers: Sequence[bytes]) -> bytes:
    """A database of rpm's own format with one page of slots."""
    slots, blobs = b"", b""
    for index, one in enumerate(headers, 1):
        blob = struct.pack("<4sIII", b"BlbS", index, 1, len(one)) + one
        blob += b"\0" * (-(len(blob) + 12) % 16) + struct.pack("<II4s", 0, len(one), b"BlbE")
        slots += struct.pack("<4sIII", b"Slot", index, (4096 + len(blobs)) // 16, len(blob) // 16)
        blobs += blob
    free = struct.pack("<4sIII", b"Slot", 0, 0, 0)
    first = struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1, len(headers) + 1) + slots
    return first + free * ((4096 - len(first)) // 16) + blobs


def bdb(headers: Sequence[bytes], order: str = "<", size: int = 512) -> bytes:
    """A hash table with one page of keys; long values lie on overflow pages, short ones beside their keys."""
    pages: list[bytes] = []
    items = [b"\1\0\0\0\0", b"\1" + struct.pack(f"{order}I", len(headers))]
    for number, one in enumerate(headers, 1):
        items.append(b"\1" + struct.pack(f"{order}I", number))
        items.append(b"\1" + one if len(one) < size // 4 else struct.pack(f"{order}B3xII", 3, 2 + len(pages), len(one)))
        if len(one) >= size // 4:
            pages += _overflow(one, 2 + len(pages), order, size)
    meta = struct.pack(f"{order}8xIIIIBBBxII", 0, 0x061561, 9, size, 0, 8, 0, 0, 1 + len(pages))
    starts, content = [], b""
    for item in items:
        content = item + content
        starts.append(size - len(content))
    table = struct.pack(f"{order}8xIIIHHBB", 1, 0, 0, len(items), 0, 0, 13)
    table += struct.pack(f"{order}{len(starts)}H", *starts)
    assert len(table) + len(content) <= size
    table = table.ljust(size - len(content), b"\0") + content
    return meta.ljust(size, b"\0") + table + b"".join(pages)


def _overflow(data: bytes, first: int, order: str, size: int) -> list[bytes]:
    room = size - 26
    pieces = [data[start : start + room] for start in range(0, len(data), room)]
    pages = []
    for number, piece in enumerate(pieces, first):
        following = number + 1 if number - first + 1 < len(pieces) else 0
        head = struct.pack(f"{order}8xIIIHHBB", number, 0, following, 1, len(piece), 0, 7)
        pages.append((head + piece).ljust(size, b"\0"))
    return pages


def _packed(tag: int, value: Value) -> tuple[int, bytes, int, int]:
    """(type, data, count, alignment)"""
    if isinstance(value, str):
        return 6, value.encode() + b"\0", 1, 1
    if tag == RSA_HEADER and isinstance(value, bytes):
        return 7, value, len(value), 1
    if isinstance(value, bytes):
        return 9, value + b"\0", 1, 1
    if value and isinstance(value[0], str):
        return 8, b"".join(str(one).encode() + b"\0" for one in value), len(value), 1
    kind, code = _WIDTHS.get(tag, (4, "I"))
    return kind, struct.pack(f">{len(value)}{code}", *value), len(value), struct.calcsize(code)
