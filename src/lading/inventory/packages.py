"""From what files state to packages: with the layer that introduced them, or that took them away."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.purl import package_url
from lading.inventory.seen import Known, Seen, Squashed
from lading.model.package import Distribution, Location, Package, Relationship
from lading.model.properties import bundled_in, relationship


def packages_of(
    seen: Seen,
    found: Iterable[FoundPackage],
    history: Mapping[Known, Sequence[Seen]],
    distribution: Distribution | None,
) -> list[Package]:
    """The packages of one file, each of the lowest layer from which the file has stated it without a break."""
    introduced = _introduced(history[seen.known], seen)
    return [_package(one, seen, introduced.get(_key(one), seen.layer), distribution) for one in found]


def removed_packages(
    squashed: Squashed, kept: Iterable[Package], distribution: Distribution | None
) -> tuple[Package, ...]:
    """What some layer held and the container does not see, with the layer that took it away."""
    there = {(package.type, package.name, package.version, package.arch) for package in kept}
    gone = []
    for known, history in squashed.history.items():
        for index, seen in enumerate(history):
            later = history[index + 1].layer if index + 1 < len(history) else squashed.removed.get(known, 0)
            for found in seen.facts.packages:
                if later and (found.type, found.name, found.version, found.arch) not in there:
                    package = _package(found, seen, seen.layer, distribution)
                    gone.append(structs.replace(package, removed=later))
    return merged(gone)


def _package(found: FoundPackage, seen: Seen, layer: int, distribution: Distribution | None) -> Package:
    return Package(
        name=found.name,
        version=found.version,
        type=found.type,
        arch=found.arch,
        source=found.source,
        source_version=found.source_version,
        purl=package_url(found, distribution),
        maintainer=found.maintainer,
        licenses=found.licenses,
        layer=layer,
        locations=(Location(seen.path, seen.layer),),
        files=found.files,
        evidence=found.evidence,
        cpes=found.cpes,
        properties=found.properties,
        relationship=found.relationship or _RELATIONSHIPS.get(relationship(found), ""),
        digests=found.digests,
        size=found.size,
    )


_RELATIONSHIPS: Final[Mapping[str, Relationship]] = {"direct": "direct", "indirect": "transitive"}


def _introduced(history: Iterable[Seen], last: Seen) -> dict[tuple[str, str, str], int]:
    """For each package of the file `last`, the lowest layer from which it stands in it without a break."""
    since: dict[tuple[str, str, str], int] = {}
    for seen in history:
        if seen.layer > last.layer:
            break
        since = {key: since.get(key, seen.layer) for key in map(_key, seen.facts.packages)}
    return since


def _key(found: FoundPackage) -> tuple[str, str, str]:
    return found.name, found.version, found.arch


def merged(packages: Iterable[Package]) -> tuple[Package, ...]:
    """The packages sorted; one that was seen in several places is one package with several locations."""
    merged: dict[tuple[str, ...], Package] = {}
    for package in sorted(packages, key=lambda package: package.locations):
        key = (
            package.type,
            package.name,
            package.version,
            package.arch,
            package.owner,
            bundled_in(package),
            "declared" if package.evidence == "declared" else "",
        )
        known = merged.get(key)
        merged[key] = package if known is None else _joined(known, package)
    return tuple(merged[key] for key in sorted(merged))


def _joined(one: Package, other: Package) -> Package:
    first, second = sorted((one, other), key=lambda package: _EVIDENCE.index(package.evidence))
    return structs.replace(
        first,
        layer=min(one.layer, other.layer),
        removed=max(one.removed, other.removed),
        locations=tuple(sorted({*one.locations, *other.locations})),
        licenses=first.licenses or second.licenses,
        files=first.files if first.files == second.files else tuple(sorted({*first.files, *second.files})),
        cpes=tuple(sorted({*first.cpes, *second.cpes})),
        properties=second.properties | first.properties,
        relationship=min(one.relationship, other.relationship, key=_CLOSENESS.index),
        digests=first.digests or second.digests,
        size=first.size or second.size,
    )


_CLOSENESS = ("direct", "transitive", "")
_EVIDENCE = ("installed", "binary", "bundled", "sbom", "static", "declared")
"""The strongest first."""
