"""Settings of configuration files: which files, in which syntax."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from lading.checks.config.facts import MOST_FACTS, Fact
from lading.model.reader import WantedFile

Parse = Callable[[str], Iterator[tuple[int, str, str]]]
"""From a text to (line, name, value), names in lower case."""


class Format(Struct, frozen=True):
    """The configuration files of one program. `files`, `directories` and `patterns` as in Reader."""

    id: str
    parse: Parse
    files: tuple[str, ...] = ()
    directories: Mapping[str, tuple[str, ...]] = {}
    patterns: tuple[str, ...] = ()


def settings_of(file: WantedFile) -> Iterator[Fact]:
    """The settings of a file, in the order in which it states them."""
    format = _format_of(file.path)
    if format is None:
        return
    for number, (line, name, value) in enumerate(format.parse(file.text)):
        if number >= MOST_FACTS:
            return
        yield Fact("setting", {"format": format.id, "name": name, "value": value}, line)


def _words(text: str) -> Iterator[tuple[int, str, str]]:
    """`Name value`, `#` begins a comment; the first of a name counts, as sshd has it (sshd_config(5))."""
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        name, _, value = line.strip().replace("=", " ", 1).partition(" ")
        name = name.lower()
        if name == "match":
            return
        if name and not name.startswith("#") and name not in seen:
            seen.add(name)
            yield number, name, value.strip().strip('"')


FORMATS: Final = (Format("sshd", _words, ("etc/ssh/sshd_config",), {"etc/ssh/sshd_config.d": (".conf",)}),)


def _format_of(path: str) -> Format | None:
    directory, _, name = path.rpartition("/")
    for format in FORMATS:
        if path in format.files or (directory in format.directories and name.endswith(format.directories[directory])):
            return format
    return None
