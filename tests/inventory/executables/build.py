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
