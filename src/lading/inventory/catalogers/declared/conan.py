"""Conan: conan.lock, of Conan 1 and 2, and conanfile.txt.

Sources: https://docs.conan.io/1/versioning/lockfiles.html, https://docs.conan.io/2/tutorial/versioning/lockfiles.html
and https://docs.conan.io/2/reference/conanfile_txt.html.
Tools that only the build uses are left out.
"""

import re
from collections.abc import Iterator
from typing import Any

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    package,
    read_json,
    strings,
    table,
    text,
    unfixed,
)
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

# name/version[@user/channel][#revision][%timestamp]
_REFERENCE = re.compile(r"([^\s/@#%]+)/([^\s/@#%]+)(?:[@#%].*)?")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_SECTION = re.compile(r"\[(\w+)\]")


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The libraries; only Conan 1 tells which of them the project itself asks for."""
    document = read_json(file.data)
    if "graph_lock" in document:
        yield from _iter_graph(table(table(document["graph_lock"]).get("nodes")))
    elif "requires" in document or "build_requires" in document:
        for reference in strings(document.get("requires")):
            yield _package(reference)
    else:
        raise BrokenFileError("has no requirements")


def read_manifest(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """What stands under `[requires]` with one version; ranges (`zlib/[>=1.2]`) tell none."""
    section, loose = "", []
    for line in file.text.splitlines():
        line = _COMMENT.sub("", line).strip()
        if header := _SECTION.fullmatch(line):
            section = header[1]
        elif section == "requires" and line:
            found = _package(line, "direct")
            if found.name and not found.version.startswith("["):
                yield found
            else:
                loose.append(line.partition("/")[0])
    yield from unfixed(file, loose)


def _iter_graph(nodes: dict[str, Any]) -> Iterator[FoundPackage]:
    nodes = {number: table(node) for number, node in nodes.items()}
    needed = {number: strings(node.get("requires")) for number, node in nodes.items()}
    required = {target for targets in needed.values() for target in targets}
    tools = {target for node in nodes.values() for target in strings(node.get("build_requires"))} - required
    direct = {target for number, targets in needed.items() if number not in required for target in targets}
    for number, node in nodes.items():
        if text(node.get("ref")) and text(node.get("context")) != "build" and number not in tools:
            relationship = "direct" if number in direct else "indirect" if number in required else "root"
            yield _package(text(node["ref"]), relationship)


def _package(reference: str, relationship: str = "") -> FoundPackage:
    match = _REFERENCE.fullmatch(reference)
    return package("conan", match[1] if match else "", match[2] if match else "", relationship=relationship)


CATALOGERS = (
    cataloger("conan-lock", ("**/conan.lock",), read),
    cataloger("conan-manifest", ("**/conanfile.txt",), read_manifest),
)
