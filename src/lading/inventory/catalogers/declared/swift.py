"""Swift: Package.resolved, versions 1 to 3, and CocoaPods' Podfile.lock.

Sources: https://docs.swift.org/package-manager/ (PinsStore of the Swift package manager) and
https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    package,
    read_json,
    rows,
    table,
    text,
)
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?", re.IGNORECASE)
_LOCAL = ("fileSystem", "localSourceControl")
_PATH = re.compile(r""" {2}["']?([^\s"'(]+?)["']?:""")
_POD = re.compile(r""" {2}- ["']?([^\s"'(]+)(?: \(([^()]+)\))?["']?:?["']?""")


def read_resolved(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The pins by where their repositories lie; packages of a registry by their identity. One that is pinned to a
    branch or a commit has no version but that."""
    document = read_json(file.data)
    pins = table(document.get("object")).get("pins", document.get("pins"))
    if not isinstance(pins, list):
        raise BrokenFileError("has no pins")
    for pin in map(table, rows(pins)):
        state = table(pin.get("state"))
        location = text(pin.get("repositoryURL")) or text(pin.get("location"))
        name = _place(location) or text(pin.get("identity")) or text(pin.get("package"))
        version = text(state.get("version")) or text(state.get("branch")) or text(state.get("revision"))
        relationship = "workspace" if text(pin.get("kind")) in _LOCAL else ""
        yield package("swift", name, version, relationship=relationship)


def read_podfile(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The pods, subspecs as pods of their own."""
    pods, direct, local, section, external = list[tuple[str, str]](), set[str](), set[str](), "", ""
    for line in file.text.splitlines():
        if line[:1] not in ("", " ", "#"):
            section = line.rstrip()
        elif section == "EXTERNAL SOURCES:":
            if named := _PATH.fullmatch(line.rstrip()):
                external = named[1]
            elif line.strip().startswith(":path:"):
                local.add(external)
        elif pod := _POD.fullmatch(line.rstrip()):
            if section == "PODS:" and pod[2]:
                pods.append((pod[1], pod[2]))
            elif section == "DEPENDENCIES:":
                direct.add(pod[1])
    if not section and file.text.strip():
        raise BrokenFileError("has no sections")
    for name, version in pods:
        relationship = "direct" if name in direct else "indirect"
        if name.partition("/")[0] in local:
            relationship = "workspace"
        yield package("cocoapods", name, version, relationship=relationship)


def _place(location: str) -> str:
    """`https://host/owner/name.git` and `git@host:owner/name.git` without scheme, user and ending."""
    place = _SCHEME.sub("", location, count=1)
    if place and "://" not in location and not location.startswith(("/", ".")):
        place = place.replace(":", "/", 1)
    return place.rstrip("/").removesuffix(".git")


CATALOGERS = (
    cataloger("swift-resolved", ("**/Package.resolved",), read_resolved),
    cataloger("podfile-lock", ("**/Podfile.lock",), read_podfile),
)
