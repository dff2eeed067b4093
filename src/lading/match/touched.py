"""Matching an inventory again after some rows of the advisories have changed: only the packages that these are about,
the findings of all others being those that there were."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from lading.match.coverage import available
from lading.match.enrich import rated
from lading.match.groups import GROUPLESS, UNPUBLISHED, PackageGroup
from lading.match.inventory import (
    IMAGE_TYPE,
    Matched,
    MatchOptions,
    Opened,
    Some,
    count_without,
    is_uncompared,
    match_group,
    matched_of,
    open_inventory,
    unreleased,
)
from lading.match.keys import is_unreleased, keys_by_shard
from lading.match.packages import finding_order
from lading.model.advisory import (
    ALPINE_REJECTIONS,
    NVD,
    Advisory,
    AdvisoryText,
    LifeCycle,
    Provenance,
    ShardName,
    VulnerabilityRecords,
)
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.names import advisory_name
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.report import Coverage


class Changes(Struct, frozen=True):
    """The rows that changed: by shard the names that advisories are looked up by, by shard the IDs of advisories whose
    texts did, and the vulnerabilities that the shards of records know otherwise."""

    advisories: Mapping[str, frozenset[str]]
    texts: Mapping[str, frozenset[str]]
    records: frozenset[str]


class Before(Struct, frozen=True):
    """What matching the same inventory in the same way gave before these rows changed, and no others that it asked for.
    `findings` and `coverage` are as in Matched."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    changes: Changes


class Touched(Struct, frozen=True):
    """What is known now, and the IDs of the packages whose findings may not be those that there were."""

    matched: Matched
    packages: frozenset[str]


def match_touched(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    options: MatchOptions,
    before: Before,
) -> Touched | None:
    """What `match_inventory` gives, from what it gave before; None where only matching everything again can tell: what
    changed decides what packages are to the distribution, or findings hang together across packages. Raises
    AdvisoryError."""
    watched = _Watched(store, before.changes)
    opened = open_inventory(image, inventory, watched, options)
    if watched.is_met or len(before.coverage) < len(opened.groups):
        return None
    every = [_touched(group, opened, before, row) for group, row in zip(opened.groups, before.coverage, strict=False)]
    touched = [some for some in every if some is not None]
    if len(touched) < len(every):
        return None
    parts = [match_group(group, opened, some) for group, some in zip(opened.groups, touched, strict=True)]
    found = opened.told(parts)
    if any(one.package.type == IMAGE_TYPE for one in (*found, *before.findings)):
        return None  # what is said of an image decides on packages in it
    packages = _Packages(package for some in touched for package in some.packages)
    kept = [one for one in before.findings if one.package not in packages]
    findings = _in_order(kept, rated(found, store, options.severity_order))
    if findings is None:
        return None
    return Touched(matched_of(opened, parts, findings, diagnostics, options), packages.ids)


class _Packages:
    """Packages by their ID, which is not asked for those of other names."""

    def __init__(self, packages: Iterable[Package]) -> None:
        every = list(packages)
        self._names = {one.name for one in every}
        self.ids = frozenset(one.id for one in every)

    def __contains__(self, package: Package) -> bool:
        return package.name in self._names and package.id in self.ids


def _touched(group: PackageGroup, opened: Opened, before: Before, row: Coverage) -> Some | None:
    """The packages of a group that one of the changes is about, with those that go with them; None where that cannot
    be told of one by itself. `row` is that of the group."""
    if group.kind == GROUPLESS or group.kind.endswith(UNPUBLISHED):
        return Some(())  # which have no findings
    shards = available(group, opened.store)
    if not shards:
        return Some(())
    changed = [before.changes.advisories.get(one.shard, _NONE) for one in shards]
    is_alpine = group.shards[0].startswith("alpine-")
    if is_alpine and any(shard in before.changes.advisories for shard in (NVD, ALPINE_REJECTIONS)):
        return None  # asked in ways of its own (lading.match.further)
    versionless = {advisory_name(one.type, one.name) for one in group.packages if is_unreleased(one)}
    if any(not versionless.isdisjoint(rows) for rows in changed):
        return None
    found = _about(group, shards, opened, before, changed)
    uncompared = [one.package for one in before.findings if is_uncompared(one)]
    if uncompared or row.matched != row.packages:
        of_group = _Packages(group.packages)
        ids = {one.id for one in uncompared if one in of_group}
        if count_without(group.packages, ids | unreleased(group, shards, opened.store)) != row.matched:
            return None  # a package counts as not compared whose finding is not told
        uncompared = [one for one in uncompared if one in of_group and one not in found]
    return Some([one for one in group.packages if one in found], frozenset(one.id for one in uncompared))


def _about(
    group: PackageGroup,
    shards: Sequence[Provenance],
    opened: Opened,
    before: Before,
    changed: Sequence[frozenset[str]],
) -> _Packages:
    """The packages of a group that changes are about, or that are matched as the same as one of them."""
    named = {one.package.id for one in before.findings if _is_about(one, before.changes)}
    if not named and not any(changed):
        return _Packages(())
    keys = [keys_by_shard(one, shards, opened.context.vendors) for one in group.packages]
    alike = {
        key
        for key, package in zip(keys, group.packages, strict=True)
        if any(one.name in rows for of_shard, rows in zip(key, changed, strict=True) if rows for one in of_shard)
        or (named and package.id in named)
    }
    return _Packages(package for key, package in zip(keys, group.packages, strict=True) if key in alike)


_NONE: Final[frozenset[str]] = frozenset()


def _is_about(finding: Finding, changes: Changes) -> bool:
    """Whether a row that is not looked up by the package is one that a finding has, or would have a title from."""
    names = (finding.id, *finding.aliases)
    if not changes.records.isdisjoint(names):
        return True
    return any(not ids.isdisjoint((*names, finding.basis.advisory)) for ids in changes.texts.values())


def _in_order(kept: Sequence[Finding], new: Iterable[Finding]) -> list[Finding] | None:
    """All findings in the order of a report, `kept` being in it; None where two of them have the same place, so that
    the order in which they were found would tell."""
    findings = list(kept)
    for one in sorted(new, key=finding_order):
        order = finding_order(one)
        place = bisect_right(findings, order, key=finding_order)
        if place != bisect_left(findings, order, key=finding_order):
            return None
        findings.insert(place, one)
    return findings


class _Watched:
    """An AdvisoryStore that asks another one; `is_met` tells whether it was asked for a row that changed."""

    def __init__(self, store: AdvisoryStore, changes: Changes) -> None:
        self._store = store
        self._changes = changes
        self.is_met = False

    def provenance(self, shard: ShardName) -> Provenance | None:
        return self._store.provenance(shard)

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        names = list(packages)
        self.is_met |= not self._changes.advisories.get(shard, _NONE).isdisjoint(names)
        return self._store.advisories(shard, names)

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        return self._store.mentions(shard, names)

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        return self._store.artifacts(shard, names)

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        names = list(ids)
        self.is_met |= not self._changes.texts.get(shard, _NONE).isdisjoint(names)
        return self._store.texts(shard, names)

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        names = list(ids)
        self.is_met |= not self._changes.records.isdisjoint(names)
        return self._store.records(names)

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        return self._store.life_cycles(products)
