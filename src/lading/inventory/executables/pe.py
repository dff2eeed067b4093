"""PE, the programs and libraries of Windows and .NET.

Source: Microsoft, "PE Format" (learn.microsoft.com/windows/win32/debug/pe-format) and "VS_VERSIONINFO structure"
(learn.microsoft.com/windows/win32/menurc/vs-versioninfo).
"""

import struct

from msgspec import Struct

from lading.inventory.executables.clr import read_assembly
from lading.inventory.executables.program import Kind, Program, Section, Segment, cut, fields, string_at
from lading.model.reader import Content

_MOST_SECTIONS = 96  # the loader's own limit
_MOST_IMPORTS = 512
_MOST_VERSION_BYTES = 64 * 1024
_MOST_BLOCKS = 1024
_IMPORTS, _RESOURCES, _CLR_HEADER = 1, 2, 14
_IS_DLL = 0x2000
_EXECUTE, _WRITE = 0x2000_0000, 0x8000_0000
_RT_VERSION = 16
_SUBDIRECTORY = 0x8000_0000


class VersionInfo(Struct, frozen=True):
    """What a PE file says of itself. `strings` are those of its version resource in the file's first language
    (ProductName, ProductVersion, FileVersion, CompanyName, InternalName …), trimmed, empty ones left out. `assembly`
    and `assembly_version` are the name and version of a .NET assembly, "" when there are none."""

    strings: dict[str, str]
    is_dotnet: bool
    assembly: str = ""
    assembly_version: str = ""


class _Headers(Struct, frozen=True):
    pointer: int
    characteristics: int
    base: int
    directories: tuple[tuple[int, int], ...]
    """(relative address, size) of each data directory."""
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]

    def offset_of(self, relative: int) -> int | None:
        for section in self.sections:
            if 0 <= relative + self.base - section.address < section.size:
                return section.offset + relative + self.base - section.address
        return None

    def directory(self, index: int) -> int | None:
        """The file offset of a data directory."""
        if index >= len(self.directories) or not self.directories[index][0]:
            return None
        return self.offset_of(self.directories[index][0])


def read_pe(content: Content) -> Program | None:
    """The program at the start of `content`, None when it is not PE."""
    headers = _read_headers(content)
    if headers is None:
        return None
    kind: Kind = "shared library" if headers.characteristics & _IS_DLL else "executable"
    return Program(
        format="PE",
        kind=kind,
        little_endian=True,
        pointer=headers.pointer,
        sections={section.name: section for section in reversed(headers.sections)},
        segments=headers.segments,
        needed=_imports(content, headers),
        managed=headers.directory(_CLR_HEADER) is not None,
    )


def read_version_info(content: Content) -> VersionInfo | None:
    """The version resource and the .NET assembly, None when it is not PE. A file without either gives empty ones."""
    headers = _read_headers(content)
    if headers is None:
        return None
    strings = _strings(_version_resource(content, headers))
    clr = headers.directory(_CLR_HEADER)
    if clr is None:
        return VersionInfo(strings, is_dotnet=False)
    metadata = fields("<8x2I", content, clr)
    offset = headers.offset_of(metadata[0]) if metadata else None
    assembly = read_assembly(content, offset) if offset is not None else None
    return VersionInfo(strings, True, *(assembly or ()))


def _read_headers(content: Content) -> _Headers | None:
    start = fields("<2s58xI", content, 0)
    coff = fields("<4s2H12x2H", content, start[1]) if start else None
    if start is None or coff is None or start[0] != b"MZ" or coff[0] != b"PE\0\0":
        return None
    _, _, count, optional_size, characteristics = coff
    optional = start[1] + 24
    magic = fields("<H", content, optional)
    if magic is None or magic[0] not in (0x10B, 0x20B):
        return None
    wide = magic[0] == 0x20B
    base = fields("<24xQ" if wide else "<28xI", content, optional)
    directory_count = fields("<108xI" if wide else "<92xI", content, optional)
    if base is None or directory_count is None:
        return None
    layout = f"<{2 * min(directory_count[0], 16)}I"
    numbers = fields(layout, content, optional + (112 if wide else 96)) or ()
    sections, segments = _sections(content, optional + optional_size, min(count, _MOST_SECTIONS), base[0])
    return _Headers(
        pointer=8 if wide else 4,
        characteristics=characteristics,
        base=base[0],
        directories=tuple(zip(numbers[::2], numbers[1::2], strict=True)),
        sections=sections,
        segments=segments,
    )


def _sections(content: Content, table: int, count: int, base: int) -> tuple[tuple[Section, ...], tuple[Segment, ...]]:
    length = len(content)
    data = content[table : table + count * 40]
    sections, segments = [], []
    for name, virtual_size, address, raw_size, offset, flags in struct.iter_unpack(
        "<8s4I12xI", data[: len(data) // 40 * 40]
    ):
        offset, size = cut(offset, min(raw_size, virtual_size or raw_size), length)
        label = name.rstrip(b"\0").decode("utf-8", "backslashreplace")
        sections.append(Section(label, offset, size, base + address))
        segments.append(Segment(offset, size, base + address, bool(flags & _WRITE), bool(flags & _EXECUTE)))
    return tuple(sections), tuple(segments)


def _imports(content: Content, headers: _Headers) -> tuple[str, ...]:
    """The names of the DLLs it is linked with."""
    table = headers.directory(_IMPORTS)
    names: list[str] = []
    while table is not None and len(names) < _MOST_IMPORTS:
        entry = fields("<12xI4x", content, table)
        offset = headers.offset_of(entry[0]) if entry else None
        if offset is None:
            break
        names.append(string_at(content, offset, 256))
        table += 20
    return tuple(names)


def _version_resource(content: Content, headers: _Headers) -> bytes:
    """The bytes of the first version resource: three levels of directories, by type, name and language."""
    root = headers.directory(_RESOURCES)
    if root is None:
        return b""
    node = 0
    for wanted in (_RT_VERSION, None, None):
        child = _child(content, root + node, wanted)
        if child is None:
            return b""
        node = child & ~_SUBDIRECTORY
        if not child & _SUBDIRECTORY:
            break
    entry = fields("<2I", content, root + node)
    offset = headers.offset_of(entry[0]) if entry else None
    if entry is None or offset is None:
        return b""
    return content[offset : offset + min(entry[1], _MOST_VERSION_BYTES)]


def _child(content: Content, directory: int, wanted: int | None) -> int | None:
    """Where the entry of a resource directory with the id `wanted` leads, the first for None."""
    counts = fields("<12x2H", content, directory)
    for index in range(min(sum(counts), 4096) if counts else 0):
        entry = fields("<2I", content, directory + 16 + 8 * index)
        if entry is None:
            return None
        if wanted in (None, entry[0]):
            return int(entry[1])
    return None


def _strings(resource: bytes) -> dict[str, str]:
    """The strings of a VS_VERSIONINFO: three levels of blocks above them, the last one is a language."""
    spans = [(0, len(resource))]
    for level in ("VS_VERSION_INFO", "StringFileInfo", ""):
        spans = [(start, end) for span in spans for key, start, end in _blocks(resource, *span) if level in (key, "")]
    found: dict[str, str] = {}
    for span in spans:
        for key, start, end in _blocks(resource, *span):
            text = resource[start:end].decode("utf-16-le", "replace").partition("\0")[0].strip()
            if text:
                found.setdefault(key, text)
    return found


def _blocks(data: bytes, start: int, end: int) -> list[tuple[str, int, int]]:
    """(key, start of what follows, end) of each block between two offsets: length, length of the value, type, key,
    value, children, each aligned to four bytes. A value that is not text is skipped, so that children follow."""
    blocks: list[tuple[str, int, int]] = []
    while start + 6 <= end and len(blocks) < _MOST_BLOCKS:
        length, value_length, is_text = struct.unpack_from("<3H", data, start)
        if length < 6:
            break
        stop = min(start + length, end)
        key_end = start + 6
        while key_end + 1 < stop and data[key_end : key_end + 2] != b"\0\0":
            key_end += 2
        follows = _aligned(key_end + 2)
        if not is_text:
            follows = _aligned(follows + value_length)
        blocks.append((data[start + 6 : key_end].decode("utf-16-le", "replace"), min(follows, stop), stop))
        start = _aligned(stop)
    return blocks


def _aligned(offset: int) -> int:
    return offset + 3 & ~3
