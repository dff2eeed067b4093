"""Where the directory of a zip archive lies: as Java finds it, and as Python does, for they do not always agree.

Sources: PKWARE's APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16; java.util.zip.ZipFile of JDK 17 (`Source.findEND`, `initCEN`);
zipfile of Python 3.11 (`_EndRecData`, `_EndRecData64`).
"""

import struct
from typing import NamedTuple

from lading.model.errors import SafeIOError
from lading.model.reader import Content

_END = struct.Struct("<4s6xHIIH")  # signature; members, size and place of the directory, length of the comment
_END64 = struct.Struct("<4s28xQQQ")  # signature; members, size and place of the directory
_LOCATOR = struct.Struct("<4s4xQ4x")  # signature, place of the record above
_END_SIGNATURE, _END64_SIGNATURE, _LOCATOR_SIGNATURE = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_ENTRY_SIGNATURE, _LOCAL_SIGNATURE = b"PK\1\2", b"PK\3\4"
_LONGEST_COMMENT = 0xFFFF
_JAVA_BLOCK = 128
_MOST_CANDIDATES = 100
_IN_END64, _MANY_IN_END64 = 0xFFFFFFFF, 0xFFFF


class Directory(NamedTuple):
    """The directory lies at `start`; what it calls the place 0 is at `base`, as other bytes may precede an archive."""

    start: int
    size: int
    base: int


class _End(NamedTuple):
    """What an end record at the place `at` says."""

    at: int
    total: int
    size: int
    offset: int


def java_directory(content: Content) -> Directory:
    """The last end record whose comment ends with the file, or that has a directory and a first member where it says.
    Raises SafeIOError where Java finds none, or refuses what it finds."""
    lowest = _java_lowest(len(content))
    tail = content[lowest:]
    at = tail.rfind(_END_SIGNATURE, 0, len(tail) - _END.size + len(_END_SIGNATURE))
    for _ in range(_MOST_CANDIDATES):
        if at < 0:
            raise _no_archive()
        _, count, size, offset, comment = _END.unpack_from(tail, at)
        end = _End(lowest + at, count, size, offset)
        rest = len(tail) - at - _END.size
        if comment == rest or _leads_to_members(content, end):
            if comment > rest:
                raise _no_archive()
            return _java_checked(_java_end64(content, end))
        at = tail.rfind(_END_SIGNATURE, 0, at + len(_END_SIGNATURE) - 1)
    raise SafeIOError(f"more than {_MOST_CANDIDATES} records that end an archive")


def python_directory(content: Content) -> Directory:
    """The record without comment that ends the file, else the last one. Raises SafeIOError where Python finds none, or
    refuses what it finds."""
    tail = content[max(0, len(content) - _END.size - _LONGEST_COMMENT - 1) :]
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != _END_SIGNATURE or tail[-2:] != b"\0\0":
        at = tail.rfind(_END_SIGNATURE)
    if not 0 <= at <= len(tail) - _END.size:
        raise _no_archive()
    _, count, size, offset, _ = _END.unpack_from(tail, at)
    place = len(content) - len(tail) + at
    locator = place - _LOCATOR.size
    record = locator - _END64.size
    if record >= 0 and content[locator : locator + 4] == _LOCATOR_SIGNATURE:
        signature, *wide = _END64.unpack(content[record:locator])
        if signature == _END64_SIGNATURE:
            return _directory(_End(record, *wide))
    return _directory(_End(place, count, size, offset))


def _java_lowest(length: int) -> int:
    """The lowest place at which Java looks for an end record: it reads backwards in blocks that overlap."""
    step = _JAVA_BLOCK - _END.size
    least = max(0, length - _END.size - _LONGEST_COMMENT) - step
    blocks = (length - _JAVA_BLOCK - least) // step
    return max(0, length - _JAVA_BLOCK - step * blocks)


def _leads_to_members(content: Content, end: _End) -> bool:
    start = end.at - end.size
    base = start - end.offset
    if base < 0:
        return False
    return content[start : start + 4] == _ENTRY_SIGNATURE and content[base : base + 4] == _LOCAL_SIGNATURE


def _java_end64(content: Content, end: _End) -> _End:
    """The second record, of archives above 4 GB or 65,535 members, when there is one that agrees with the first."""
    locator = end.at - _LOCATOR.size
    if locator < 0:
        return end
    signature, place = _LOCATOR.unpack(content[locator : end.at])
    record = content[place : place + _END64.size]
    if signature != _LOCATOR_SIGNATURE or len(record) < _END64.size:
        return end
    signature, count, size, offset = _END64.unpack(record)
    agrees = (
        signature == _END64_SIGNATURE
        and end.size in (size, _IN_END64)
        and end.offset in (offset, _IN_END64)
        and end.total in (count, _MANY_IN_END64)
    )
    return _End(place, count, size, offset) if agrees else end


def _java_checked(end: _End) -> Directory:
    found = _directory(end) if end.at else Directory(0, 0, 0)
    if found.base < 0:
        raise _leads_nowhere()
    return found


def _directory(end: _End) -> Directory:
    start = end.at - end.size
    if start < 0:
        raise _leads_nowhere()
    return Directory(start, end.size, start - end.offset)


def _leads_nowhere() -> SafeIOError:
    return SafeIOError("its end record leads nowhere: the archive is damaged, or cut at its beginning")


def _no_archive() -> SafeIOError:
    return SafeIOError("not a zip archive, or a truncated one")
