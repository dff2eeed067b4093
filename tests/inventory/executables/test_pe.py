"""PE headers, version resources and .NET assemblies."""

import random
import struct

import pytest

from lading.inventory.executables.pe import VersionInfo, read_pe, read_version_info
from lading.inventory.executables.program import Section, Segment
from tests.inventory.executables.build import Part, assembly, pe, version_resource

STRINGS = {"CompanyName": "Someone", "ProductName": "Tool ", "ProductVersion": "1.2.3+abc", "Comments": ""}
RESOURCE = Part(".rsrc", version_resource(STRINGS, 0x2000), 0x2000)
CLR = Part(".text", struct.pack("<8x2I", 0x1010, 500) + assembly("Some.Library", (1, 2, 3, 4)), 0x1000, 0x20000000)


@pytest.mark.parametrize("wide", [True, False])
def test_version_strings_and_the_assembly(wide: bool) -> None:
    told = {"CompanyName": "Someone", "ProductName": "Tool", "ProductVersion": "1.2.3+abc"}
    native = pe([RESOURCE], {2: (0x2000, 10)}, wide=wide)
    assert read_version_info(native) == VersionInfo(told, is_dotnet=False)
    dotnet = pe([CLR, RESOURCE], {2: (0x2000, 10), 14: (0x1000, 72)}, wide=wide)
    assert read_version_info(dotnet) == VersionInfo(told, True, "Some.Library", "1.2.3.4")


def test_a_file_without_resources_has_no_strings() -> None:
    assert read_version_info(pe([])) == VersionInfo({}, is_dotnet=False)
    assert read_version_info(b"MZ not a program") is None
    assert read_version_info(b"") is None


def test_sections_segments_and_imports() -> None:
    imports = struct.pack("<12xI4x", 0x3028) + bytes(20) + b"KERNEL32.dll\0"
    data = pe([Part(".idata", imports, 0x3000, 0xC0000000), CLR], {1: (0x3000, 40)}, dll=True)
    program = read_pe(data)
    assert program is not None
    offset = data.index(imports)
    assert (program.kind, program.pointer, program.needed) == ("shared library", 8, ("KERNEL32.dll",))
    assert program.sections[".idata"] == Section(".idata", offset, len(imports), 0x403000)
    assert program.segments[0] == Segment(offset, len(imports), 0x403000, writable=True, executable=False)
    assert (program.segments[1].writable, program.segments[1].executable) == (False, True)
    assert program.offset_of(0x403001) == offset + 1
    assert program.offset_of(0x403000 + len(imports) + 5000) is None
    executable = read_pe(pe([]))
    assert executable is not None
    assert executable.kind == "executable"


def test_damage_is_survived() -> None:
    whole = pe([CLR, RESOURCE], {2: (0x2000, 10), 14: (0x1000, 72)})
    for length in range(len(whole)):
        read_version_info(whole[:length])
    source = random.Random(1)
    for _ in range(3000):
        flipped = bytearray(whole)
        for _ in range(4):
            flipped[source.randrange(len(flipped))] = source.choice((0, 0xFF, source.randrange(256)))
        read_version_info(bytes(flipped))
        read_pe(bytes(flipped))
