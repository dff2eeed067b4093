"""The modules that an interpreter has loaded, by the names of their files in its memory.

Interpreters read the files of modules and close them, so that neither maps nor descriptors tell of them; but each keeps
the names: Python in its code objects, Ruby and Perl in lists of what was loaded, Node in its cache of modules, PHP in
its byte code. Of the memory nothing but names of files of the interpreter's language is taken, and the process goes on
meanwhile. A name may stand there for another reason: this finds too much rather than too little.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from lading.runtime.proc import Area, Loaded, ProcessDirectory, text_of

_AT_ONCE: Final = 4 * 1024 * 1024
_LONGEST: Final = 512
MOST_BYTES: Final = 1024 * 1024 * 1024
"""Of one process's memory."""
_MOST_NAMES: Final = 200_000
_MOST_PLACES: Final = 1_000_000
"""At which an ending stands: memory of nothing else would take hours."""
_BEFORE: Final = re.compile(rb".*[\x00-\x1f\x7f\"'<>|*?:;,(){}\[\]]", re.DOTALL)
"""All up to the last byte that is in no name of a module."""


class Language(Struct, frozen=True):
    """An interpreter, by the names of its program and library, and the endings of its modules."""

    name: str
    program: re.Pattern[str]
    endings: tuple[bytes, ...]


LANGUAGES: Final = (
    Language("Python", re.compile(r"(?:.*/)?(?:lib)?(?:python|pypy)[0-9.]*(?:-[a-z]+)?(?:\.so[0-9.]*)?"), (b".py",)),
    Language(
        "Node", re.compile(r"(?:.*/)?(?:node|nodejs|bun|electron|libnode\.so[0-9.]*)"), (b".js", b".cjs", b".mjs")
    ),
    Language("Ruby", re.compile(r"(?:.*/)?(?:lib)?(?:j|truffle)?ruby[0-9.-]*(?:\.so[0-9.]*)?"), (b".rb",)),
    Language("Perl", re.compile(r"(?:.*/)?(?:lib)?perl[0-9.]*(?:\.so[0-9.]*)?"), (b".pm", b".pl")),
    Language("PHP", re.compile(r"(?:.*/)?(?:php(?:-fpm|-cgi)?[0-9.]*|libphp[0-9.]*\.so)"), (b".php",)),
    Language("Lua", re.compile(r"(?:.*/)?(?:lua(?:jit)?[0-9.-]*|lib(?:lua|luajit)[0-9.-]*\.so[0-9.]*)"), (b".lua",)),
)


class Named(Struct, frozen=True):
    """The files whose names stand in memory, sorted; and what part of that was not read (in bytes)."""

    paths: tuple[str, ...] = ()
    unread: int = 0


def languages_of(loaded: Loaded) -> tuple[Language, ...]:
    """The interpreters that a process is, or has as a library."""
    files = {one.path for one in (*loaded.mapped, *([loaded.program] if loaded.program else []))}
    return tuple(one for one in LANGUAGES if any(one.program.fullmatch(path) for path in files))


def names_in_memory(process: ProcessDirectory, loaded: Loaded, most: int = MOST_BYTES) -> Named:
    """The modules whose names an interpreter has in its memory; none of what is no interpreter. Raises OSError."""
    endings = tuple(ending for one in languages_of(loaded) for ending in one.endings)
    if not endings:
        return Named()
    names: set[bytes] = set()
    unread = places = 0
    descriptor = process.memory()
    try:
        for area in loaded.areas:
            room = min(area.end - area.start, most)
            unread += area.end - area.start - room
            most -= room
            for data in _pieces(descriptor, Area(area.start, area.start + room)):
                places += sum(map(data.count, endings))
                if places > _MOST_PLACES:
                    return Named(_paths(names), unread + most + len(data))
                names.update(find_names(data, endings))
                if len(names) > _MOST_NAMES:
                    return Named(_paths(names), unread + most)
    finally:
        os.close(descriptor)
    return Named(_paths(names), unread)


def find_names(data: bytes, endings: Iterable[bytes]) -> Iterator[bytes]:
    """The absolute paths with one of the endings, where they stand; doubtful ones in each way that they may be read."""
    for ending in endings:
        place = data.find(ending)
        while place >= 0:
            end = place + len(ending)
            if ending == b".py" and data[end : end + 1] == b"c":
                end += 1
            after = data[end : end + 1]
            if not after.isalnum() and after != b"_":
                yield from _readings(data[max(0, place - _LONGEST) : end])
            place = data.find(ending, end)


def _readings(before: bytes) -> Iterator[bytes]:
    found = _BEFORE.match(before)
    name = before[found.end() if found is not None else 0 :]
    start = name.find(b"/")
    if start < 0:
        return
    name = name[start:]
    yield name
    while (cut := name.find(b" /")) >= 0:
        name = name[cut + 1 :]
        yield name


def _pieces(descriptor: int, area: Area) -> Iterator[bytes]:
    """The memory in pieces that overlap by a name. What cannot be read, which the process gave back, is passed over."""
    kept = b""
    place = area.start
    while place < area.end:
        try:
            data = os.pread(descriptor, min(_AT_ONCE, area.end - place), place)
        except OSError:
            data = b""
        if not data:
            return
        place += len(data)
        yield kept + data
        kept = data[-_LONGEST:]


def _paths(names: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted({re.sub("/+", "/", text_of(name)).lstrip("/") for name in names}))
