"""Sparse files inside tar archives: GNU's old format and the PAX formats 0.0, 0.1 and 1.0.

Source: the GNU tar manual, "Storing Sparse Files".
"""

from typing import Protocol

from lading.model.errors import SafeIOError

_BLOCK = 512
_MAX_EXTENTS = 100_000


class _Taker(Protocol):
    def take(self, size: int, /) -> bytes: ...


class SparseMap:
    """Where the stored pieces of a file lie; `size` is that of the file with its holes."""

    __slots__ = ("extents", "size")

    def __init__(self, size: int, extents: list[tuple[int, int]]) -> None:
        self.size = size
        self.extents = extents

    def expand(self, stored: bytes, where: str) -> bytes:
        """The file's content. Raises SafeIOError when the map does not fit the stored bytes."""
        content = bytearray(self.size)
        position = 0
        for offset, length in self.extents:
            if offset + length > self.size or position + length > len(stored):
                raise SafeIOError(f"{where}: a damaged sparse map")
            content[offset : offset + length] = stored[position : position + length]
            position += length
        return bytes(content)


def gnu_map(header: bytes, source: _Taker, where: str) -> SparseMap:
    """The map of an old GNU sparse entry (type "S"), read on into its extension blocks."""
    extents = _gnu_extents(header, 386, 4, where)
    size = _octal(header[483:495], where)
    more = header[482]
    while more:
        block = source.take(_BLOCK)
        if len(block) < _BLOCK or len(extents) > _MAX_EXTENTS:
            raise SafeIOError(f"{where}: a damaged sparse map")
        extents += _gnu_extents(block, 0, 21, where)
        more = block[504]
    return SparseMap(size, extents)


def is_sparse(records: dict[str, str]) -> bool:
    """Whether PAX records describe a sparse file, in any of the three formats."""
    return "GNU.sparse.map" in records or "GNU.sparse.major" in records


def expand_pax(records: dict[str, str], stored: bytes, where: str) -> bytes:
    """The content of a sparse file that PAX records describe, from its stored bytes. Raises SafeIOError."""
    size = _decimal(records.get("GNU.sparse.size") or records.get("GNU.sparse.realsize", ""), where)
    if "GNU.sparse.map" in records:
        listed = records["GNU.sparse.map"].split(",")
        start = 0
    else:
        listed, start = _lines_in_content(stored, where)
    if len(listed) > 2 * _MAX_EXTENTS:
        raise SafeIOError(f"{where}: a damaged sparse map")
    numbers = [_decimal(text, where) for text in listed]
    extents = list(zip(numbers[::2], numbers[1::2], strict=False))
    return SparseMap(size, extents).expand(stored[start:], where)


def _lines_in_content(stored: bytes, where: str) -> tuple[list[str], int]:
    """Format 1.0: decimal lines at the start of the content, padded to a block. Gives them and the data's start."""
    end = stored.find(b"\n")
    count = 2 * _decimal(stored[:end].decode("ascii", "replace"), where)
    lines = stored[: end + 1 + 21 * min(count, 2 * _MAX_EXTENTS)].split(b"\n", count + 1)[1 : count + 1]
    used = end + 1 + sum(len(line) + 1 for line in lines)
    if end < 0 or len(lines) < count or used > len(stored):
        raise SafeIOError(f"{where}: a damaged sparse map")
    return [line.decode("ascii", "replace") for line in lines], used + -used % _BLOCK


def _gnu_extents(block: bytes, start: int, count: int, where: str) -> list[tuple[int, int]]:
    extents = []
    for position in range(start, start + 24 * count, 24):
        if block[position]:
            extents.append(
                (_octal(block[position : position + 12], where), _octal(block[position + 12 : position + 24], where))
            )
    return extents


def _octal(field: bytes, where: str) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.split(b"\0", 1)[0].strip() or b"0", 8)
    except ValueError as error:
        raise SafeIOError(f"{where}: a damaged sparse map") from error


def _decimal(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise SafeIOError(f"{where}: a damaged sparse map")
    return int(text)
