""".NET: applications and frameworks by their .deps.json, and the assemblies that none accounts for."""

from collections import defaultdict
from collections.abc import Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.dotnet import assemblies, deps, layout
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """A .deps.json also names what was left out when the application was published: its packages count when one of
    their assemblies is there, and then own it, so that it is not listed a second time by itself. Where there is no
    assembly at all, they lie inside a single file, and the list is believed."""
    combined = {**facts, **layout.packs(facts)}
    shipped = _shipped(facts)
    for path in [path for path in facts if path.endswith(deps.SUFFIX)]:
        directory = path.rpartition("/")[0]
        nearby = shipped.get(directory)
        if nearby is None:
            continue
        packages = tuple(one for package in facts[path].packages if (one := _settle(package, nearby)) is not None)
        owned = {assembly for package in packages for assembly in package.files if _is_assembly(assembly)}
        if layout.FRAMEWORK.match(path):
            packages = tuple(structs.replace(one, files=layout.files_of_framework(path)) for one in packages)
            owned = set(nearby.values())
        combined[path] = structs.replace(facts[path], packages=packages)
        combined.update(dict.fromkeys(owned, CatalogerResult()))
    return combined


def _shipped(facts: Mapping[str, CatalogerResult]) -> Mapping[str, dict[str, str]]:
    """For each directory with a .deps.json the assemblies in and below it, down to the next such directory: their
    paths, by path and by name (the first of several), both in lower case."""
    applications = {path.rpartition("/")[0] for path in facts if path.endswith(deps.SUFFIX)}
    shipped: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(filter(_is_assembly, facts)):
        directory, _, name = path.rpartition("/")
        while directory and directory not in applications:
            directory = directory.rpartition("/")[0]
        if directory in applications:
            shipped[directory].setdefault(name.lower(), path)
            shipped[directory][path.lower()] = path
    return shipped


def _settle(package: FoundPackage, nearby: Mapping[str, str]) -> FoundPackage | None:
    """The package with the assemblies that are there, None when all of its own are missing."""
    expected = set(filter(_is_assembly, package.files))
    present = {found for path in expected if (found := _find(path.lower(), nearby))}
    if expected and not present:
        return None
    return structs.replace(package, files=tuple(sorted({*package.files} - expected | present)))


def _find(path: str, nearby: Mapping[str, str]) -> str | None:
    """Where an assembly lies: as expected, else elsewhere below the application; but the texts of every language have
    the same name."""
    found = nearby.get(path)
    return found if found or path.endswith(assemblies.TEXTS) else nearby.get(path.rpartition("/")[2])


def _is_assembly(path: str) -> bool:
    return path.lower().endswith(assemblies.SUFFIXES)


def _parse(file: WantedFile) -> CatalogerResult:
    if file.path.endswith(".h"):
        return layout.packs((file.path,)).get(file.path, CatalogerResult())
    return deps.parse_deps(file) if file.path.endswith(deps.SUFFIX) else assemblies.parse_assembly(file)


CATALOGER = Cataloger(
    name="dotnet",
    version=5,
    parse=_parse,
    patterns=(f"**/*{deps.SUFFIX}", "**/*.dll", "**/*.exe", layout.HOST_PACK),
    pace=PACE_OF_PROGRAMS,
    combine=combine,
)
