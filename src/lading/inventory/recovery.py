"""The packages of an operating system whose database was erased, from what is left of them (see remains)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from lading.inventory.builds import BUILDS
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
_SAID_BY_PROGRAMS = ("binary", "static")
_DEBIAN = "/changelog.Debian"
_MOST_NAMED = 5
_ORDER = ("changelog", "history", "scripts", "list", "log", "old database", "program")
"""What tells of a package, the best first: a changelog lies in the image as the package does."""
_ROTATED = re.compile(r"\.(\d{1,4})(?:\.gz)?$")
_RECOVERABLE = ("deb", "rpm", "apk")


class Recovered(Struct, frozen=True):
    """The packages, and the names of those of which nothing tells the version, sorted."""

    packages: tuple[Package, ...] = ()
    versionless: tuple[str, ...] = ()


def is_erased(inventory: Inventory) -> bool:
    """Whether an image is made from a distribution whose packages may be recovered, and no package database tells of
    one; what programs say of theirs is not enough."""
    return (
        inventory.distribution is not None
        and bool(_types(inventory.distribution))
        and not any(one.type in DISTRIBUTED and one.evidence not in _SAID_BY_PROGRAMS for one in inventory.packages)
    )


def without_repeats(packages: Iterable[Package], found: Recovered) -> list[Package]:
    """The packages without those that programs say they belong to, by the name and version of the source, where this
    source's packages were recovered."""
    sources = {(one.source, one.source_version) for one in found.packages}
    return [
        one
        for one in packages
        if one.type not in DISTRIBUTED
        or one.evidence not in _SAID_BY_PROGRAMS
        or (one.source, one.source_version) not in sources
    ]


def recovered(
    sources: Iterable[Seen],
    lists: Iterable[Seen],
    noted: Iterable[Package],
    squashed: Squashed,
    distribution: Distribution | None,
) -> Recovered:
    """What `sources`, the files that readers of remains saw, tell together, with the files that `lists`, what is left
    of dpkg's own, say they own. A package that shares another's documents, by a link to its directory or to its
    changelog, is of the same source and version; so is one of a source of which a program names the build, or its note
    the package (`noted`)."""
    types = _types(distribution)
    if not types:
        return Recovered()
    owned: dict[str, set[str]] = {}
    for seen in lists:
        if seen.facts.owner:
            owned.setdefault(seen.facts.owner.partition(":")[0], set()).update(seen.facts.owned)
    names = set(owned)
    stated: dict[str, list[tuple[Seen, FoundPackage]]] = {}
    by_path: dict[str, list[tuple[Seen, FoundPackage]]] = {}
    for seen in sources:
        if seen.facts.owner and "deb" in types:
            names.add(seen.facts.owner)
        if not seen.facts.owner and "apk" in types:
            names.update(seen.facts.owned)
        for found in seen.facts.packages if "deb" in types else ():
            by_path.setdefault(seen.path.rpartition("/")[0], []).append((seen, found))
        for found in (one for one in seen.facts.packages if one.type in types):
            stated.setdefault(found.name, []).append((seen, found))
    for name, target in _iter_shared(squashed.links) if "deb" in types else ():
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
    names -= {found.name for _, found in chosen}
    built = [*(one for one in packages if one.properties[RECOVERED] == "program"), *_told_by_notes(noted)]
    packages += _of_builds(names, built)
    return Recovered(tuple(packages), tuple(sorted(names - {one.name for one in packages})))


def _types(distribution: Distribution | None) -> tuple[str, ...]:
    """The types of packages that may be recovered: of a distribution of which nothing is known, all."""
    info = distribution_info(distribution.id) if distribution is not None else None
    return _RECOVERABLE if info is None else tuple(one for one in _RECOVERABLE if one == info.package_type)


def _told_by_notes(noted: Iterable[Package]) -> Iterator[Package]:
    for one in noted:
        if one.type == "deb" and one.evidence in _SAID_BY_PROGRAMS:
            yield structs.replace(one, evidence="installed", properties={**one.properties, RECOVERED: "program"})


def _of_builds(names: Iterable[str], built: Iterable[Package]) -> list[Package]:
    """Those of the names that are packages of a source of which a program names the build."""
    patterns = {build.source: re.compile(build.names) for build in BUILDS}
    told = {one.source: one for one in built if one.source in patterns}
    return [
        structs.replace(one, name=name, purl=one.purl.replace(f"/{one.name}@", f"/{name}@"), files=())
        for source, one in sorted(told.items())
        for name in sorted(names)
        if patterns[source].fullmatch(name)
    ]


def report(found: Recovered, distribution: Distribution) -> Diagnostic:
    """What is to be said of a package database that was erased."""
    pretty, path = distribution.pretty or distribution.id, distribution.path
    if not found.packages:
        message = f"{pretty} without a package database: the operating-system packages it was made of cannot be listed"
        return diagnostic("package-database-missing", message + _left(found), path)
    told = {one.properties.get(RECOVERED, "") for one in found.packages}
    by = ", ".join(_WORDS[one] for one in _ORDER if one in told)
    count = len({one.name for one in found.packages})
    message = f"{pretty} without a package database: {count:,} of its packages were recovered from {by}"
    return diagnostic("package-database-erased", message + _left(found), path)


def _left(found: Recovered) -> str:
    """What is known of more packages."""
    if not found.versionless:
        return ""
    some = ", ".join(found.versionless[:_MOST_NAMED]) + (", …" if len(found.versionless) > _MOST_NAMED else "")
    more = " more" if found.packages else ""
    return f"; of {len(found.versionless):,}{more} the name is left, and no version ({some})"


_WORDS: Mapping[str, str] = {
    "changelog": "changelogs",
    "history": "the history of the package manager",
    "scripts": "the scripts of packages",
    "list": "the list of what was asked for",
    "log": "logs of the package manager",
    "old database": "an old copy of the database",
    "program": "what programs say of their build",
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


def _standing(told: tuple[Seen, FoundPackage]) -> tuple[bool, bool, bool, int, str]:
    """Of logs the last one counts, which has no number or the least."""
    seen, found = told
    rotated = _ROTATED.search(seen.path)
    age = int(rotated[1]) if rotated and found.properties[RECOVERED] == "log" else 0
    return _DEBIAN in seen.path, bool(_BINARY_ONLY.search(found.version)), bool(found.arch), -age, seen.path
