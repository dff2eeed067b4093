"""How an installation of .NET is laid out: `shared` has the frameworks, `host` and `dotnet` what starts them, `packs`
the NuGet packages that the SDK compiles against, each in a directory of its name and version.

Source: "Disk layout" in .NET's guide for distributors (learn.microsoft.com/dotnet/core/distribution-packaging).
"""

import re
from collections.abc import Iterable, Mapping

from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage

FRAMEWORK = re.compile(r"(?P<root>(?:.*/)?)shared/(?P<name>[^/]+)/(?P<version>\d[^/]*)/(?P=name)\.deps\.json$")
"""The list of a shared framework."""
HOST_PACK = "**/packs/*/*/runtimes/*/native/nethost.h"
"""The one file of a pack of native programs that is no program."""
_PACK = re.compile(r"(?P<directory>(?:.*/)?packs/(?P<name>[^/]+)/(?P<version>\d[^/]*)/)(?:ref|analyzers|runtimes)/")
_WITH_HOST = "Microsoft.NETCore.App"


def files_of_framework(path: str) -> tuple[str, ...]:
    """What comes with the framework of this list: its directory and, with the one that all others need, the host."""
    directory = f"{path.rpartition('/')[0]}/"
    match = FRAMEWORK.match(path)
    if match is None or match["name"] != _WITH_HOST:
        return (directory,)
    root = match["root"]
    return (f"{root}dotnet", f"{root}dotnet.exe", f"{root}host/fxr/{match['version']}/", directory)


def packs(paths: Iterable[str]) -> Mapping[str, CatalogerResult]:
    """The packs that these files lie in, each at its first file; nothing at the others: they have the interfaces of
    other packages, and not these."""
    found: dict[str, CatalogerResult] = {}
    seen: set[str] = set()
    for path in sorted(paths):
        if "packs/" in path and (match := _PACK.match(path)):
            package = FoundPackage(
                type="nuget", name=match["name"], version=match["version"], files=(match["directory"],)
            )
            is_first = match["directory"] not in seen
            found[path] = CatalogerResult(packages=(package,) if is_first else ())
            seen.add(match["directory"])
    return found
