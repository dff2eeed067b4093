"""ELF headers."""

import random

import pytest

from lading.inventory.executables.elf import read_elf
from lading.inventory.executables.program import Program, Section, Segment
from tests.inventory.executables.build import Part, dynamic, elf

TEXT = Part(".text", b"code", 0x1000, 1)
DATA = Part(".data", b"some data", 0x2000, 2)


def read(data: bytes) -> Program:
    program = read_elf(data)
    assert program is not None
    return program


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [True, False])
def test_sections_and_segments(order: str, wide: bool) -> None:
    data = elf([TEXT, DATA], order=order, wide=wide)
    program = read(data)
    code, some = data.index(b"code"), data.index(b"some data")
    assert (program.format, program.kind, program.little_endian) == ("ELF", "executable", order == "<")
    assert program.pointer == (8 if wide else 4)
    assert program.sections[".text"] == Section(".text", code, 4, 0x1000)
    assert program.sections[".data"] == Section(".data", some, 9, 0x2000)
    assert program.segments == (
        Segment(code, 4, 0x1000, writable=False, executable=True),
        Segment(some, 9, 0x2000, writable=True, executable=False),
    )
    assert program.offset_of(0x2008) == some + 8
    assert program.offset_of(0x2009) is None


def test_what_kind_of_program_it_is() -> None:
    def kind(elf_type: int, *, is_pie: bool = False, soname: str = "", interpreter: bool = False) -> str:
        parts = [*dynamic(soname=soname, is_pie=is_pie), Part(".interp", b"/lib/ld.so\0", 0x6000)]
        rows = [(1, 4, 1, 0x5000, len(parts[1].data)), (2, 6, 0, 0x4000, len(parts[0].data))]
        rows += [(3, 4, 2, 0x6000, 11)] if interpreter else []
        return read(elf(parts, elf_type=elf_type, segments=rows)).kind

    assert kind(2) == "executable"
    assert kind(3) == "shared library"
    assert kind(3, interpreter=True) == "executable"
    assert kind(3, is_pie=True) == "executable"
    assert kind(3, soname="libc.so.6", interpreter=True) == "shared library"
    assert kind(1) == "other"
    assert kind(4) == "other"


def test_debugging_symbols_are_no_program() -> None:
    assert read(elf([Part(".text", b"", 0x1000, 9)], elf_type=3)).kind == "other"


def test_library_names() -> None:
    parts = dynamic(["libssl.so.3", "libc.so.6"], "libme.so.1")
    rows = [(1, 4, 1, 0x5000, len(parts[1].data)), (2, 6, 0, 0x4000, len(parts[0].data))]
    program = read(elf(parts, elf_type=3, segments=rows))
    assert (program.soname, program.needed) == ("libme.so.1", ("libssl.so.3", "libc.so.6"))


def test_no_names_of_sections() -> None:
    program = read(elf([DATA], named=False))
    assert (program.sections, len(program.segments)) == ({}, 1)


def test_damage_is_survived() -> None:
    whole = elf([TEXT, DATA, *dynamic(["libc.so.6"], "libme.so")])
    assert read_elf(b"\x7fELF") is None
    assert read_elf(b"not a program") is None
    for length in range(len(whole)):
        read_elf(whole[:length])
    source = random.Random(1)
    for _ in range(3000):
        flipped = bytearray(whole)
        for _ in range(4):
            flipped[source.randrange(len(flipped))] = source.choice((0, 0xFF, source.randrange(256)))
        read_elf(bytes(flipped))
