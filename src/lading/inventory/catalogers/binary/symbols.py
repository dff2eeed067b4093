"""The functions that are in a Go program, which its line table names even when it was stripped.

Source: the Go standard library's debug/gosym (pclntab.go) and runtime/symtab.go, for the tables of Go 1.2, 1.16, 1.18
and 1.20.
"""

import re
import struct
from collections.abc import Iterator, Mapping

from lading.formats.go_functions import stem_of, write_functions
from lading.inventory.executables.program import Program, Section, fields, spans
from lading.model.reader import Content

_SECTIONS = (".gopclntab", "__gopclntab", ".data.rel.ro.gopclntab")
_MAGIC_1_2 = 0xFFFF_FFFB
_FIELDS_BEFORE_NAMES = {0xFFFF_FFFA: 2, 0xFFFF_FFF0: 3, 0xFFFF_FFF1: 3}
"""By magic: how many numbers stand in the header before the offset of the names."""
_MOST_BYTES = 32 * 1024 * 1024
_MOST_FUNCTIONS = 1_000_000
_MOST_PLACES = 10_000
_HEADER = 8
_CLOSURE = re.compile(r"(?:\.func[0-9].*|\.gowrap[0-9].*|\.deferwrap[0-9].*|-fm|-range[0-9].*|·.*|\.[0-9]+)$")
_MAIN = "main"
_MADE_BY_COMPILER = ("type:", "type..", "go:", "go.buildid", "go.shape.", "_cgo", "x_cgo")


def read_symbols(program: Program, content: Content, main: str, modules: Mapping[str, str]) -> bytes:
    """A Go program's functions (see formats.go_functions), b"" when there is no line table or one beyond measure: those
    of the standard library and of `modules`, for nobody asks about others. `modules` are the paths by which modules are
    imported, with those that advisories on them go by; `main` is the import path of the package with the main function,
    "" when it is not known.

    Names are written as the Go vulnerability database does, with the import path in front: `net/http.Client.Do`,
    whether the receiver is a pointer or not, without type arguments. Closures count as the function they stand in.
    Left out is what the compiler made.
    """
    table = _line_table(program, content)
    names = _names(program, content, table) if table is not None else b""
    if not names or names.count(b"\0") > _MOST_FUNCTIONS:
        return b""
    return write_functions(_of_modules(names, main, modules))


def _of_modules(names: bytes, main: str, modules: Mapping[str, str]) -> Iterator[str]:
    """The names as they are to be written, some of them more than once."""
    asked = _Asked(modules)
    of_stem: dict[str, tuple[str, bool]] = {}
    for name in _cleaned(names).split("\0"):
        stem = name[: name.find(".", name.rfind("/") + 1)]
        if stem == _MAIN:
            if not main:
                continue
            name, stem = main + name[len(_MAIN) :], stem_of(f"{main}.")
        # Most names are of few packages, and those of packages nobody asks about are the most.
        known = of_stem.get(stem)
        if known is None:
            known = of_stem[stem] = asked.module_of(stem), _is_standard(stem)
        module, is_standard = known
        if not module and stem in asked.dotted:
            module = asked.dotted_module_of(stem, name)
        if (not module and not is_standard) or name.startswith(_MADE_BY_COMPILER):
            continue
        if ".func" in name or "wrap" in name or "-" in name or name[-1:].isdigit():
            name = _CLOSURE.sub("", name)
        if len(name) <= len(stem) + 1 or name[-1] == ".":
            continue
        if module or is_standard:
            yield name
        if module and modules[module] != module:
            yield modules[module] + name[len(module) :]


class _Asked:
    """The modules that advisories may speak of."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self.dotted = frozenset(stem_of(path) for path in modules if "." in path.rpartition("/")[2])
        """What comes before the dot in the last part of a module's path: the rest is in the names of its functions."""

    def module_of(self, stem: str) -> str:
        """The module that a package belongs to, "" when it is none of these."""
        return next((above for above in _above(stem) if above in self._modules), "")

    def dotted_module_of(self, stem: str, name: str) -> str:
        """The same for a name whose package's path has a dot behind the stem."""
        beginnings = (f"{stem}.{rest}" for rest in _beginnings(name[len(stem) + 1 :]))
        return next((path for path in beginnings if path in self._modules), "")


def _is_standard(path: str) -> bool:
    return "." not in path.partition("/")[0]


def _above(path: str) -> Iterator[str]:
    """The path and the directories above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _beginnings(name: str) -> Iterator[str]:
    """What stands before each dot."""
    dot = name.find(".")
    while dot >= 0:
        yield name[:dot]
        dot = name.find(".", dot + 1)


def _line_table(program: Program, content: Content) -> Section | None:
    for name in _SECTIONS:
        if name in program.sections:
            return program.sections[name]
    order = "<" if program.little_endian else ">"
    for start, end in spans(program.segments):
        for magic in (*_FIELDS_BEFORE_NAMES, _MAGIC_1_2):
            wanted = struct.pack(order + "I2x", magic)
            place = start - 1
            for _ in range(_MOST_PLACES):
                place = content.find(wanted, place + 1, end)
                if place < 0:
                    break
                rest = content[place + 6 : place + 8]
                if len(rest) == 2 and rest[0] in (1, 2, 4) and rest[1] == program.pointer:
                    return Section("", place, end - place, 0)
    return None


def _names(program: Program, content: Content, table: Section) -> bytes:
    """The names, each with a NUL behind it."""
    order = "<" if program.little_endian else ">"
    number = "Q" if program.pointer == 8 else "I"
    magic = fields(order + "I", content, table.offset)
    before = _FIELDS_BEFORE_NAMES.get(magic[0]) if magic else None
    if before is None:
        return _names_1_2(content, table, order, number) if magic and magic[0] == _MAGIC_1_2 else b""
    bounds = fields(f"{order}2{number}", content, table.offset + _HEADER + before * program.pointer)
    if bounds is None or not bounds[0] < bounds[1] <= min(table.size, bounds[0] + _MOST_BYTES):
        return b""
    return content[table.offset + bounds[0] : table.offset + bounds[1]]


def _names_1_2(content: Content, table: Section, order: str, number: str) -> bytes:
    """The first table of functions leads to one record each, which leads to the name."""
    pointer = struct.calcsize(order + number)
    count = fields(order + number, content, table.offset + _HEADER)
    if count is None or count[0] > _MOST_FUNCTIONS:
        return b""
    data = content[table.offset : table.offset + min(table.size, 8 * _MOST_BYTES)]
    start = _HEADER + pointer
    functions = data[start : start + count[0] * 2 * pointer]
    functions = functions[: len(functions) // (2 * pointer) * 2 * pointer]
    name_offset = struct.Struct(order + "I")
    names = []
    left = _MOST_BYTES
    for _, record in struct.iter_unpack(f"{order}2{number}", functions):
        if record + pointer + 4 <= len(data):
            (name,) = name_offset.unpack_from(data, record + pointer)
            end = data.find(b"\0", name, name + 4096)
            if end >= 0 and left > 0:
                names.append(data[name : end + 1])
                left -= end - name + 1
    return b"".join(names)


def _cleaned(names: bytes) -> str:
    """The names without what no name in a source has: (*List[...]).Push is List.Push, and a dot in the last part of an
    import path is not written %2e."""
    text = names.decode("utf-8", "replace")
    return text.replace("[...]", "").replace("(*", "").replace(")", "").replace("%2e", ".")
