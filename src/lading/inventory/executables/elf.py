"""ELF, the programs and libraries of Linux.

Source: System V Application Binary Interface (gabi), chapters 4 and 5; DF_1_PIE as in glibc's elf.h.
"""

import struct

from msgspec import structs

from lading.inventory.executables.program import Kind, Program, Section, Segment, cut, fields, string_at
from lading.model.reader import Content

_EXECUTABLE, _SHARED = 2, 3
_NO_BITS = 8
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_WRITE, _EXECUTE = 2, 1
_NEEDED, _STRING_TABLE, _SONAME, _FLAGS_1 = 1, 5, 14, 0x6FFF_FFFB
_FLAG_PIE = 0x0800_0000
_LONGEST_NAME = 256
_MOST_NAME_BYTES = 4 * 1024 * 1024
_MOST_SEGMENTS = 256
_MOST_DYNAMIC_BYTES = 64 * 1024
_MOST_NEEDED = 512


def read_elf(content: Content) -> Program | None:
    """The program at the start of `content`, None when it is not ELF or ends within its first header. Of object files
    and core dumps nothing more is read than that they are."""
    ident = content[:6]
    if len(ident) < 6 or ident[:4] != b"\x7fELF" or ident[4] not in (1, 2) or ident[5] not in (1, 2):
        return None
    wide = ident[4] == 2
    order = "<" if ident[5] == 1 else ">"
    header = fields(order + ("16xH2xI8x2Q6x5H" if wide else "16xH2xI4x2I6x5H"), content, 0)
    if header is None:
        return None
    elf_type, _, segment_table, section_table, segment_size, segment_count, section_size, section_count, names = header
    if elf_type not in (_EXECUTABLE, _SHARED):
        return Program("ELF", "other", order == "<", 8 if wide else 4, {}, ())
    headers = _table(
        order + ("2I6Q" if wide else "8I"), content, segment_table, segment_size, min(segment_count, _MOST_SEGMENTS)
    )
    segments, dynamic, has_interpreter = _segments(headers, wide, len(content))
    layout = order + ("2I4Q2I2Q" if wide else "10I")
    sections, is_debug = _sections(content, layout, section_table, section_size, section_count, names)
    program = Program("ELF", "other", order == "<", 8 if wide else 4, sections, segments)
    if is_debug:
        return program
    soname, needed, is_pie = _dynamic(content, program, dynamic)
    is_program = elf_type == _EXECUTABLE or is_pie or (has_interpreter and not soname)
    kind: Kind = "executable" if is_program else "shared library"
    return structs.replace(program, kind=kind, soname=soname, needed=needed)


def _table(layout: str, content: Content, offset: int, entry_size: int, count: int) -> list[tuple[int, ...]]:
    """The entries of a table of headers, as far as the file goes."""
    size = struct.calcsize(layout)
    if entry_size < size or not offset:
        return []
    data = content[offset : offset + entry_size * count]
    if entry_size == size:
        return list(struct.iter_unpack(layout, data[: len(data) // size * size]))
    return [struct.unpack_from(layout, data, start) for start in range(0, len(data) - size + 1, entry_size)]


def _segments(
    headers: list[tuple[int, ...]], wide: bool, length: int
) -> tuple[tuple[Segment, ...], tuple[int, int] | None, bool]:
    """The loaded segments, (offset, size) of the dynamic section, and whether a loader is asked for."""
    segments = []
    dynamic = None
    has_interpreter = False
    for header in headers:
        if wide:
            kind, flags, offset, address, _, size, _, _ = header
        else:
            kind, offset, address, _, size, _, flags, _ = header
        if offset + size > length:
            offset, size = cut(offset, size, length)
        if kind == _LOAD:
            segments.append(Segment(offset, size, address, bool(flags & _WRITE), bool(flags & _EXECUTE)))
        elif kind == _DYNAMIC:
            dynamic = (offset, size)
        elif kind == _INTERPRETER:
            has_interpreter = True
    return tuple(segments), dynamic, has_interpreter


def _sections(
    content: Content, layout: str, table: int, entry_size: int, count: int, names: int
) -> tuple[dict[str, Section], bool]:
    """The sections with bytes in the file, and whether the code was moved elsewhere: a file of debugging symbols."""
    headers = _table(layout, content, table, entry_size, count)
    if names >= len(headers):
        return {}, False
    length = len(content)
    start = headers[names][4]
    labels = content[start : start + min(headers[names][5], _MOST_NAME_BYTES)]
    sections: dict[str, Section] = {}
    is_debug = False
    for header in headers:
        name_at, kind, _, address, offset, size = header[:6]
        name_end = labels.find(b"\0", name_at, name_at + _LONGEST_NAME)
        name = labels[name_at : max(name_at, name_end)].decode("utf-8", "backslashreplace")
        if kind == _NO_BITS:
            is_debug = is_debug or name == ".text"
        elif name and name not in sections:
            if offset + size > length:
                offset, size = cut(offset, size, length)
            sections[name] = Section(name, offset, size, address)
    return sections, is_debug


def _dynamic(content: Content, program: Program, place: tuple[int, int] | None) -> tuple[str, tuple[str, ...], bool]:
    """The library's own name, those it needs, and whether it is a program that may lie anywhere."""
    if place is None:
        return "", (), False
    layout = ("<" if program.little_endian else ">") + ("2Q" if program.pointer == 8 else "2I")
    data = content[place[0] : place[0] + min(place[1], _MOST_DYNAMIC_BYTES)]
    size = 2 * program.pointer
    needed: list[int] = []
    others: dict[int, int] = {}
    for tag, value in struct.iter_unpack(layout, data[: len(data) // size * size]):
        if not tag:
            break
        if tag == _NEEDED:
            needed.append(value)
        else:
            others[tag] = value
    strings = program.offset_of(others.get(_STRING_TABLE, -1))
    if strings is None:
        return "", (), False
    soname = string_at(content, strings + others[_SONAME], 256) if _SONAME in others else ""
    libraries = tuple(string_at(content, strings + offset, 256) for offset in needed[:_MOST_NEEDED])
    return soname, libraries, bool(others.get(_FLAGS_1, 0) & _FLAG_PIE)
