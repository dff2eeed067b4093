"""Programs that PyInstaller made: the libraries and data files in them. Their modules lie compiled in an archive of
their own, without a word of their versions.

Source: pyinstaller/pyinstaller, doc/advanced-topics.rst ("CArchive") and PyInstaller/archive/readers.py.
"""

import struct
from collections.abc import Iterator
from functools import partial
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening, PackedMember, StoredMember
from lading.safeio.content import Part
from lading.safeio.inflate import iter_deflated
from lading.safeio.tar import normalise

_MAGIC: Final = b"MEI\14\13\12\13\16"
_COOKIE: Final = struct.Struct("!8sIIII64s")
_ENTRY: Final = struct.Struct("!IIIIBc")
_TAIL: Final = 64 * 1024
"""So near its end: behind the archive lie tables of an ELF file, or the signature of a PE file."""
_LARGEST_TABLE: Final = 64_000_000
_FILES: Final = (b"b", b"x", b"Z")
"""Libraries, data, and zip archives; the others are modules, scripts and options."""
_HEADER: Final = 2
"""Bytes of a zlib stream in front of what is deflated."""


def pyinstaller_end(content: Content) -> int:
    """Where the archive ends in a program that PyInstaller made; 0 for another program."""
    found = content.rfind(_MAGIC, max(0, len(content) - _TAIL))
    return found + _COOKIE.size if 0 <= found <= len(content) - _COOKIE.size else 0


def iter_pyinstaller(content: Content, opening: Opening) -> Iterator[Member]:
    """The libraries and data files in it. Raises SafeIOError, LimitError."""
    end = pyinstaller_end(content)
    _, length, place, size, _, _ = _COOKIE.unpack(content[end - _COOKIE.size : end])
    start = end - length
    if start < 0 or size > min(length, _LARGEST_TABLE) or place > length - size:
        raise SafeIOError(f"{opening.where}: its archive lies where the file has nothing")
    table = content[start + place : start + place + size]
    at = 0
    while at + _ENTRY.size <= len(table):
        entry, offset, packed, unpacked, is_packed, kind = _ENTRY.unpack_from(table, at)
        if entry <= _ENTRY.size or offset + packed > length:
            raise SafeIOError(f"{opening.where}: its table of files is damaged")
        name = table[at + _ENTRY.size : at + entry].rstrip(b"\0").decode("utf-8", "backslashreplace")
        at += entry
        opening.budget.take_members(1)
        path = normalise(name.replace("\\", "/"))
        if kind not in _FILES or not path:
            continue
        part = Part(content, start + offset, start + offset + packed)
        if is_packed:
            deflated = Part(part, _HEADER, packed)
            pieces = partial(iter_deflated, deflated, f"{opening.where}: {path}")
            yield PackedMember(path, unpacked, pieces, budget=opening.budget)
        else:
            yield StoredMember(path, part)
