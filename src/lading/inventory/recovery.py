"""The packages of an operating system whose database was erased, from what is left of them (see remains)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.packages import packages_of
from lading.inventory.seen import Seen, Squashed
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.distributions import distribution_info
from lading.model.package import DISTRIBUTED, Distribution, Inventory, Package
from lading.model.properties import RECOVERED

_DIRECTORY = re.compile(r"(?:^|/)usr/share/doc/([a-z0-9][a-z0-9+.-]+)(?:/([^/]+))?$")
_BINARY_ONLY = re.compile(r"\+b\d+$")
_DEBIAN = "/changelog.Debian"
_MOST_NAMED = 5
_ORDER = ("changelog", "log", "old database")
"""What tells of a package, the best first: a changelog lies in the image as the package does."""


class Recovered(Struct, frozen=True):
    """The packages, and the names of those of which nothing tells the version, sorted."""

    packages: tuple[Package, ...] = ()
    versionless: tuple[str, ...] = ()


def is_erased(inventory: Inventory) -> bool:
    """Whether an image is made from a distribution and has no package of it."""
    return inventory.distribution is not None and not any(one.type in DISTRIBUTED for one in inventory.packages)


def recovered(
    sources: Iterable[Seen], lists: Iterable[Seen], squashed: Squashed, distribution: Distribution | None
) -> Recovered:
    """What `sources`, the files that readers of remains saw, tell together, with the files that `lists`, what is left
    of dpkg's own, say they own. A package that shares another's documents, by a link to its directory or to its
    changelog, is of the same source and version."""
    info = distribution_info(distribution.id) if distribution is not None else None
    if info is not None and info.package_type != "deb":
        return Recovered()
    owned: dict[str, set[str]] = {}
    for seen in lists:
        if seen.facts.owner:
            owned.setdefault(seen.facts.owner.partition(":")[0], set()).update(seen.facts.owned)
    names = set(owned)
    stated: dict[str, list[tuple[Seen, FoundPackage]]] = {}
    by_path: dict[str, list[tuple[Seen, FoundPackage]]] = {}
    for seen in sources:
        if seen.facts.owner:
            names.add(seen.facts.owner)
        for found in seen.facts.packages:
            stated.setdefault(found.name, []).append((seen, found))
            by_path.setdefault(seen.path.rpartition("/")[0], []).append((seen, found))
    for name, target in _iter_shared(squashed.links):
        names.add(name)
        told = by_path.get(target) or by_path.get(target.rpartition("/")[0], [])
        stated.setdefault(name, [(seen, structs.replace(found, name=name)) for seen, found in told])
    chosen = [_chosen(told) for told in stated.values() if told]
    packages = [
        package
        for seen, found in chosen
        for package in packages_of(
            seen,
            (structs.replace(found, files=tuple(sorted(owned.get(found.name, ())))),),
            squashed.history,
            distribution,
        )
    ]
    return Recovered(tuple(packages), tuple(sorted(names - {found.name for _, found in chosen})))


def report(found: Recovered, distribution: Distribution) -> Diagnostic:
    """What is to be said of a package database that was erased."""
    pretty, path = distribution.pretty or distribution.id, distribution.path
    if not found.packages:
        message = f"{pretty} without a package database: the operating-system packages it was made of cannot be listed"
        return diagnostic("package-database-missing", message, path)
    told = {one.properties.get(RECOVERED, "") for one in found.packages}
    by = ", ".join(_WORDS[one] for one in _ORDER if one in told)
    count = len({one.name for one in found.packages})
    message = f"{pretty} without a package database: {count:,} of its packages were recovered from {by}"
    if found.versionless:
        some = ", ".join(found.versionless[:_MOST_NAMED]) + (", …" if len(found.versionless) > _MOST_NAMED else "")
        message += f"; of {len(found.versionless):,} more the version is not known ({some})"
    return diagnostic("package-database-erased", message, path)


_WORDS: Mapping[str, str] = {
    "changelog": "changelogs",
    "log": "logs of the package manager",
    "old database": "an old copy of the database",
}


def _iter_shared(links: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(package, what its directory of documents, or its changelog, leads to)."""
    for link, target in sorted(links.items()):
        match = _DIRECTORY.search(link)
        if match and _DIRECTORY.search(target) and (match[2] is None or match[2].startswith("changelog")):
            yield match[1], target


def _chosen(told: list[tuple[Seen, FoundPackage]]) -> tuple[Seen, FoundPackage]:
    """What counts of several statements on one package: Debian's changelog, where there is that of others too. The
    changelog of a build without a change of the source tells the version, the one beside it that of the source."""
    best = min(_ORDER.index(found.properties[RECOVERED]) for _, found in told)
    told = [(seen, found) for seen, found in told if _ORDER.index(found.properties[RECOVERED]) == best]
    return max(told, key=_standing)


def _standing(told: tuple[Seen, FoundPackage]) -> tuple[bool, bool, bool, str]:
    seen, found = told
    return _DEBIAN in seen.path, bool(_BINARY_ONLY.search(found.version)), bool(found.arch), seen.path
