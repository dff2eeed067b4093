"""PAX extended headers, read as Go's archive/tar reads them.

Source: POSIX.1-2017 pax(1), "pax Extended Header"; the GNU tar manual, "Storing Sparse Files"; the behaviour of
archive/tar.
"""

import re

Records = dict[bytes, bytes]
"""What a header says of an entry, by key. The last of several values of a key stands, also when it is empty."""

_TEXTS = frozenset((b"path", b"linkpath", b"uname", b"gname"))
_SPARSE = b"GNU.sparse."
_SPARSE_OFFSET, _SPARSE_LENGTH, _SPARSE_MAP = b"GNU.sparse.offset", b"GNU.sparse.numbytes", b"GNU.sparse.map"
_COMMON_RECORD = re.compile(rb"([0-9]{1,9}) ([^=\n]+)=([^\n]*)\n")
_INTEGERS, _TIMES = (b"size", b"uid", b"gid"), (b"mtime", b"atime", b"ctime")
_SURELY_64_BITS = 18
_COSTS_OF_ANY = 2
_MOST_DIGITS = 1000
"""Numbers with more, zeros in front, are not read: nobody writes them, and converting them costs its square."""


def parse_records(data: bytes) -> tuple[Records, int]:
    """What `LENGTH KEY=VALUE\\n` records say, and what reading them cost, in records of the common form. Raises
    ValueError where archive/tar refuses them."""
    if 0 not in data and data.find(_SPARSE) < 0:
        records: Records = {}
        used = 0
        found = _COMMON_RECORD.findall(data)
        for length, key, value in found:
            size = len(length) + len(key) + len(value) + 3
            if int(length) != size:
                break
            used += size
            records[key] = value
        if used == len(data):
            return records, len(found)
    return _parse_any(data)


def check_values(records: Records) -> None:
    """Raises ValueError where archive/tar refuses a number or a time."""
    for key in _TIMES:
        if value := records.get(key):
            seconds, _, fraction = value.partition(b".")
            read_integer(seconds)
            if fraction and not fraction.isdigit():
                raise ValueError("a PAX record that is no time")
    for key in _INTEGERS:
        if value := records.get(key):
            read_integer(value)


def read_integer(text: bytes) -> int:
    """A decimal number of 64 bits with or without a sign. Raises ValueError."""
    if len(text) <= _SURELY_64_BITS and text.isdigit():
        return int(text)
    digits = text[1:] if text[:1] in (b"+", b"-") else text
    if len(digits) > _MOST_DIGITS or not digits.isdigit():
        raise ValueError("a PAX record that is no number")
    value = int(text)
    if not -1 << 63 <= value < 1 << 63:
        raise ValueError("a PAX record with a number beyond 64 bits")
    return value


def _parse_any(data: bytes) -> tuple[Records, int]:
    """Record by record. GNU's sparse format 0.0 repeats two keys: they are gathered into the map of 0.1."""
    records: Records = {}
    extents: list[bytes] = []
    position, end, count = 0, len(data), 0
    while position < end:
        space = data.find(b" ", position)
        after = position + read_integer(data[position:space]) if space >= 0 else 0
        equals = data.find(b"=", space + 1, after - 1)
        if not position + 5 <= after <= end or after <= space + 1 or data[after - 1] != 10 or equals <= space + 1:
            raise ValueError("a damaged PAX record")
        key, value = data[space + 1 : equals], data[equals + 1 : after - 1]
        if 0 in (value if key in _TEXTS else key):
            raise ValueError("a NUL in a PAX record")
        if key in (_SPARSE_OFFSET, _SPARSE_LENGTH):
            if key != (_SPARSE_OFFSET, _SPARSE_LENGTH)[len(extents) % 2] or b"," in value:
                raise ValueError("a sparse map out of order")
            extents.append(value)
        else:
            records[key] = value
        position, count = after, count + 1
    if extents:
        records[_SPARSE_MAP] = b",".join(extents)
    return records, count * _COSTS_OF_ANY
