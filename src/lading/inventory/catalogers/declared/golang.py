"""Go: go.mod.

Source: https://go.dev/ref/mod#go-mod-file and https://go.dev/doc/toolchain. go.sum is not read: it also lists what was
only looked at to choose versions.
"""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_WORD = re.compile(r'"([^"\\]*(?:\\.[^"\\]*){0,1000})"?|`([^`]*)`?|([^\s"`]+)')
_RELEASE = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.\d+|rc\d+|beta\d+){1,4}")
_MOST_WORDS = 100
"""Words of a line."""


class _Module(Struct):
    path: str
    version: str
    indirect: bool


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The main module, the required modules after replacement, and the standard library where its version is exact."""
    root, releases = "", {"go": "", "toolchain": ""}
    required: list[_Module] = []
    excluded: set[tuple[str, str]] = set()
    replaced: dict[tuple[str, str], tuple[str, str]] = {}
    for verb, words, comment in _iter_directives(file.text):
        one, two = words[0], words[1] if len(words) > 1 else ""
        if verb == "module":
            root = one
        elif verb in releases:
            releases[verb] = one
        elif verb == "require" and two:
            required.append(_Module(one, two, re.match(r"indirect\b", comment) is not None))
        elif verb == "exclude":
            excluded.add((one, two))
        elif verb == "replace" and "=>" in words:
            _add_replacement(words, replaced)
    if not root and not required and file.data.strip():
        raise BrokenFileError("names no module")
    if root:
        yield package("golang", root, "", relationship="root")
    for module in required:
        if (module.path, module.version) not in excluded:
            yield from _iter_replaced(module, replaced)
    if release := _release(releases["toolchain"], releases["go"]):
        yield package("golang", "stdlib", f"v{release}", relationship="direct")


def _iter_directives(content: str) -> Iterator[tuple[str, list[str], str]]:
    """(verb, words, comment) for each line, also inside a block `verb ( … )`."""
    around = ""
    for line in content.split("\n"):
        code, _, comment = line.partition("//")
        found = islice(_WORD.finditer(code), _MOST_WORDS)
        words = [match[1] or match[2] or match[3] or "" for match in found]
        if words == [")"]:
            around = ""
        elif around and words:
            yield around, words, comment.strip()
        elif len(words) > 1 and words[1] == "(":
            around = words[0]
        elif len(words) == 1 and words[0].endswith("("):
            around = words[0][:-1]
        elif len(words) > 1:
            yield words[0], words[1:], comment.strip()


def _add_replacement(words: list[str], replaced: dict[tuple[str, str], tuple[str, str]]) -> None:
    """`old [version] => new [version]`; a replacement without a version is a directory."""
    arrow = words.index("=>")
    old, new = [*words[:arrow], "", ""], [*words[arrow + 1 :], "", ""]
    replaced[old[0], old[1]] = (new[0], new[1])


def _iter_replaced(module: _Module, replaced: dict[tuple[str, str], tuple[str, str]]) -> Iterator[FoundPackage]:
    """The module that is built in the end; nothing when it is a directory, whose version nobody states."""
    path, version = module.path, module.version
    path, version = replaced.get((path, version)) or replaced.get((path, "")) or (path, version)
    if version:
        yield package("golang", path, version, relationship="indirect" if module.indirect else "direct")


def _release(toolchain: str, language: str) -> str:
    """The release of Go that is at least used: `toolchain go1.22.5`, or a `go` line that names one (from 1.21 on)."""
    if toolchain.startswith("go"):
        return toolchain.removeprefix("go").partition("-")[0]
    release = _RELEASE.fullmatch(language)
    return language if release and (int(release[1]), int(release[2])) >= (1, 21) else ""


CATALOGER = cataloger("go-mod", ("**/go.mod",), read)
