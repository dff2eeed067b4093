"""Settings of configuration files: which files, in which syntax."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pkgutil import get_data
from typing import Final

import msgspec
from msgspec import Struct

from lading.checks.config.facts import MOST_FACTS, Fact
from lading.checks.config.syntaxes import SYNTAXES
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_MOST_BYTES: Final = 1_000_000
_MOST_VALUE: Final = 1_000


class Format(Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration files of one program. `files`, `directories` and `patterns` as in Reader; `syntax` as in
    syntaxes.SYNTAXES."""

    id: str
    syntax: str
    files: tuple[str, ...]
    directories: dict[str, tuple[str, ...]]
    patterns: tuple[str, ...]


def settings_of(file: WantedFile) -> Iterator[Fact]:
    """The settings of a file, in the order in which it states them, in each format that its path has."""
    text = ""
    left = MOST_FACTS
    for format in formats_at(file.path):
        text = text or beginning(file.content, _MOST_BYTES)
        for one in SYNTAXES[format.syntax](text):
            left -= 1
            if left < 0:
                return
            values: dict[str, str | int | bool] = {
                "format": format.id,
                "name": one.name,
                "value": one.value[:_MOST_VALUE],
                **one.more,
            }
            yield Fact("setting", values, one.line)


@cache
def formats() -> tuple[Format, ...]:
    """The table, data/formats.json."""
    return msgspec.json.decode(get_data(__package__, "data/formats.json") or b"", type=tuple[Format, ...])


def formats_at(path: str) -> Iterator[Format]:
    """The formats of a file at a path. One that may lie anywhere has none in what is documentation, a test or a copy of
    somebody's package: nothing runs by it."""
    directory, _, name = path.rpartition("/")
    by_name = _by_last_name()
    for format in formats():
        if path in format.files or (directory in format.directories and name.endswith(format.directories[directory])):
            yield format
        elif format in by_name.get(name, ()) and not _NOT_USED.search(directory):
            above = f"{directory}/"
            if any(_ends_as(above, pattern) for pattern in format.patterns if pattern.rpartition("/")[2] == name):
                yield format


_NOT_USED: Final = re.compile(
    r"(?:^|/)(?:docs?|examples?|tests?|testing|testdata|fixtures?|samples?|templates?|node_modules|site-packages"
    r"|dist-packages|vendor|gems|usr/share/(?!elasticsearch|kibana|opensearch|tomcat|postgresql|grafana)[^/]+)(?:/|$)"
)


@cache
def _by_last_name() -> Mapping[str, tuple[Format, ...]]:
    found: dict[str, tuple[Format, ...]] = {}
    for format in formats():
        for pattern in format.patterns:
            name = pattern.rpartition("/")[2]
            found[name] = (*found.get(name, ()), format)
    return found


def _ends_as(above: str, pattern: str) -> bool:
    inside = pattern.removeprefix("**/").rpartition("/")[0]
    return not inside or f"/{above}".endswith(f"/{inside}/")
