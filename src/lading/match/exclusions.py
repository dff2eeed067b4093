"""Flaws that advisories lay at the door of packages that do not have them: a small list kept by hand."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from lading.model.package import Evidence, Package


class Exclusion(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`flaws` are not in packages of `types` whose name is one of `names` (with `*` and `?` as in a shell). With
    `evidence` only packages known in that way are meant. `reason` is a line for people, `source` the address of who
    says so."""

    flaws: tuple[str, ...]
    types: tuple[str, ...]
    names: tuple[str, ...]
    reason: str
    source: str
    evidence: Evidence | None = None


Exclusions = Mapping[str, tuple[Exclusion, ...]]
"""By flaw."""


def exclusions_by_flaw(exclusions: Iterable[Exclusion]) -> Exclusions:
    """Exclusions, to be asked by flaw."""
    found: dict[str, tuple[Exclusion, ...]] = {}
    for exclusion in exclusions:
        for flaw in exclusion.flaws:
            found[flaw] = (*found.get(flaw, ()), exclusion)
    return found


def exclusion_of(package: Package, names: Iterable[str], exclusions: Exclusions) -> Exclusion | None:
    """The exclusion that frees a package of a flaw with these names (its id and aliases), None when there is none."""
    for name in names:
        for exclusion in exclusions.get(name, ()):
            if (
                package.type in exclusion.types
                and exclusion.evidence in (None, package.evidence)
                and any(fnmatchcase(package.name, pattern) for pattern in exclusion.names)
            ):
                return exclusion
    return None
