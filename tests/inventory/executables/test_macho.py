"""Mach-O headers."""

import random

import pytest

from lading.inventory.executables.macho import read_macho
from lading.inventory.executables.program import Section, Segment
from tests.inventory.executables.build import Part, fat, macho

DATA = Part("__data", b"some data", 0x2000, 2)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [True, False])
def test_sections_and_segments(order: str, wide: bool) -> None:
    data = macho([Part("__text", b"code", 0x1000), DATA], order=order, wide=wide)
    program = read_macho(data)
    assert program is not None
    assert (program.format, program.kind, program.little_endian) == ("Mach-O", "executable", order == "<")
    assert program.pointer == (8 if wide else 4)
    code, some = data.index(b"code"), data.index(b"some data")
    assert program.sections == {
        "__text": Section("__text", code, 4, 0x1000),
        "__data": Section("__data", some, 9, 0x2000),
    }
    assert program.segments == (
        Segment(code, 4, 0x1000, writable=False, executable=True),
        Segment(some, 9, 0x2000, writable=True, executable=False),
    )


def test_library_names_and_kinds() -> None:
    libraries = [(0xD, "@rpath/libme.1.dylib"), (0xC, "/usr/lib/libz.1.dylib")]
    program = read_macho(macho([], kind=6, libraries=libraries))
    assert program is not None
    assert (program.kind, program.soname, program.needed) == ("shared library", "libme.1.dylib", ("libz.1.dylib",))
    other = read_macho(macho([], kind=1))
    assert other is not None
    assert other.kind == "other"


def test_the_first_of_several_is_read() -> None:
    data = fat([macho([DATA]), macho([])])
    program = read_macho(data)
    assert program is not None
    assert program.sections["__data"].offset == data.index(b"some data")


def test_a_java_class_is_none() -> None:
    assert read_macho(b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(2000)) is None


def test_damage_is_survived() -> None:
    whole = fat([macho([DATA], libraries=[(0xC, "/usr/lib/libz.1.dylib")])])
    for length in range(len(whole)):
        read_macho(whole[:length])
    source = random.Random(1)
    for _ in range(3000):
        flipped = bytearray(whole)
        for _ in range(4):
            flipped[source.randrange(len(flipped))] = source.choice((0, 0xFF, source.randrange(256)))
        read_macho(bytes(flipped))
