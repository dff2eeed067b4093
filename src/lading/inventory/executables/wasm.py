"""WebAssembly modules and components, which runtimes of containers start as they start programs.

Source: the WebAssembly core specification, "Binary Format: Modules" (sections and custom sections); the component
model's Binary.md (the same sections behind another version).
"""

from collections.abc import Iterator
from typing import Final

from lading.inventory.executables.program import Program, Section
from lading.model.reader import Content

WASM: Final = b"\0asm"
_VERSIONS: Final = (b"\1\0\0\0", b"\x0d\0\1\0")
_CUSTOM, _DATA = 0, 11
_MOST_SECTIONS: Final = 4096
_LONGEST_NAME: Final = 128
_LONGEST_NUMBER: Final = 5


def read_wasm(content: Content) -> Program | None:
    """The module at the start of `content`, with its custom sections by their names, and its data as `.rodata`; None
    when it is none."""
    if content[4:8] not in _VERSIONS:
        return None
    sections: dict[str, Section] = {}
    for kind, start, size in _iter_sections(content):
        if kind == _DATA:
            sections.setdefault(".rodata", Section(".rodata", start, size, 0))
        elif kind == _CUSTOM:
            length, used = _number(content, start)
            if 0 < length <= min(_LONGEST_NAME, size - used):
                name = content[start + used : start + used + length].decode("utf-8", "backslashreplace")
                behind = start + used + length
                sections.setdefault(name, Section(name, behind, start + size - behind, 0))
    return Program(
        format="WebAssembly", kind="executable", little_endian=True, pointer=4, sections=sections, segments=()
    )


def _iter_sections(content: Content) -> Iterator[tuple[int, int, int]]:
    """The kind, the start and the size of each section, up to one that reaches beyond the end."""
    place = 8
    for _ in range(_MOST_SECTIONS):
        size, used = _number(content, place + 1)
        start = place + 1 + used
        if not used or start + size > len(content):
            return
        yield content[place : place + 1][0], start, size
        place = start + size


def _number(content: Content, place: int) -> tuple[int, int]:
    """An unsigned LEB128 number and how many bytes it has, 0 where there is none."""
    value = 0
    for used, byte in enumerate(content[place : place + _LONGEST_NUMBER], 1):
        value |= (byte & 0x7F) << 7 * (used - 1)
        if byte < 0x80:
            return value, used
    return 0, 0
