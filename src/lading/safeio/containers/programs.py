"""Programs that carry files behind their end: AppImages, single-file programs of .NET, archives that unpack themselves.

Sources: System V ABI, chapters 4 and 5 (where the parts of an ELF file lie); Microsoft, "PE Format"; the AppImage
specification ("The AppImage file format"); dotnet/runtime, docs/design/features/ and src/native/corehost/bundle (the
header of a bundle, its versions 1, 2 and 6).
"""

import struct
from collections.abc import Iterator
from functools import partial
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.file_systems import iter_squashfs
from lading.safeio.containers.members import Member, Opening, PackedMember, StoredMember
from lading.safeio.content import Part
from lading.safeio.inflate import iter_deflated
from lading.safeio.tar import normalise

_ELF, _MZ = b"\x7fELF", b"MZ"
_NO_BITS: Final = 8
_MOST_PARTS: Final = 65_536
_APPIMAGE: Final = slice(8, 11)
_BUNDLE: Final = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
"""Stands behind the place of the bundle's header in every host program; that place is 0 where nothing is bundled."""
_HOST: Final = 64 * 1024 * 1024
_MOST_BUNDLED: Final = 100_000
_WITH_LOCATIONS, _WITH_COMPRESSION = 2, 6
_VERSIONS: Final = (1, 2, 6)


def end_of_program(content: Content) -> int:
    """Where an ELF or PE file ends by what it says of itself, so that all beyond was appended; 0 for another file, and
    one that says nothing of it."""
    head = content[:4096]
    try:
        if head.startswith(_ELF) and head[4:6] in (b"\1\1", b"\2\1", b"\1\2", b"\2\2"):
            return min(_end_of_elf(content, head), len(content))
        if head.startswith(_MZ):
            return min(_end_of_pe(content, head), len(content))
    except struct.error:
        return 0
    return 0


def is_appimage(head: bytes) -> bool:
    """Whether a program that begins so is an AppImage of type 2."""
    return head.startswith(_ELF) and head[_APPIMAGE] == b"AI\2"


def is_disc(head: bytes) -> bool:
    """Whether a program that begins so is an AppImage of type 1, which is an ISO 9660 disc."""
    return head.startswith(_ELF) and head[_APPIMAGE] == b"AI\1"


def iter_appimage(content: Content, opening: Opening) -> Iterator[Member]:
    """The files in an AppImage. Raises SafeIOError, LimitError."""
    yield from iter_squashfs(Part(content, end_of_program(content), len(content)), opening)


def iter_disc(content: Content, opening: Opening) -> Iterator[Member]:
    """Raises SafeIOError: discs are not read."""
    raise SafeIOError(f"{opening.where}: an AppImage of type 1 (ISO 9660), which is not read")


def bundle_at(content: Content) -> int:
    """Where the header of a .NET bundle lies in a program, 0 where there is none."""
    found = content.find(_BUNDLE, 0, min(len(content), _HOST))
    if found < 8:
        return 0
    place = int.from_bytes(content[found - 8 : found], "little")
    return place if 0 < place < len(content) else 0


def iter_bundle(content: Content, opening: Opening) -> Iterator[Member]:
    """The files in a single-file program of .NET. Raises SafeIOError, LimitError."""
    reading = _Reading(content, bundle_at(content), opening.where)
    major, minor, count = reading.numbers("<IIi")
    if major not in _VERSIONS:
        raise SafeIOError(f"{opening.where}: a bundle of version {major}.{minor}, which is not read")
    if not 0 <= count <= _MOST_BUNDLED:
        raise SafeIOError(f"{opening.where}: a bundle of {count:,} files")
    reading.text()
    if major >= _WITH_LOCATIONS:
        reading.numbers("<qqqqQ")
    opening.budget.take_members(count)
    for _ in range(count):
        place, size = reading.numbers("<qq")
        packed = reading.numbers("<q")[0] if major >= _WITH_COMPRESSION else 0
        reading.numbers("<B")
        path = normalise(reading.text().replace("\\", "/"))
        if min(place, size, packed) < 0 or place + (packed or size) > len(content):
            raise SafeIOError(f"{opening.where}: {path} lies where the file has nothing")
        part = Part(content, place, place + (packed or size))
        if packed:
            pieces = partial(iter_deflated, part, f"{opening.where}: {path}")
            yield PackedMember(path, size, pieces, budget=opening.budget)
        else:
            yield StoredMember(path, part)


def _end_of_elf(content: Content, head: bytes) -> int:
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    header = struct.unpack_from(order + ("32x2Q4x2x4HH" if wide else "28x2I4x2x4HH"), head)
    segments, sections, segment_size, segment_count, section_size, section_count, _ = header
    end = max(int(segments + segment_size * segment_count), int(sections + section_size * section_count))
    layout = order + ("8xQ16xQ" if wide else "4xI8xI")
    for place, size in _entries(layout, content, segments, segment_size, segment_count):
        end = max(end, place + size)
    layout = order + ("4xI16xQQ" if wide else "4xI8xII")
    for kind, place, size in _entries(layout, content, sections, section_size, section_count):
        if kind != _NO_BITS:
            end = max(end, place + size)
    return end


def _end_of_pe(content: Content, head: bytes) -> int:
    start: int = struct.unpack_from("<I", head, 60)[0]
    header = content[start : start + 24]
    if header[:4] != b"PE\0\0":
        return 0
    count, optional = struct.unpack_from("<6xH12xH", header)
    end = int(start + 24 + optional + 40 * count)
    for size, place in _entries("<16xII", content, start + 24 + optional, 40, count):
        end = max(end, size + place)
    return end


def _entries(layout: str, content: Content, start: int, size: int, count: int) -> Iterator[tuple[int, ...]]:
    """The beginnings of the entries of a table, as `layout` has them. Raises struct.error where entries are shorter."""
    table = content[start : start + size * min(count, _MOST_PARTS)] if start else b""
    if size and len(table) < size:
        return iter(())
    whole = struct.Struct(f"{layout}{size - struct.calcsize(layout)}x")
    return whole.iter_unpack(table[: len(table) // size * size])


class _Reading:
    """Numbers and texts one behind the other."""

    def __init__(self, content: Content, at: int, where: str) -> None:
        self._content = content
        self._at = at
        self._where = where

    def numbers(self, layout: str) -> tuple[int, ...]:
        """Numbers of that layout."""
        size = struct.calcsize(layout)
        data = self._content[self._at : self._at + size]
        if len(data) < size:
            raise SafeIOError(f"{self._where}: its bundle ends too early")
        self._at += size
        return struct.unpack(layout, data)

    def text(self) -> str:
        """A text behind its length, of which each byte has seven bits."""
        length = shift = 0
        while True:
            (byte,) = self.numbers("<B")
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 14:
                raise SafeIOError(f"{self._where}: its bundle is damaged")
        data = self._content[self._at : self._at + length]
        self._at += length
        return data.decode("utf-8", "backslashreplace")
