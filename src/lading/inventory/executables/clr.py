"""The name and version of a .NET assembly, from its metadata tables.

Source: ECMA-335, Partition II, chapters 22 (tables) and 24.2 (metadata layout).
"""

import struct

from lading.inventory.executables.program import fields, string_at
from lading.model.reader import Content

_ASSEMBLY = 0x20
_MOST_STREAMS = 16

# A column is a number of bytes, a heap (S strings, G GUIDs, B blobs), the index of a table (hexadecimal after `#`)
# or of one of several (named below).
_COLUMNS = {
    0x00: "2 S G G G",
    0x01: "ResolutionScope S S",
    0x02: "4 S S TypeDefOrRef #04 #06",
    0x03: "#04",
    0x04: "2 S B",
    0x05: "#06",
    0x06: "4 2 2 S B #08",
    0x07: "#08",
    0x08: "2 2 S",
    0x09: "#02 TypeDefOrRef",
    0x0A: "MemberRefParent S B",
    0x0B: "2 HasConstant B",
    0x0C: "HasCustomAttribute CustomAttributeType B",
    0x0D: "HasFieldMarshal B",
    0x0E: "2 HasDeclSecurity B",
    0x0F: "2 4 #02",
    0x10: "4 #04",
    0x11: "B",
    0x12: "#02 #14",
    0x13: "#14",
    0x14: "2 S TypeDefOrRef",
    0x15: "#02 #17",
    0x16: "#17",
    0x17: "2 S B",
    0x18: "2 #06 HasSemantics",
    0x19: "#02 MethodDefOrRef MethodDefOrRef",
    0x1A: "S",
    0x1B: "B",
    0x1C: "2 MemberForwarded S #1A",
    0x1D: "4 #04",
    0x1E: "4 4",
    0x1F: "4",
}
_CODED: dict[str, tuple[int, tuple[int, ...]]] = {
    "TypeDefOrRef": (2, (0x02, 0x01, 0x1B)),
    "HasConstant": (2, (0x04, 0x08, 0x17)),
    "HasCustomAttribute": (
        5,
        (0, 1, 2, 4, 6, 8, 9, 0x0A, 0x0E, 0x11, 0x14, 0x17, 0x1A, 0x1B, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2A, 0x2B, 0x2C),
    ),
    "HasFieldMarshal": (1, (0x04, 0x08)),
    "HasDeclSecurity": (2, (0x02, 0x06, 0x20)),
    "MemberRefParent": (3, (0x01, 0x02, 0x06, 0x1A, 0x1B)),
    "HasSemantics": (1, (0x14, 0x17)),
    "MethodDefOrRef": (1, (0x06, 0x0A)),
    "MemberForwarded": (1, (0x04, 0x06)),
    "CustomAttributeType": (3, (0x06, 0x0A)),
    "ResolutionScope": (2, (0x00, 0x01, 0x1A, 0x23)),
}
"""By how many bits say which table it is, and the tables."""
_HEAP_FLAGS = {"S": 1, "G": 2, "B": 4}


def read_assembly(content: Content, root: int) -> tuple[str, str] | None:
    """(name, version) of the assembly whose metadata begin at `root`; None for a module without one."""
    streams = _streams(content, root)
    tables, names = streams.get("#~") or streams.get("#-"), streams.get("#Strings")
    header = fields("<6xBx2Q", content, tables) if tables is not None else None
    if tables is None or names is None or header is None or not header[1] >> _ASSEMBLY & 1:
        return None
    heaps, present, _ = header
    rows = _row_counts(content, tables + 24, present)
    place = tables + 24 + 4 * len(rows)
    place += sum(count * _row_size(_COLUMNS[table], heaps, rows) for table, count in rows.items() if table < _ASSEMBLY)
    blob, name = ("I" if heaps & _HEAP_FLAGS[heap] else "H" for heap in "BS")
    row = fields(f"<4x4H4x{blob}{name}", content, place)
    if row is None:
        return None
    return string_at(content, names + row[5]), ".".join(str(number) for number in row[:4])


def _streams(content: Content, root: int) -> dict[str, int]:
    """Where each stream of the metadata begins."""
    start = fields("<4s8xI", content, root)
    if start is None or start[0] != b"BSJB":
        return {}
    place = root + 16 + (start[1] + 3 & ~3)
    count = fields("<2xH", content, place)
    place += 4
    found = {}
    for _ in range(min(count[0], _MOST_STREAMS) if count else 0):
        entry = fields("<I4x", content, place)
        if entry is None:
            break
        name = string_at(content, place + 8, 32)
        found[name] = root + entry[0]
        place += 8 + (len(name) + 4 & ~3)
    return found


def _row_counts(content: Content, place: int, present: int) -> dict[int, int]:
    tables = [table for table in range(64) if present >> table & 1]
    data = content[place : place + 4 * len(tables)]
    counts = struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
    return dict(zip(tables, counts, strict=False))


def _row_size(columns: str, heaps: int, rows: dict[int, int]) -> int:
    return sum(_width(column, heaps, rows) for column in columns.split())


def _width(column: str, heaps: int, rows: dict[int, int]) -> int:
    if column.isdigit():
        return int(column)
    if column in _HEAP_FLAGS:
        return 4 if heaps & _HEAP_FLAGS[column] else 2
    if column.startswith("#"):
        return 4 if rows.get(int(column[1:], 16), 0) > 0xFFFF else 2
    bits, tables = _CODED[column]
    return 4 if max(rows.get(table, 0) for table in tables) >= 1 << (16 - bits) else 2
