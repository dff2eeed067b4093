"""Mach-O, the programs and libraries of macOS, single or several in one file for different processors ("fat").

Source: mach-o/loader.h and mach-o/fat.h of Apple's cctools.
"""

from lading.inventory.executables.program import Kind, Program, Section, Segment, cut, fields
from lading.model.reader import Content

_ORDERS = {b"\xfe\xed\xfa\xce": (">", 4), b"\xfe\xed\xfa\xcf": (">", 8)}
_ORDERS |= {magic[::-1]: ("<", pointer) for magic, (_, pointer) in _ORDERS.items()}
_FAT, _FAT_WIDE = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
_MOST_ARCHITECTURES = 32
"""More make it a Java class, which begins with the same bytes and has its version there, 45 or above."""
_KINDS: dict[int, Kind] = {2: "executable", 6: "shared library", 8: "shared library"}
_SEGMENT, _SEGMENT_WIDE = 0x1, 0x19
_OWN_NAME = 0xD
_LIBRARIES = frozenset((0xC, 0x8000_0018, 0x8000_001F, 0x8000_0023, 0x20))
_WRITE, _EXECUTE = 2, 4
_MOST_COMMANDS = 4096
_MOST_SECTIONS = 4096
_NO_BITS = frozenset((0x1, 0xC, 0x12))


def read_macho(content: Content) -> Program | None:
    """The program at the start of `content`, the first readable one when there are several; None when there is
    none."""
    magic = content[:4]
    if magic in _ORDERS:
        return _Reader(content, 0).read()
    if magic not in (_FAT, _FAT_WIDE):
        return None
    count = fields(">I", content, 4)
    if count is None or count[0] > _MOST_ARCHITECTURES:
        return None
    layout, size = (">8xI", 20) if magic == _FAT else (">8xQ", 32)
    for index in range(count[0]):
        start = fields(layout, content, 8 + index * size)
        if start and content[start[0] : start[0] + 4] in _ORDERS and (program := _Reader(content, start[0]).read()):
            return program
    return None


class _Reader:
    """Reads the program that begins at `start`, load command by load command."""

    def __init__(self, content: Content, start: int) -> None:
        self._content = content
        self._start = start
        self._order, self._pointer = _ORDERS[content[start : start + 4]]
        self._sections_left = _MOST_SECTIONS
        self._sections: dict[str, Section] = {}
        self._segments: list[Segment] = []
        self._soname = ""
        self._needed: list[str] = []

    def read(self) -> Program | None:
        header = fields(self._order + "12x2I", self._content, self._start)
        if header is None:
            return None
        place = self._start + (32 if self._pointer == 8 else 28)
        for _ in range(min(header[1], _MOST_COMMANDS)):
            command = fields(self._order + "2I", self._content, place)
            if command is None or command[1] < 8:
                break
            self._command(command[0], place, command[1])
            place += command[1]
        return Program(
            format="Mach-O",
            kind=_KINDS.get(header[0], "other"),
            little_endian=self._order == "<",
            pointer=self._pointer,
            sections=self._sections,
            segments=tuple(self._segments),
            soname=self._soname,
            needed=tuple(self._needed),
        )

    def _command(self, command: int, place: int, size: int) -> None:
        if command in (_SEGMENT, _SEGMENT_WIDE):
            self._segment(place, size)
        elif command == _OWN_NAME:
            self._soname = self._library(place, size)
        elif command in _LIBRARIES:
            self._needed.append(self._library(place, size))

    def _library(self, place: int, size: int) -> str:
        """The last part of a library's path."""
        offset = fields(self._order + "8xI", self._content, place)
        text = self._content[place + offset[0] : place + min(size, 4096)] if offset else b""
        return text.partition(b"\0")[0].rpartition(b"/")[2].decode("utf-8", "backslashreplace")

    def _segment(self, place: int, size: int) -> None:
        wide = self._pointer == 8
        head = fields(self._order + ("24xQ8x2Q4x2I" if wide else "24xI4x2I4x2I"), self._content, place)
        if head is None:
            return
        address, offset, length, protection, count = head
        first, each = (72, 80) if wide else (56, 68)
        self._segments.append(
            Segment(*self._within(offset, length), address, bool(protection & _WRITE), bool(protection & _EXECUTE))
        )
        count = min(count, max(0, size - first) // each, self._sections_left)
        self._sections_left -= count
        for index in range(count):
            self._section(place + first + index * each)

    def _section(self, place: int) -> None:
        layout = self._order + ("16s16x2QI12xI" if self._pointer == 8 else "16s16x3I12xI")
        section = fields(layout, self._content, place)
        if section is None:
            return
        label, address, length, offset, flags = section
        name = label.rstrip(b"\0").decode("utf-8", "backslashreplace")
        if name not in self._sections and flags & 0xFF not in _NO_BITS:
            self._sections[name] = Section(name, *self._within(offset, length), address)

    def _within(self, offset: int, length: int) -> tuple[int, int]:
        return cut(self._start + offset, length, len(self._content))
