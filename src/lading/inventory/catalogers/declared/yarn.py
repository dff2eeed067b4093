"""Yarn: yarn.lock of Yarn 1 and of Yarn 2 and later ("berry").

Sources: https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ and https://yarnpkg.com/protocols. Neither tells
development from other dependencies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from msgspec import structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.blocks import Block, block, read_blocks, scalar
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    is_directory,
    package,
    split_reference,
)
from lading.inventory.needs import bounded, integrity
from lading.inventory.published import digest, published
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_PATTERN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*){0,1000})"|([^\s",:]+(?::[^\s",:]+){0,1000})')
_FIELD = re.compile(r' {2}"?(version|resolved|integrity)"?:? +"?([^"\n]*)"?')
_KIND = re.compile(r" {2}(\w+):\s*")
_NEED = re.compile(r' {4}"?([^\s"]+)"? +"?([^"\n\r]+)"?')
_NEEDED: Final = ("dependencies", "optionalDependencies")
# The registry's own name for a package stands before "/-/" in the address of its archive.
_ARCHIVE = re.compile(r"/((?:@[^/\s]+/)?[^/\s]+)/-/[^/]*$")
_LONGEST_PATTERNS = 20_000
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
    entries = [_Entry("", {}, [])]
    kind = ""
    for line in content.split("\n"):
        if line[:1] not in ("", " ", "#", "\r"):
            entries.append(_Entry(line, {}, []))
        elif field := _FIELD.match(line):
            entries[-1].fields[field[1]] = field[2]
        elif stated := _KIND.fullmatch(line):
            kind = stated[1]
        elif kind in _NEEDED and (need := _NEED.match(line)):
            entries[-1].needs.append(f"{need[1]}@{need[2]}")
    whole = [one for one in entries if one.fields]
    found = [_classic(one.patterns, one.fields) for one in whole]
    by_pattern = {
        pattern: made for entry, made in zip(whole, found, strict=True) for pattern in _iter_patterns(entry.patterns)
    }
    for entry, made in zip(whole, found, strict=True):
        yield structs.replace(made, requires=_needs(entry.needs, by_pattern))


class _Entry(NamedTuple):
    patterns: str
    fields: dict[str, str]
    needs: list[str]


def _needs(patterns: Iterable[str], by_pattern: Mapping[str, FoundPackage]) -> tuple[str, ...]:
    """What patterns were resolved to, as NAME@VERSION."""
    found = (by_pattern.get(pattern) for pattern in patterns)
    return bounded(f"{one.name}@{one.version}" for one in found if one is not None)


def _classic(patterns: str, fields: dict[str, str]) -> FoundPackage:
    name, reference = split_reference(next(_iter_patterns(patterns), ""))
    if reference.startswith("npm:"):
        name = split_reference(reference[4:])[0]
    if archive := _ARCHIVE.search(unquote(fields.get("resolved", "").partition("#")[0])):
        name = archive[1]
    relationship = "workspace" if is_directory(reference) else ""
    address, _, checksum = fields.get("resolved", "").partition("#")
    digests = digest("sha1", checksum) | integrity(fields.get("integrity", ""))
    archives = published(address, digests)
    return package("npm", name, fields.get("version", ""), relationship=relationship, archives=archives)


def _iter_berry(document: Block) -> Iterator[FoundPackage]:
    entries = {patterns: entry for patterns, value in document.items() if (entry := block(value))}
    by_pattern: dict[str, FoundPackage] = {}
    found = []
    for patterns, entry in entries.items():
        made = _berry(patterns, scalar(entry.get("resolution")), scalar(entry.get("version")))
        if patterns != "__metadata" and made is not None:
            found.append((made, entry))
            by_pattern.update(dict.fromkeys(map(str.strip, patterns.split(",")), made))
    for made, entry in found:
        yield structs.replace(made, requires=_needs(_iter_berry_needs(entry), by_pattern))


def _iter_berry_needs(entry: Block) -> Iterator[str]:
    """The patterns of what an entry depends on; before Yarn 4 they state no protocol where it is npm's."""
    for kind in _NEEDED:
        for name, stated in block(entry.get(kind)).items():
            reference = scalar(stated)
            yield f"{name}@{reference}" if ":" in reference else f"{name}@npm:{reference}"


def _berry(patterns: str, resolution: str, version: str) -> FoundPackage | None:
    name, reference = split_reference(resolution)
    if not reference.startswith("workspace:"):
        relationship = "workspace" if is_directory(reference.partition("::")[0].partition("#")[0]) else ""
        version = "" if version == _LOCAL_VERSION else version
        return package("npm", name or split_reference(patterns)[0], version, relationship=relationship)
    version = "" if version == _LOCAL_VERSION else version
    if reference != "workspace:.":
        return package("npm", name, version, relationship="workspace")
    if not version:
        return None
    return package("npm", split_reference(patterns)[0], version, relationship="root")


def _iter_patterns(patterns: str) -> Iterator[str]:
    for match in _PATTERN.finditer(patterns[:_LONGEST_PATTERNS]):
        yield match[1] or match[2] or ""


CATALOGER = cataloger("yarn-lock", ("**/yarn.lock",), read)
