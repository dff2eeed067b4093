"""The builds of one package that an advisory lists, which mostly are one version on every architecture."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from lading.model.advisory import Condition

_SOURCE = ("src", "nosrc")
_I386 = ("i386", "i586", "i686")


def by_condition(
    builds: Iterable[tuple[str, str]], every: Collection[str] = (), module: str = ""
) -> list[tuple[Condition | None, tuple[str, ...]]]:
    """(condition, versions) from (architecture, version) of the builds of one package, sources left out.

    Architectures are told apart where their versions differ, and where one of `every` is not listed. "x86_64" stands
    for the 32-bit builds of its repository too, unless they are listed.
    """
    versions: dict[str, set[str]] = defaultdict(set)
    for arch, version in builds:
        if arch not in _SOURCE:
            versions["" if arch == "noarch" else arch].add(version)
    arches: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for arch, listed in versions.items():
        arches[tuple(sorted(listed))].add(arch)
    found = []
    for versions_there, held in sorted(arches.items()):
        everywhere = "" in held or (len(arches) == 1 and held.issuperset(every))
        if "x86_64" in held and not versions.keys() & set(_I386):
            held.update(_I386)
        names = () if everywhere else tuple(sorted(held))
        found.append((Condition(arches=names, module=module) if names or module else None, versions_there))
    return found
