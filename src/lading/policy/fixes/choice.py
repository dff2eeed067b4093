"""Which version clears most: the least one that the packages around accept."""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cmp_to_key
from typing import Final

from msgspec import Struct, structs

from lading.model.finding import Finding
from lading.model.package import DISTRIBUTED, Package
from lading.model.properties import bundled_in, is_root
from lading.versions.constraints import satisfies
from lading.versions.early import is_prerelease
from lading.versions.extremes import newest
from lading.versions.schemes import compare

_FORM: Final = re.compile(r"(?P<begin>\d+\.\d+\.)[\d.]*\d(?P<word>\.(?:RELEASE|Final|GA))")
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")
_MOST: Final = 40
"""Candidates a package; advisories name few."""

_ROUNDS: Final = 4
"""How often what later versions bring is looked into: its own fixed versions are candidates as well."""

Names = frozenset[str]
"""Vulnerabilities by name."""
Spell = Callable[[Package, str], str]
"""A version of a package as its repository has it; empty where that has none such."""
Holders = Mapping[str, Sequence[tuple[str, str]]]
"""By the ID of a package, who needs it, by name and version, and which versions these accept."""
MatchVersions = Callable[[Sequence[Package]], Mapping[str, Mapping[str, str]]]
"""What packages that are not there would be affected by: by their IDs, the names of vulnerabilities with the versions
that fix each, empty where none does."""


class Choice(Struct, frozen=True):
    """What a package is to be moved to. `version` is the least that clears most, empty where none clears anything;
    `held` are what a later version would clear, had not `holder` to accept it."""

    package: Package
    version: str
    clears: Names
    brings: Names
    held: Names = frozenset()
    holder: str = ""


def can_be_moved(finding: Finding) -> bool:
    """Whether upgrading the package by itself clears the finding."""
    return bool(finding.status == "affected" and finding.fixed_version and not finding.note) and not _is_copy(
        finding.package
    )


def _is_copy(package: Package) -> bool:
    return package.evidence in ("bundled", "sbom", "static") or bool(bundled_in(package))


def spelled(package: Package, version: str) -> str:
    """A version as its repository has it: Maven takes `5.2.20` and `5.2.20.RELEASE` for the same, which only one of
    exists. As long as the first two numbers stay, the form of the installed one does."""
    form = _FORM.fullmatch(package.version) if package.type == "maven" else None
    if form is None or not version.startswith(form["begin"]) or not _NUMBERS.fullmatch(version):
        return version
    return f"{version}{form['word']}"


def matched_versions(
    findings: Iterable[Finding], match: MatchVersions, spell: Spell = spelled
) -> list[tuple[Package, list[tuple[str, Names]]]]:
    """The packages that can be moved, each with the versions that advisories name as fixed, ascending, and what is open
    at each: of packages of a distribution the newest alone, since that is what its repositories have."""
    packages: dict[str, Package] = {}
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for finding in filter(can_be_moved, findings):
        packages[finding.package.id] = finding.package
        wanted[finding.package.id].add(spell(finding.package, finding.fixed_version))
    matched: defaultdict[str, dict[str, Names]] = defaultdict(dict)
    for _ in range(_ROUNDS):
        asked = {
            at_version(packages[id], version).id: (id, version)
            for id, versions in wanted.items()
            for version in _later(packages[id], versions, matched[id])[: _MOST - len(matched[id])]
        }
        if not asked:
            break
        found = match([at_version(packages[id], version) for id, version in asked.values()])
        for name, (id, version) in asked.items():
            open_there = found.get(name, {})
            matched[id][version] = frozenset(open_there)
            wanted[id].update(spell(packages[id], one) for one in open_there.values() if one)
    return [
        (packages[id], sorted(_released(versions).items(), key=cmp_to_key(_by_version(packages[id].type))))
        for id, versions in matched.items()
        if versions
    ]


def _released(versions: Mapping[str, Names]) -> Mapping[str, Names]:
    """Without those that came before a release, where there are others."""
    return {version: names for version, names in versions.items() if not is_prerelease(version)} or versions


def _by_version(scheme: str) -> Callable[[tuple[str, Names], tuple[str, Names]], int]:
    return lambda left, right: compare(scheme, left[0], right[0]) or 0


def _later(package: Package, versions: set[str], matched: Container[str]) -> list[str]:
    """Those that are still to be matched."""
    if package.type in DISTRIBUTED:
        versions = {newest(package.type, versions)}
    return sorted(
        one for one in versions if one and one not in matched and compare(package.type, one, package.version) != -1
    )


def at_version(package: Package, version: str) -> Package:
    """A package as it would be listed at another version."""
    source = version if package.source_version else ""
    purl = package.purl.replace(f"@{package.version}", f"@{version}", 1)
    return structs.replace(
        package,
        version=version,
        source_version=source,
        purl=purl,
        digests={},
        archives=(),
        properties={key: value for key, value in package.properties.items() if value != package.version},
    )


def choose(
    package: Package,
    candidates: Sequence[tuple[str, Names]],
    before: Names,
    holders: Holders,
) -> Choice:
    """The best of the candidates of one package, each with what would be open at it. `before` is what is open now,
    `holders` who needs the package, by its ID, and in which versions."""
    accepted = []
    best_held: tuple[Names, str] = (frozenset(), "")
    for version, after in candidates:
        holder = _holder(package, version, holders.get(package.id, ()))
        cleared = before - after
        if not holder:
            accepted.append((version, cleared, after - before))
        elif len(cleared) > len(best_held[0]):
            best_held = cleared, holder
    best = max(accepted, key=lambda one: len(one[1]) - len(one[2]), default=None)
    if best is None or len(best[1]) <= len(best[2]):
        return Choice(package, "", frozenset(), frozenset(), *best_held)
    version, clears, brings = best
    held = best_held[0] - clears
    return Choice(package, version, clears, brings, held, best_held[1] if held else "")


def _holder(package: Package, version: str, holders: Iterable[tuple[str, str]]) -> str:
    """Who does not accept a version, though it accepts the installed one; empty for nobody. What comes before a release
    is accepted by nobody: an upgrade of whoever needs it would exclude it."""
    is_early = is_prerelease(version) and not is_prerelease(package.version)
    for name, constraint in holders:
        if is_early:
            return f"{version} comes before a release, and {name} needs the package"
        if satisfies(package.type, version, constraint) is False and satisfies(
            package.type, package.version, constraint
        ):
            return f"{name} requires {constraint}"
    return ""


def holders_of(packages: Iterable[Package]) -> dict[str, list[tuple[str, str]]]:
    """By the ID of a package, who needs it and in which versions; what the application itself asks for is the user's to
    change."""
    holders: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for package in packages:
        for needed, constraint in package.constraints.items() if not is_root(package) else ():
            holders[needed].append((f"{package.name} {package.version}", constraint))
    return dict(holders)
