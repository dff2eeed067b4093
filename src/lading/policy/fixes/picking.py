"""Which of the versions that a registry has is installed where a range of them will do."""

import re
from collections.abc import Iterable
from typing import Final

from lading.model.package import Package
from lading.model.published import Published, Runtime
from lading.versions.constraints import satisfies
from lading.versions.early import is_prerelease
from lading.versions.extremes import newest, oldest
from lading.versions.schemes import compare

_MODULES: Final = re.compile(r"(?:^|/)lib(?:64)?/python(\d[\d.]*)t?/")
_NAMED_EARLY: Final = re.compile(r"\d-[0-9A-Za-z]")
"""A range that names what comes before a release, which ranges of npm leave out otherwise."""
_NODE: Final = frozenset({"node", "nodejs"})
_NEWEST_PATCH: Final = "99"
"""Where no more is known of an interpreter than its minor version: what asks for a patch of it has that."""


def picked(kind: str, listing: Published, *constraints: str) -> str:
    """The version that npm or pip takes where all the constraints hold; empty where none will do."""
    fit = [one for one in listing.versions if all(satisfies(kind, one, each) for each in constraints)]
    if kind == "npm":
        fit = fit if any(_NAMED_EARLY.search(each) for each in constraints) else [one for one in fit if "-" not in one]
        if listing.preferred in fit:
            return listing.preferred
        return newest(kind, [one for one in fit if one not in listing.withdrawn] or fit)
    fit = [one for one in fit if one not in listing.withdrawn]
    return newest(kind, [one for one in fit if not is_prerelease(one)] or fit)


def at_least(kind: str, listing: Published, version: str) -> str:
    """The version itself where it is published, else the least published one after it; empty for none."""
    fit = [one for one in listing.versions if (compare(kind, one, version) or 0) >= 0 and one not in listing.withdrawn]
    same = [one for one in fit if compare(kind, one, version) == 0]
    return oldest(kind, same or [one for one in fit if not is_prerelease(one)])


def runtime_of(package: Package, packages: Iterable[Package], architecture: str) -> Runtime:
    """What a package runs with, by where it lies and by the interpreters that the image has."""
    if package.type == "npm":
        versions = (_release(one.version) for one in packages if one.name in _NODE and one.type != "npm")
        return Runtime(next(filter(None, versions), ""), architecture)
    match = next(filter(None, (_MODULES.search(one.path) for one in package.locations)), None)
    if match is None:
        return Runtime("", architecture)
    names = (f"python{match[1]}", f"python{match[1]}-minimal", "python", "python3")
    found = (_release(one.version) for one in packages if one.name in names and one.type != "pypi")
    whole = next((one for one in found if one.startswith(f"{match[1]}.")), f"{match[1]}.{_NEWEST_PATCH}")
    return Runtime(whole, architecture)


def _release(version: str) -> str:
    match = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)", version, re.ASCII)
    return match[1] if match else ""
