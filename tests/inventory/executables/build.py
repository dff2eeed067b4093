"""Small programs made by hand."""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Part(NamedTuple):
    """A section to be: flags are those of the format."""

    name: str
    data: bytes
    address: int
    flags: int = 0


def pe(
    parts: Sequence[Part],
    directories: Mapping[int, tuple[int, int]] | None = None,
    *,
    wide: bool = True,
    dll: bool = False,
) -> bytes:
    """A PE file; `directories` maps indexes to (relative address, size). Addresses are relative."""
    numbers = [value for index in range(16) for value in (directories or {}).get(index, (0, 0))]
    optional = struct.pack("<H22xQ76xI" if wide else "<H26xI60xI", 0x20B if wide else 0x10B, 0x400000, 16)
    optional += struct.pack("<32I", *numbers)
    coff = struct.pack("<4s2H12x2H", b"PE\0\0", 0x8664, len(parts), len(optional), 0x2000 if dll else 2)
    offset = 64 + len(coff) + len(optional) + 40 * len(parts)
    table, bodies = b"", b""
    for part in parts:
        raw = (part.name.encode(), len(part.data), part.address, len(part.data), offset + len(bodies), part.flags)
        table += struct.pack("<8s4I12xI", *raw)
        bodies += part.data
    return struct.pack("<2s58xI", b"MZ", 64) + coff + optional + table + bodies


def version_resource(strings: Mapping[str, str], at: int) -> bytes:
    """A resource section at relative address `at` with one version resource."""

    def block(key: str, value: bytes, children: Sequence[bytes], *, text: bool) -> bytes:
        head = key.encode("utf-16-le") + b"\0\0"
        body = head + b"\0" * (-(6 + len(head)) % 4) + value
        for child in children:
            body += b"\0" * (-(6 + len(body)) % 4) + child
        return struct.pack("<3H", 6 + len(body), len(value) // (2 if text else 1), text) + body

    table = [block(key, value.encode("utf-16-le") + b"\0\0", (), text=True) for key, value in strings.items()]
    languages = [block("040904b0", b"", table, text=True)]
    translation = block("Translation", b"\x09\x04\xb0\x04", (), text=False)
    children = [block("VarFileInfo", b"", [translation], text=True), block("StringFileInfo", b"", languages, text=True)]
    info = block("VS_VERSION_INFO", b"\xbd\x04\xef\xfe" + bytes(48), children, text=False)
    tree = b"".join(
        struct.pack("<12x2H2I", 0, 1, identifier, child)
        for identifier, child in [(16, 24 | 1 << 31), (1, 48 | 1 << 31), (1033, 72)]
    )
    return tree + struct.pack("<2I8x", at + 88, len(info)) + info


def assembly(name: str, version: tuple[int, int, int, int]) -> bytes:
    """.NET metadata with a module, a type, two members and an assembly."""
    names = b"\0" + name.encode() + b"\0"
    rows = [(0x00, 1, "<HHHHH", (0, 1, 1, 0, 0)), (0x01, 2, "<6H", (0,) * 6), (0x0A, 2, "<6H", (0,) * 6)]
    rows.append((0x20, 1, "<I4HI3H", (0x8004, *version, 0, 0, 1, 0)))
    tables = struct.pack("<I4B2Q", 0, 2, 0, 0, 1, sum(1 << table for table, *_ in rows), 0)
    tables += b"".join(struct.pack("<I", count) for _, count, *_ in rows)
    tables += b"".join(struct.pack(layout, *values) for _, _, layout, values in rows)
    runtime = b"v4.0.30319\0\0"
    start = 16 + len(runtime) + 4 + 12 + 20
    streams = struct.pack("<2I4s", start, len(tables), b"#~")
    streams += struct.pack("<2I12s", start + len(tables), len(names), b"#Strings")
    root = struct.pack("<4s2HII", b"BSJB", 1, 1, 0, len(runtime)) + runtime + struct.pack("<2H", 0, 2)
    return root + streams + tables + names


def elf(
    parts: Sequence[Part] = (),
    *,
    order: str = "<",
    wide: bool = True,
    elf_type: int = 2,
    named: bool = True,
    segments: Sequence[tuple[int, int, int, int, int]] | None = None,
    machine: int = 62,
) -> bytes:
    """An ELF file. Each part is a section, and a loaded segment of its own unless `segments` are given as (kind,
    flags, index of the part, address, size); flags of a part: 1 executable, 2 writable, 8 without bytes. `named` off
    leaves the table of sections away."""
    header_size, segment_size, section_size = (64, 56, 64) if wide else (52, 32, 40)
    if segments is None:
        segments = [(1, part.flags & 3, index, part.address, len(part.data)) for index, part in enumerate(parts)]
    place = header_size + segment_size * len(segments)
    offsets, body = [], b""
    for part in parts:
        body += b"\0" * (-(place + len(body)) % 16)
        offsets.append(place + len(body))
        body += part.data
    names = b"\0" + b"".join(part.name.encode() + b"\0" for part in parts) + b".shstrtab\0"
    table = b""
    for kind, flags, index, address, size in segments:
        row = (kind, flags, offsets[index], address, address, size, size, 1)
        if not wide:
            row = (kind, offsets[index], address, address, size, size, flags, 1)
        table += struct.pack(order + ("2I6Q" if wide else "8I"), *row)
    names_at = place + len(body)
    table_at = names_at + len(names)
    sections = [(0, 0, 0, 0, 0)]
    for part, offset in zip(parts, offsets, strict=True):
        kind = 8 if part.flags & 8 else 1
        sections.append((names.index(f"\0{part.name}\0".encode()) + 1, kind, part.address, offset, len(part.data)))
    sections.append((names.index(b".shstrtab"), 3, 0, names_at, len(names)))
    layout = order + ("2I4Q2I2Q" if wide else "10I")
    section_table = b"".join(
        struct.pack(layout, name, kind, 0, address, offset, size, 0, 0, 1, 0)
        for name, kind, address, offset, size in sections
    )
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    count = len(sections) if named else 0
    numbers = (elf_type, machine, 1, 0, header_size, table_at if named else 0, 0, header_size, segment_size)
    header = struct.pack(
        order + ("2HI3QI3H" if wide else "2HI3II3H") + "3H",
        *numbers,
        len(segments),
        section_size,
        count,
        max(0, count - 1),
    )
    return ident + header + table + body + (names + section_table if named else b"")


def dynamic(
    needed: Sequence[str] = (), soname: str = "", *, is_pie: bool = False, at: int = 0x5000
) -> tuple[Part, Part]:
    """The dynamic section and its strings, which lie at address `at`; 64 bits, little-endian."""
    strings = b"\0"
    entries = []
    for tag, name in [*((1, name) for name in needed), *([(14, soname)] if soname else [])]:
        entries.append((tag, len(strings)))
        strings += name.encode() + b"\0"
    entries += [(5, at), (0x6FFFFFFB, 0x08000000 if is_pie else 0), (0, 0)]
    data = b"".join(struct.pack("<2Q", *entry) for entry in entries)
    return Part(".dynamic", data, 0x4000, 2), Part(".dynstr", strings, at)


def macho(
    parts: Sequence[Part],
    *,
    order: str = "<",
    wide: bool = True,
    kind: int = 2,
    libraries: Sequence[tuple[int, str]] = (),
) -> bytes:
    """A Mach-O file; each part is a segment with one section, writable with flag 2. Libraries are (command, path)."""
    head, first, each = (32, 72, 80) if wide else (28, 56, 68)
    commands = [
        struct.pack(f"{order}6I", command, 24 + len(path) + 8, 24, 0, 0, 0) + path.encode() + bytes(8)
        for command, path in libraries
    ]
    offset = head + sum(map(len, commands)) + (first + each) * len(parts)
    body = b""
    for part in parts:
        size, at, protection = len(part.data), offset + len(body), 3 if part.flags & 2 else 5
        name = part.name.encode()
        letter = "Q" if wide else "I"
        segment = struct.pack(
            f"{order}2I16s4{letter}4I",
            *(0x19 if wide else 1, first + each, b"__SEGMENT", part.address, size, at, size, 7, protection, 1, 0),
        )
        section = struct.pack(
            f"{order}16s16s2{letter}{'8' if wide else '7'}I",
            *(name, b"__SEGMENT", part.address, size, at, *[0] * (7 if wide else 6)),
        )
        commands.append(segment + section)
        body += part.data
    numbers = (0xFEEDFACF if wide else 0xFEEDFACE, 7, 3, kind, len(commands), sum(map(len, commands)), 0)
    return struct.pack(f"{order}7I", *numbers) + (bytes(4) if wide else b"") + b"".join(commands) + body


def fat(programs: Sequence[bytes]) -> bytes:
    """Several Mach-O files in one."""
    place = 8 + 20 * len(programs)
    table, body = b"", b""
    for program in programs:
        table += struct.pack(">5I", 7, 3, place + len(body), len(program), 0)
        body += program
    return b"\xca\xfe\xba\xbe" + struct.pack(">I", len(programs)) + table + body
