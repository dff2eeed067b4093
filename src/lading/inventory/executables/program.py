"""What the headers of a program say, in the same words for ELF, Mach-O, PE and WebAssembly."""

import struct
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from lading.model.reader import Content

Format = Literal["ELF", "Mach-O", "PE", "WebAssembly"]
Kind = Literal["executable", "shared library", "other"]


class Section(Struct, frozen=True):
    """A named part of the file; never reaches beyond its end. `address` is where it lies in memory."""

    name: str
    offset: int
    size: int
    address: int

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.offset + self.size


class Segment(Struct, frozen=True):
    """A part of the file as it is mapped into memory; never reaches beyond the file's end."""

    offset: int
    size: int
    address: int
    writable: bool
    executable: bool

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.offset + self.size


class Program(Struct, frozen=True):
    """A program, a shared library or something of the same format that is neither: an object file, a core dump, the
    debugging symbols of another file. `pointer` is the bytes of an address. `sections` are those with bytes in the
    file, the first of each name; `soname` is the library's name for others, `needed` those it is linked with. `managed`
    is on for the assemblies of .NET."""

    format: Format
    kind: Kind
    little_endian: bool
    pointer: int
    sections: dict[str, Section]
    segments: tuple[Segment, ...]
    soname: str = ""
    needed: tuple[str, ...] = ()
    managed: bool = False

    def offset_of(self, address: int) -> int | None:
        """Where in the file the byte at `address` lies, None when it does not."""
        for segment in self.segments:
            if 0 <= address - segment.address < segment.size:
                return segment.offset + address - segment.address
        return None


def spans(parts: Iterable[Section | Segment]) -> list[tuple[int, int]]:
    """(start, end) of the bytes the parts cover, in order, each byte once however they overlap."""
    covered: list[tuple[int, int]] = []
    for start, end in sorted((part.offset, part.end) for part in parts):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(end, covered[-1][1]))
        else:
            covered.append((start, end))
    return covered


def cut(offset: int, size: int, length: int) -> tuple[int, int]:
    """An offset and a size that stay within a file of `length` bytes."""
    offset = min(offset, length)
    return offset, min(size, length - offset)


def fields(layout: str, content: Content, offset: int) -> tuple[Any, ...] | None:
    """The values at `offset`, None where the file ends before them."""
    size = struct.calcsize(layout)
    data = content[offset : offset + size] if offset >= 0 else b""
    return struct.unpack(layout, data) if len(data) == size else None


def string_at(content: Content, offset: int, limit: int = 1024) -> str:
    """The NUL-terminated string at `offset`, cut at `limit` bytes; "" outside the file."""
    data = content[offset : offset + limit] if offset >= 0 else b""
    return data.partition(b"\0")[0].decode("utf-8", "backslashreplace")
