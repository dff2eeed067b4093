"""Matches that the shards of a group alone do not give: what the NVD knows of Alpine's packages and Alpine's own
database does not, nor has anybody of Alpine's rejected."""

from typing import Final

from lading.match.curated import Curated
from lading.match.families.alpine import apk_names, unfixed
from lading.match.groups import PackageGroup
from lading.match.keys import MatchKey
from lading.match.matching import Match, ShardContext
from lading.match.packages import Further
from lading.model.advisory import ALPINE_REJECTIONS, NVD, Advisory
from lading.model.package import Package
from lading.model.ports import AdvisoryStore

_SHARD: Final = ShardContext(NVD, 1, "generic")


def further_of(group: PackageGroup, store: AdvisoryStore, curated: Curated) -> Further:
    """The matches that the NVD adds to those of a group's shards: of Alpine's packages only, and only where the
    shard "nvd" is held. Raises AdvisoryError."""
    if not group.shards or not group.shards[0].startswith("alpine-") or store.provenance(NVD) is None:
        return lambda _, __: []
    names = {package.purl: apk_names(package, curated.alpine_products, curated.vendors) for package in group.packages}
    advisories = store.advisories(NVD, sorted({name.key for found in names.values() for name in found}))
    rejected: dict[str, tuple[Advisory, ...]] = {}
    if store.provenance(ALPINE_REJECTIONS) is not None:
        origins = {package.source or package.name for package in group.packages}
        rejected = store.advisories(ALPINE_REJECTIONS, sorted(origins))

    def further(package: Package, matches: list[Match]) -> list[Match]:
        spoken = {name for one in matches for name in (one.advisory.id, *one.advisory.aliases)}
        spoken |= {one.id for one in rejected.get(package.source or package.name, ())}
        return [
            Match(
                one,
                "under_investigation" if one.state == "under_investigation" else "affected",
                _SHARD,
                MatchKey(one.package, package.version),
            )
            for one in unfixed(package, names[package.purl], advisories, spoken)
        ]

    return further
