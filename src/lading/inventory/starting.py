"""What programs, scripts and modules of Python need of one another, as far as their files say.

A program needs its loader and the libraries that it is linked with, and names others that it may open and start. A
script needs its interpreter, and names what it calls. A module imports others.
"""

import re
from typing import Final

from msgspec import Struct
from msgspec.msgpack import Decoder, encode

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.executables.elf import read_elf
from lading.inventory.executables.program import Program
from lading.model.reader import Content, WantedFile

_ELF: Final = b"\x7fELF"
_SCRIPT: Final = b"#!"
_MOST_TEXT: Final = 1_000_000
_BYTES_A_STEP: Final = 40
_MOST_STRINGS: Final = 16_000_000
_MOST_NAMES: Final = 20_000
_STRING: Final = re.compile(rb"(?:/[\w.+@-]+){2,}|[\w+-]+\.so(?:\.\d+)*")
_WORD: Final = re.compile(r"[\w./+@-]+")
_IMPORT: Final = re.compile(r"^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import\b)", re.MULTILINE)


class Needs(Struct, frozen=True, array_like=True):
    """What one file needs: `names` are paths, libraries and programs, `imports` the first parts of modules' names.
    `soname` is what others call a library. `is_program` tells machine code apart."""

    is_program: bool = False
    soname: str = ""
    names: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def read_needs(file: WantedFile) -> CatalogerResult:
    """What a file needs; nothing of one that is neither."""
    head = file.content[:4]
    if head == _ELF:
        program = read_elf(file.content)
        if program is None or program.kind == "other":
            return CatalogerResult()
        found = Needs(True, program.soname, tuple(sorted({*program.needed, *_strings(program, file.content)})))
    else:
        text = file.content[:_MOST_TEXT].decode("utf-8", "replace")
        is_script = head.startswith(_SCRIPT)
        words = sorted(set(_WORD.findall(text)))[:_MOST_NAMES] if is_script else []
        is_python = file.path.endswith(".py") or (is_script and "python" in text.partition("\n")[0])
        found = Needs(names=tuple(words), imports=tuple(sorted(set(_imports(text)))) if is_python else ())
    return CatalogerResult(observed=encode(found))


CATALOGER: Final = Cataloger(
    name="starting", version=1, parse=read_needs, magic=(_ELF, _SCRIPT), patterns=("**/*.py",), pace=_BYTES_A_STEP
)
decode_needs = Decoder(Needs).decode


def _strings(program: Program, content: Content) -> set[str]:
    """The loader, and the paths and libraries that its text names."""
    found: set[str] = set()
    for name in (".interp", ".rodata"):
        section = program.sections.get(name)
        if section is not None and section.size <= _MOST_STRINGS:
            text = content[section.offset : section.end]
            found.update(one.decode("ascii", "replace") for one in _STRING.findall(text))
    return set(sorted(found)[:_MOST_NAMES])


def _imports(text: str) -> list[str]:
    found = []
    for several, one in _IMPORT.findall(text):
        found += [name.strip().partition(" ")[0].partition(".")[0] for name in several.split(",")] if several else []
        found += [one.partition(".")[0]] if one else []
    return [name for name in found if name]
