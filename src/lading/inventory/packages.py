"""From what files state to packages: with the layer that introduced them, or that took them away."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.inventory.caches import Caches
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.purl import candidate_urls, package_url
from lading.inventory.seen import Known, Seen, Squashed
from lading.model.package import INTO, Distribution, Location, Package, Relationship
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
    caches = Caches(path for _, path in squashed.history)
    for known, history in squashed.history.items():
        if caches.around(known[1]):
            continue
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
        properties=_placed(found.properties, seen.path),
        relationship=found.relationship or _RELATIONSHIPS.get(relationship(found), ""),
        digests=found.digests,
        size=found.size,
        candidates=candidate_urls(found),
        archives=found.archives,
    )


def _placed(properties: dict[str, str], path: str) -> dict[str, str]:
    """What lies in an archive is named by where that was seen: a hard link has the facts of another name."""
    stated = properties.get("path", "")
    if INTO not in stated or stated.startswith(f"{path}{INTO}"):
        return properties
    inside = stated.split(INTO)[path.count(INTO) + 1 :]
    return {**properties, "path": INTO.join([path, *inside])}


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
    same: dict[tuple[str, ...], list[Package]] = {}
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
        same.setdefault(key, []).append(package)
    return tuple(_joined(same[key]) for key in sorted(same))


def _joined(packages: Sequence[Package]) -> Package:
    """One package of all, in one go: an image may have it in very many places. What evidence is stronger says counts,
    and what was seen first among equals."""
    if len(packages) == 1:
        return packages[0]
    order: deque[Package] = deque()
    for package in packages:
        stronger = order and _EVIDENCE.index(package.evidence) < _EVIDENCE.index(order[0].evidence)
        (order.appendleft if stronger else order.append)(package)
    first = order[0]
    properties: dict[str, str] = {}
    for package in reversed(order):
        properties |= package.properties
    files = {package.files for package in packages}
    return structs.replace(
        first,
        layer=min(package.layer for package in packages),
        removed=max(package.removed for package in packages),
        locations=tuple(sorted({place for package in packages for place in package.locations})),
        licenses=next((package.licenses for package in order if package.licenses), ()),
        files=first.files if len(files) == 1 else tuple(sorted({path for held in files for path in held})),
        candidates=tuple(sorted({url for package in packages for url in package.candidates})),
        cpes=tuple(sorted({cpe for package in packages for cpe in package.cpes})),
        properties=properties,
        relationship=min((package.relationship for package in packages), key=_CLOSENESS.index),
        digests=next((package.digests for package in order if package.digests), {}),
        size=next((package.size for package in order if package.size), 0),
        archives=next((package.archives for package in order if package.archives), ()),
    )


_CLOSENESS = ("direct", "transitive", "")
_EVIDENCE = ("installed", "binary", "bundled", "sbom", "static", "declared")
"""The strongest first."""
