"""NuGet: packages.lock.json, project.assets.json, packages.config and central package versions.

Sources: https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files (lock file),
https://learn.microsoft.com/nuget/reference/packages-config and
https://learn.microsoft.com/nuget/consume-packages/central-package-management
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
    unfixed,
)
from lading.inventory.needs import bounded
from lading.inventory.published import content_hash
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile
from lading.safeio.xmltree import Element, read_xml

_STATED = frozenset({"PackageReference", "PackageVersion", "GlobalPackageReference"})
_PROPERTY = re.compile(r"\$\(([\w.-]+)\)")
_LONGEST = 200
_EXACT = re.compile(r"\[?\s*(\d[^\s,*()\[\]$]*)\s*\]?")


def read_lock(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """packages.lock.json: the packages of every target framework; projects of the solution have no version there."""
    document = read_json(file.data)
    if "dependencies" not in document:
        raise BrokenFileError("has no dependencies")
    for packages in map(table, table(document["dependencies"]).values()):
        spelled = {name.lower(): name for name in packages}
        for name, entry in ((name, table(value)) for name, value in packages.items()):
            if entry.get("type") != "Project":
                relationship = "direct" if entry.get("type") == "Direct" else "indirect"
                needs = bounded(spelled.get(one.lower(), "") for one in table(entry.get("dependencies")))
                yield package(
                    "nuget",
                    name,
                    text(entry.get("resolved")),
                    relationship=relationship,
                    requires=needs,
                    archives=content_hash(entry.get("contentHash")),
                )


def read_assets(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """project.assets.json: what a restore has chosen."""
    document = read_json(file.data)
    if "libraries" not in document:
        raise BrokenFileError("has no libraries")
    groups = table(document.get("projectFileDependencyGroups")).values()
    direct = {text(line).partition(" ")[0].lower() for group in groups for line in rows(group)}
    libraries = table(document["libraries"])
    spelled = {key.partition("/")[0].lower(): key.partition("/")[0] for key in libraries}
    targets = [table(one) for one in table(document.get("targets")).values()]
    for key, value in libraries.items():
        if table(value).get("type") == "package":
            name, _, version = key.partition("/")
            relationship = "direct" if name.lower() in direct else "indirect"
            needed = (one for target in targets for one in table(table(target.get(key)).get("dependencies")))
            needs = bounded(spelled.get(one.lower(), "") for one in needed)
            archives = content_hash(table(value).get("sha512"))
            yield package("nuget", name, version, relationship=relationship, requires=needs, archives=archives)


def read_config(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """packages.config."""
    root = read_xml(file.data)
    if root.name != "packages":
        raise BrokenFileError("has no packages")
    for entry in root.all("package"):
        attributes = entry.attributes
        dev = attributes.get("developmentDependency", "").lower() == "true"
        yield package("nuget", attributes.get("id", ""), attributes.get("version", ""), dev=dev)


def read_props(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """Directory.Packages.props and its like: the versions that a solution's projects use."""
    root = read_xml(file.data)
    if root.name != "Project":
        raise BrokenFileError("is no project")
    properties = {one.name.lower(): one.text.strip() for group in root.all("PropertyGroup") for one in group.children}
    loose = []
    for entry in (one for group in root.all("ItemGroup") for one in group.children if one.name in _STATED):
        name = (entry.attributes.get("Include") or entry.attributes.get("Update") or "").strip()
        stated = _stated_version(entry)
        version = _EXACT.fullmatch(_expanded(stated, properties))
        if name and version:
            yield package("nuget", name, version[1])
        elif name and stated:
            loose.append(name)
    yield from unfixed(file, loose)


def _stated_version(entry: Element) -> str:
    return (entry.attributes.get("Version") or entry.value("Version")).strip()


def _expanded(version: str, properties: dict[str, str]) -> str:
    """With the properties of this file; a property may refer to another one."""
    for _ in range(3):
        version = _PROPERTY.sub(lambda match: properties.get(match[1].lower(), "$")[:_LONGEST], version, count=4)
    return version


CATALOGERS = (
    cataloger("nuget-lock", ("**/packages.lock.json",), read_lock),
    cataloger("nuget-assets", ("**/project.assets.json",), read_assets),
    cataloger("nuget-config", ("**/packages.config",), read_config),
    cataloger("nuget-props", ("**/*Packages.props",), read_props),
)
