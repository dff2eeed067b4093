"""Yarn: yarn.lock of Yarn 1 and of Yarn 2 and later ("berry").

Sources: https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ and https://yarnpkg.com/protocols. Neither tells
development from other dependencies.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.blocks import Block, block, read_blocks, scalar
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package, split_reference
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_PATTERN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*){0,1000})"|([^\s",:]+(?::[^\s",:]+){0,1000})')
_FIELD = re.compile(r' {2}"?(version|resolved)"?:? +"?([^"\n]*)"?')
# The registry's own name for a package stands before "/-/" in the address of its archive.
_ARCHIVE = re.compile(r"/((?:@[^/\s]+/)?[^/\s]+)/-/[^/]*$")
_LOCAL_VERSION = "0.0.0-use.local"


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of a yarn.lock; a workspace's root only where it states a version of its own."""
    content = file.text
    if re.search(r'^"?__metadata"?:', content, re.MULTILINE):
        for document in read_blocks(content):
            yield from _iter_berry(document)
    elif "# yarn lockfile v1" in content or not content.strip() or re.search(r"^ {2}version ", content, re.MULTILINE):
        yield from _iter_classic(content)
    else:
        raise BrokenFileError("has no entries")


def _iter_classic(content: str) -> Iterator[FoundPackage]:
    """Entries are a line of patterns (`a@^1, a@^2:`) and indented fields."""
    patterns, fields = "", dict[str, str]()
    for line in [*content.split("\n"), "end"]:
        if line[:1] not in ("", " ", "#", "\r"):
            if fields:
                yield _classic(patterns, fields)
            patterns, fields = line, {}
        elif field := _FIELD.match(line):
            fields[field[1]] = field[2]


def _classic(patterns: str, fields: dict[str, str]) -> FoundPackage:
    name, reference = split_reference(_first_pattern(patterns))
    if reference.startswith("npm:"):
        name = split_reference(reference[4:])[0]
    if archive := _ARCHIVE.search(unquote(fields.get("resolved", "").partition("#")[0])):
        name = archive[1]
    return package("npm", name, fields.get("version", ""))


def _iter_berry(document: Block) -> Iterator[FoundPackage]:
    for patterns, value in document.items():
        entry = block(value)
        if patterns != "__metadata" and entry:
            found = _berry(patterns, scalar(entry.get("resolution")), scalar(entry.get("version")))
            if found:
                yield found


def _berry(patterns: str, resolution: str, version: str) -> FoundPackage | None:
    name, reference = split_reference(resolution)
    if not reference.startswith("workspace:"):
        return package("npm", name or split_reference(patterns)[0], version)
    version = "" if version == _LOCAL_VERSION else version
    if reference != "workspace:.":
        return package("npm", name, version, relationship="workspace")
    if not version:
        return None
    return package("npm", split_reference(patterns)[0], version, relationship="root")


def _first_pattern(patterns: str) -> str:
    match = _PATTERN.match(patterns)
    return (match[1] or match[2] or "") if match else ""


CATALOGER = cataloger("yarn-lock", ("**/yarn.lock",), read)
