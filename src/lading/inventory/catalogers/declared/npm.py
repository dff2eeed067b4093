"""npm: package-lock.json and npm-shrinkwrap.json, versions 1 to 3.

Source: https://docs.npmjs.com/cli/configuring-npm/package-lock-json
"""

from collections.abc import Iterator
from typing import Any

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    is_directory,
    package,
    read_json,
    strings,
    table,
    text,
)
from lading.inventory.needs import bounded, integrity
from lading.inventory.published import published
from lading.model.diagnostic import Diagnostic
from lading.model.package import Archive
from lading.model.reader import WantedFile

_MODULES = "node_modules/"
_NEEDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of a lock file, workspace members among them, the project itself not."""
    document = read_json(file.data)
    if "packages" in document:
        return _iter_by_path(table(document["packages"]))
    if "dependencies" in document or "lockfileVersion" in document:
        return _iter_nested(table(document.get("dependencies")))
    raise BrokenFileError("has neither packages nor dependencies")


def _iter_by_path(entries: dict[str, Any]) -> Iterator[FoundPackage]:
    """Versions 2 and 3: by where each package is installed; a workspace member is a directory and a link to it."""
    links = {
        text(entry.get("resolved")): path.rpartition(_MODULES)[2]
        for path, entry in entries.items()
        if isinstance(entry, dict) and entry.get("link") is True
    }
    root = table(entries.get(""))
    direct = {f"{_MODULES}{name}" for kind in _NEEDS for name in table(root.get(kind))}
    for path, value in entries.items():
        entry = table(value)
        if not path or entry.get("link") is True or entry.get("extraneous") is True:
            continue
        _, installed, name = path.rpartition(_MODULES)
        if installed:
            relationship = "direct" if path in direct else "indirect"
        else:
            relationship, name = "workspace", links.get(path) or name.rpartition("/")[2]
        yield package(
            "npm",
            text(entry.get("name")) or name,
            text(entry.get("version")),
            dev=entry.get("dev") is True,
            relationship=relationship,
            licenses=strings(entry.get("license")),
            requires=bounded(_iter_needs(entries, path)),
            archives=_archives(entry),
        )


def _iter_needs(entries: dict[str, Any], path: str) -> Iterator[str]:
    """What a package needs, each as Node finds it from the directory that the package is in."""
    entry = table(entries[path])
    for name in (name for kind in _NEEDS if kind != "devDependencies" for name in table(entry.get(kind))):
        above: str | None = path
        while above is not None:
            place = f"{above}/{_MODULES}{name}" if above else f"{_MODULES}{name}"
            if place in entries:
                found = table(entries[place])
                yield f"{text(found.get('name')) or name}@{text(found.get('version'))}"
                break
            above = above.rpartition("/")[0] if above else None


def _iter_nested(dependencies: dict[str, Any]) -> Iterator[FoundPackage]:
    """Version 1: packages in packages. It does not tell which of them the project itself asks for."""
    waiting = [iter(dependencies.items())]
    while waiting:
        for name, value in waiting[-1]:
            entry = table(value)
            yield _by_reference(name, text(entry.get("version")), entry.get("dev") is True, _archives(entry))
            inner = table(entry.get("dependencies"))
            if inner:
                waiting.append(iter(inner.items()))
                break
        else:
            waiting.pop()


def _by_reference(name: str, version: str, dev: bool, archives: tuple[Archive, ...]) -> FoundPackage:
    """`npm:NAME@VERSION` installs another package under this name; any other URL tells no version."""
    relationship = "workspace" if is_directory(version) else ""
    scheme, colon, reference = version.partition(":")
    if colon and scheme == "npm":
        name, _, version = reference.rpartition("@")
    elif colon:
        version = ""
    return package("npm", name, version, dev=dev, relationship=relationship, archives=archives)


def _archives(entry: dict[str, Any]) -> tuple[Archive, ...]:
    return published(text(entry.get("resolved")), integrity(text(entry.get("integrity"))))


CATALOGER = cataloger("npm-lock", ("**/package-lock.json", "**/npm-shrinkwrap.json"), read)
