"""Libraries linked into a program, told by the version strings they carry.

Which library says what is data, in linked.json beside this module.
"""

import re
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data

import msgspec

from lading.inventory.catalogers.binary.rust import TEXTS, crates_of_paths, may_name_crates
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.executables.needles import Needles
from lading.inventory.executables.program import Program, spans
from lading.model.reader import Content

_READ_ONLY = (".rodata", ".lrodata", "__cstring", "__const", ".rdata")
_WINDOW = 4 * 1024 * 1024
_OVERLAP = 256
_BEFORE, _AFTER = 64, 192
_MOST_PLACES = 64
_NUMBERS = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,4}"


class Library(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one library is told: `needle` is a text that it alone has, `pattern` a regular expression around that text
    whose group is the version (`{v}` stands for three numbers), or `anywhere` in the program where the two lie apart.
    `own` are the beginnings of the names of its own files, whose packages or names tell more. `cpe` is vendor and
    product."""

    name: str
    cpe: str
    own: str
    needle: str
    pattern: str
    anywhere: bool = False


class _Rule(msgspec.Struct, frozen=True):
    library: Library
    needle: bytes
    pattern: re.Pattern[bytes]
    own: re.Pattern[str]


def find_linked(path: str, program: Program, content: Content, *, rust: bool = True) -> tuple[FoundPackage, ...]:
    """The libraries inside the program at `path`, with `rust` the crates of Rust too. Those it asks the loader for are
    not: what it says of them is only what it was compiled with."""
    seen: dict[tuple[str, str], FoundPackage] = {}
    parts = _read_only(program)
    names = (path[path.rfind("/") + 1 :], program.soname, *program.needed)
    rules, has_crates = _hit(parts, content)
    for rule in rules:
        if any(rule.own.match(name) for name in names):
            continue
        for version in _versions(rule, parts, content):
            seen[rule.library.name, version] = _package(rule.library, version)
    crates = crates_of_paths(_windows(parts, content)) if rust and has_crates else ()
    return (*(seen[key] for key in sorted(seen)), *crates)


def _read_only(program: Program) -> list[tuple[int, int]]:
    """(start, end) of where a program keeps its texts."""
    if program.sections:
        return spans(program.sections[name] for name in _READ_ONLY if name in program.sections)
    return spans(segment for segment in program.segments if not segment.writable)


def _windows(parts: list[tuple[int, int]], content: Content) -> Iterator[bytes]:
    """The parts in pieces that overlap, so that no text is cut."""
    for start, end in parts:
        while start < end:
            yield content[start : min(start + _WINDOW + _OVERLAP, end)]
            start += _WINDOW


def _hit(parts: list[tuple[int, int]], content: Content) -> tuple[list[_Rule], bool]:
    """The rules whose text occurs at all, and whether paths of crates do: all that is looked for in most programs."""
    rules = _rules()
    found: set[int] = set()
    for window in _windows(parts, content):
        found |= _needles().present(window)
    texts = {index - len(rules) for index in found if index >= len(rules)}
    return [rules[index] for index in sorted(found) if index < len(rules)], may_name_crates(texts)


def _versions(rule: _Rule, parts: list[tuple[int, int]], content: Content) -> set[str]:
    """The versions a rule finds. Where the version lies apart from the text that proves the library, several different
    ones prove nothing of each other, and it stays open."""
    found: set[bytes] = set()
    for window in _windows(parts, content):
        if rule.library.anywhere:
            found.update(match[1] for match in rule.pattern.finditer(window))
            continue
        place = -1
        for _ in range(_MOST_PLACES):
            place = window.find(rule.needle, place + 1)
            if place < 0:
                break
            match = rule.pattern.search(window, max(0, place - _BEFORE), place + _AFTER)
            if match is not None:
                found.add(match[1])
    if rule.library.anywhere and len(found) > 1:
        return {""}
    return {version.decode("ascii", "replace") for version in found}


def _package(library: Library, version: str) -> FoundPackage:
    cpe = f"cpe:2.3:a:{library.cpe}:{version or '*'}:*:*:*:*:*:*:*"
    return FoundPackage("generic", library.name, version, evidence="static", cpes=(cpe,))


@cache
def _needles() -> Needles:
    return Needles([*(rule.needle for rule in _rules()), *TEXTS])


@cache
def _rules() -> tuple[_Rule, ...]:
    table = get_data(__package__, "linked.json") or b""
    return tuple(
        _Rule(
            library=library,
            needle=library.needle.encode(),
            pattern=re.compile(library.pattern.replace("{v}", _NUMBERS).encode()),
            own=re.compile(library.own),
        )
        for library in msgspec.json.decode(table, type=list[Library])
    )
