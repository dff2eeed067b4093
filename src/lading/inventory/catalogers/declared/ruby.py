"""Bundler: Gemfile.lock (gems.locked).

Source: https://bundler.io/guides/gemfile_lock.html
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package
from lading.inventory.needs import bounded
from lading.inventory.published import iter_labelled, together
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_SOURCES = frozenset({"GEM", "GIT", "PATH", "PLUGIN SOURCE"})
# A gem's version has no hyphen; what follows one is the platform it was built for.
_SPEC = re.compile(r" {4}([^\s()]+) \(([^\s()-]+)((?:-[^\s()]*)?)\)")
_NEED = re.compile(r" {6}([^\s!]+).*")
_CHECKSUM = re.compile(r" {2}([^\s()]+) \(([^\s()]+)\) ([a-z0-9]+=[0-9a-f]+(?:,[a-z0-9]+=[0-9a-f]+)*)")
_REMOTE = re.compile(r" {2}remote: (.*)")
_DEPENDENCY = re.compile(r" {2}([^\s!]+)")


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The gems of every source; those at a path are the project's own."""
    lines = [line.rstrip() for line in file.text.split("\n")]
    direct = frozenset(_iter_direct(lines))
    needs = _needs(lines)
    checksums = dict(_iter_checksums(lines))
    section, remote, known = "", "", False
    for at, line in enumerate(lines):
        if line[:1] not in ("", " "):
            section, remote = line, ""
            known = known or section in _SOURCES or section == "DEPENDENCIES"
        elif section in _SOURCES:
            if found := _REMOTE.fullmatch(line):
                remote = found[1]
            elif spec := _SPEC.fullmatch(line):
                relationship = "direct" if spec[1] in direct else "indirect"
                if section == "PATH":
                    relationship = "root" if remote == "." else "workspace"
                need = bounded(needs.get(at, ()))
                own = section == "PATH"
                archives = together(iter_labelled(checksums.get((spec[1], spec[2] + spec[3]), ())))
                yield package(
                    "gem", spec[1], spec[2], relationship=relationship, requires=need, own=own, archives=archives
                )
    if not known and any(lines):
        raise BrokenFileError("has no sections")


def _needs(lines: list[str]) -> dict[int, list[str]]:
    """The names below each gem, by the number of its line."""
    needs: dict[int, list[str]] = {}
    gem = -1
    for at, line in enumerate(lines):
        if need := _NEED.fullmatch(line):
            needs.setdefault(gem, []).append(need[1])
        else:
            gem = at
    return needs


def _iter_checksums(lines: list[str]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """What stands under CHECKSUMS, `NAME (VERSION-PLATFORM) sha256=HEX`, by name and version."""
    inside = False
    for line in lines:
        if line[:1] not in ("", " "):
            inside = line == "CHECKSUMS"
        elif inside and (stated := _CHECKSUM.fullmatch(line)):
            yield (stated[1], stated[2]), stated[3].replace("=", ":").split(",")


def _iter_direct(lines: list[str]) -> Iterator[str]:
    """The names under DEPENDENCIES."""
    inside = False
    for line in lines:
        if line[:1] not in ("", " "):
            inside = line == "DEPENDENCIES"
        elif inside and (dependency := _DEPENDENCY.match(line)):
            yield dependency[1]


CATALOGER = cataloger("gemfile-lock", ("**/Gemfile.lock", "**/gems.locked", "**/*.gemfile.lock"), read)
