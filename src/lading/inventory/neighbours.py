"""Java archives whose group they do not state and their neighbours do."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import dirname
from typing import Final

from msgspec import structs

from lading.model.package import Package

_CANDIDATE: Final = re.compile(r"pkg:maven/(?P<group>[^/@]+)/[^/@]+@.*")


def with_neighbours(packages: Sequence[Package]) -> Iterator[Package]:
    """The packages; an artifact of no group that may be of several (`Package.candidates`) is of the one of them that
    an artifact of the same version beside it has: projects release their parts together. `spring-jcl` states nothing
    of Spring and lies beside `spring-core`."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in packages:
        group, _, _ = one.name.rpartition(":")
        if one.type == "maven" and group and one.evidence == "installed":
            groups[_beside(one)].add(group)
    for one in packages:
        fitting = [
            (match["group"], url)
            for url in one.candidates
            if (match := _CANDIDATE.fullmatch(url)) and match["group"] in groups.get(_beside(one), ())
        ]
        if len(fitting) == 1:
            group, url = fitting[0]
            yield structs.replace(one, name=f"{group}:{one.name}", purl=url, candidates=())
        else:
            yield one


def _beside(package: Package) -> tuple[str, str]:
    """The directory or archive that it lies in, and its version."""
    return dirname(package.properties.get("path") or package.locations[0].path), package.version
