"""A program of any format, by its first bytes."""

from lading.inventory.executables.elf import read_elf
from lading.inventory.executables.macho import read_macho
from lading.inventory.executables.pe import read_pe
from lading.inventory.executables.program import Program
from lading.inventory.executables.wasm import WASM, read_wasm
from lading.model.reader import Content

MAGIC = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
    WASM,
)
"""What programs begin with. Two of them are not theirs alone: texts begin with MZ, Java classes like fat Mach-O."""


def read_program(content: Content) -> Program | None:
    """The program at the start of `content`, None when it is none or too damaged to say."""
    head = content[:4]
    if head == b"\x7fELF":
        return read_elf(content)
    if head == WASM:
        return read_wasm(content)
    return read_pe(content) if head[:2] == b"MZ" else read_macho(content)
