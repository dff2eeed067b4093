"""Vulnerabilities that advisories lay at the door of packages that do not have them: a small list kept by hand."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

from lading.model.package import Evidence, Package


class Exclusion(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`vulnerabilities` are not in packages of `types` whose name is one of `names` (with `*` and `?` as in a shell).
    With `evidence` only packages known in that way are meant. `reason` is a line for people, `source` the address of
    who says so."""

    vulnerabilities: tuple[str, ...]
    types: tuple[str, ...]
    names: tuple[str, ...]
    reason: str
    source: str
    evidence: Evidence | None = None


Exclusions = Mapping[str, tuple[Exclusion, ...]]
"""By vulnerability."""


def exclusions_by_vulnerability(exclusions: Iterable[Exclusion]) -> Exclusions:
    """Exclusions, to be asked by vulnerability."""
    found: dict[str, tuple[Exclusion, ...]] = {}
    for exclusion in exclusions:
        for vulnerability in exclusion.vulnerabilities:
            found[vulnerability] = (*found.get(vulnerability, ()), exclusion)
    return found


def exclusion_of(package: Package, names: Iterable[str], exclusions: Exclusions) -> Exclusion | None:
    """The exclusion that frees a package of a vulnerability with these names (its id and aliases), None when there is
    none."""
    for name in names:
        for exclusion in exclusions.get(name, ()):
            if (
                package.type in exclusion.types
                and exclusion.evidence in (None, package.evidence)
                and any(fnmatchcase(package.name, pattern) for pattern in exclusion.names)
            ):
                return exclusion
    return None
