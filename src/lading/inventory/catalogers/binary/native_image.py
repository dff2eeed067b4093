"""Native images of Java: the bill of materials that GraalVM builds into them.

Source: "Software Bill of Materials" in the reference manual of Native Image (`--enable-sbom`): CycloneDX, compressed
with gzip, at the symbol `sbom`, its length at `sbom_length`, which are exported and so are left by `strip`.
"""

import struct
from collections.abc import Iterator

from lading.inventory.executables.program import Program, Section, fields, string_at
from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.limits import Spend, unbounded
from lading.safeio.zlib_bytes import inflate_gzip

_SBOM, _LENGTH = "sbom", "sbom_length"
_MOST_BYTES = 32 * 1024 * 1024
_MOST_NAMES = 4 * 1024 * 1024
_MOST_SYMBOLS = 100_000
_MOST_PLACES = 256
_GZIP = b"\x1f\x8b\x08"
_MARK = b'"bomFormat"'
_HEAD = 4096


def read_sbom(program: Program, content: Content, spend: Spend = unbounded) -> bytes | None:
    """The document in a native image, None where there is none. `spend` is told of what inflating takes. Raises
    ValueError when it is damaged."""
    if program.format != "ELF":
        return _sought(content, spend) if content.find(_LENGTH.encode()) >= 0 else None
    names, table = program.sections.get(".dynstr"), program.sections.get(".dynsym")
    if names is None or table is None:
        return None
    labels = content[names.offset : names.offset + min(names.size, _MOST_NAMES)]
    if f"\0{_LENGTH}\0".encode() not in labels:
        return None
    addresses = dict(_iter_symbols(program, content, table, names))
    place, length = (program.offset_of(addresses.get(name, -1)) for name in (_SBOM, _LENGTH))
    stated = fields("<Q" if program.little_endian else ">Q", content, length) if length is not None else None
    if place is None or stated is None:
        raise ValueError("its place is not in the file")
    try:
        return inflate_gzip(content[place : place + min(stated[0], _MOST_BYTES)], _MOST_BYTES, spend)
    except (SafeIOError, LimitError) as error:
        raise ValueError(str(error)) from error


def _iter_symbols(program: Program, content: Content, table: Section, names: Section) -> Iterator[tuple[str, int]]:
    """(name, address) of the two symbols."""
    order = "<" if program.little_endian else ">"
    layout = struct.Struct(order + ("I4xQ8x" if program.pointer == 8 else "2I8x"))
    data = content[table.offset : table.offset + min(table.size, _MOST_SYMBOLS * layout.size)]
    for name_at, address in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        if name_at < names.size:
            name = string_at(content, names.offset + name_at, len(_LENGTH) + 1)
            if name in (_SBOM, _LENGTH):
                yield name, address


def _sought(content: Content, spend: Spend) -> bytes | None:
    """The first compressed text in the file that says that it is a bill of materials."""
    place = -1
    for _ in range(_MOST_PLACES):
        place = content.find(_GZIP, place + 1)
        if place < 0:
            break
        try:
            document = inflate_gzip(content[place : place + _MOST_BYTES], _MOST_BYTES, spend)
        except LimitError as error:
            if error.limit == "work":
                raise
            continue
        except SafeIOError:
            continue
        if _MARK in document[:_HEAD]:
            return document
    return None
