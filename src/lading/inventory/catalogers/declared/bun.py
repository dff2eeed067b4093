"""Bun: bun.lock, which is JSON with comments and trailing commas.

Source: https://bun.sh/docs/install/lockfile and BunLockFile in the package `bun-types`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    is_directory,
    package,
    reach,
    read_json,
    rows,
    split_reference,
    table,
    text,
)
from lading.inventory.needs import bounded, integrity
from lading.inventory.published import published
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_NEEDED = ("dependencies", "optionalDependencies", "peerDependencies")
_SPACE = ord(" ")
_MOST_LEVELS = 16
_LONGEST_KEY = 2000
_TOKEN = re.compile(rb'//[^\n]*|[^",/}\]]+|.', re.DOTALL)
_MARKS = (b'"', b",", b"/", b"}", b"]")
_IN_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*){0,1000}', re.DOTALL)


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of a lock file, workspace members among them, the project itself not."""
    data = file.data
    file.spend(2 * sum(map(data.count, _MARKS)))
    document = read_json(_plain_json(data))
    if "packages" not in document and "workspaces" not in document:
        raise BrokenFileError("has neither packages nor workspaces")
    yield from _Lock(table(document.get("workspaces")), table(document.get("packages"))).packages()


def _plain_json(data: bytes) -> bytes:
    """Without comments, and commas before a closing bracket."""
    kept = bytearray()
    comma = -1  # where in `kept` a comma stands that nothing but spaces has followed
    position = 0
    while match := _TOKEN.match(data, position):
        token, position = match[0], match.end()
        if token.startswith(b"//"):
            continue
        if token == b"/" and data.startswith(b"*", position):
            end = data.find(b"*/", position + 1)
            position = end + 2 if end >= 0 else len(data)
            continue
        if token == b'"':
            start, position = position - 1, _string_end(data, position)
            token = data[start:position]
        if token in (b"}", b"]") and comma >= 0:
            kept[comma] = _SPACE
        if token == b",":
            comma = len(kept)
        elif not token.isspace():
            comma = -1
        kept += token
    return bytes(kept)


def _string_end(data: bytes, position: int) -> int:
    """Behind the quote that ends the string whose inside starts at `position`."""
    while match := _IN_STRING.match(data, position):
        if data[match.end() : match.end() + 1] != b"\\" or match.end() == position:
            return min(match.end() + 1, len(data))
        position = match.end()
    return len(data)


class _Lock:
    """The workspaces by their directories and the entries by where they are installed: `a/b` is nested in `a`."""

    def __init__(self, workspaces: dict[str, Any], entries: dict[str, Any]) -> None:
        self._workspaces = {path: table(one) for path, one in workspaces.items()}
        self._entries = {key: rows(one) for key, one in entries.items()}

    def packages(self) -> Iterator[FoundPackage]:
        """The packages in the order of the file."""
        members = [(text(one.get("name")), one) for one in self._workspaces.values()]
        direct = {key for name, one in members for key in self._keys(name, one, *_NEEDED)}
        direct_development = {key for name, one in members for key in self._keys(name, one, "devDependencies")}
        needed = reach(direct, self._edges)
        development = reach(direct_development, self._edges) - needed
        for key, entry in self._entries.items():
            name, version = split_reference(text(next(iter(entry), "")))
            if version.startswith("root:"):
                continue
            relationship = "direct" if key in direct or key in direct_development else "indirect"
            if version.startswith("workspace:"):
                relationship = "workspace"
                version = text(self._workspaces.get(version.removeprefix("workspace:"), {}).get("version"))
            elif ":" in version:
                relationship = "workspace" if is_directory(version) else relationship
                version = ""
            yield package(
                "npm",
                name,
                version,
                dev=key in development,
                relationship=relationship,
                requires=bounded(text(next(iter(self._entries[one]), "")) for one in self._edges(key)),
                archives=published(digests=integrity(text(next(reversed(entry), "")))),
            )

    def _edges(self, key: str) -> Iterable[str]:
        for part in self._entries[key]:
            if isinstance(part, dict):
                yield from self._keys(key, part, *_NEEDED)

    def _keys(self, where: str, needing: dict[str, Any], *kinds: str) -> Iterator[str]:
        """The keys of what the package at `where` depends on: the copy that is nested closest to it."""
        parts = where[:_LONGEST_KEY].split("/")[:_MOST_LEVELS]
        around = ["/".join([*parts[:count], ""]) for count in range(len(parts), 0, -1)]
        for kind in kinds:
            for name in table(needing.get(kind)):
                for prefix in (*around, ""):
                    if f"{prefix}{name}" in self._entries:
                        yield f"{prefix}{name}"
                        break


CATALOGER = cataloger("bun-lock", ("**/bun.lock",), read)
