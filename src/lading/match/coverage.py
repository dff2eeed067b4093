"""What was matched against what, and what was not."""

from collections.abc import Iterable, Iterator, Sequence

from lading.match.groups import PackageGroup
from lading.model.advisory import Provenance, ShardName, fallback_shard
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.package import Distribution
from lading.model.ports import AdvisoryStore
from lading.model.rebuilders import rebuilt_shard
from lading.model.report import Coverage, DataSource


def coverage_of(
    group: PackageGroup, shards: Sequence[Provenance], matched: int, ended: str, *, recovered: bool
) -> Coverage:
    """The row of a group of which `matched` packages were matched against shards. `ended` is the day its release went
    out of support."""
    return Coverage(
        kind=group.kind,
        packages=len(group.packages),
        matched=matched,
        status="stale" if ended else "recovered" if recovered else "matched",
        sources=tuple(data_source(shard, lesser=_is_lesser(shard, group)) for shard in shards),
        note=f"out of support since {ended}" if ended else _made_of(group, shards),
    )


def _made_of(group: PackageGroup, shards: Sequence[Provenance]) -> str:
    """That packages which somebody has rebuilt are matched without that one's word."""
    own = next((shard for shard in group.shards if rebuilt_shard(shard)), None)
    if not (group.system or group.instead) or own is None or any(one.shard == own for one in shards):
        return ""
    return f"{own} is not downloaded: matched by {shards[0].shard}, of which it is made"


def provenances(shards: Iterable[ShardName], store: AdvisoryStore) -> list[Provenance]:
    """Those of the shards that are downloaded, in their order. Raises AdvisoryError when one is corrupt."""
    return [found for shard in shards if (found := store.provenance(shard)) is not None]


def available(group: PackageGroup, store: AdvisoryStore) -> list[Provenance]:
    """The provenances of a group's shards that are downloaded; of the best one's fallback when it alone is. Raises
    AdvisoryError when one is corrupt."""
    found = provenances(group.shards, store)
    if all(provenance.shard in group.shards[: group.exact] for provenance in found):
        found = []
    if found or not group.shards:
        return found
    instead = fallback_shard(group.shards[0])
    return provenances(group.instead or ([instead] if instead is not None else []), store)


def data_source(shard: Provenance, *, lesser: bool = False) -> DataSource:
    """A shard as the report cites it; a scan does not fetch the `lesser` ones by itself."""
    return DataSource(
        shard.shard, shard.feed, shard.digest, shard.built, shard.upstream_date, shard.interval, lesser=lesser
    )


def _is_lesser(shard: Provenance, group: PackageGroup) -> bool:
    return shard.shard in group.shards[group.fetched :]


def no_data(group: PackageGroup, distribution: Distribution | None) -> Coverage:
    """The row of packages for which there is no data."""
    note = f"{group.shards[group.exact]} is not downloaded" if group.shards else _NO_UPSTREAM
    if group.foreign and not group.shards:
        note = f"from other repositories than {_name(distribution)}'s own"
    elif group.system and not group.shards:
        note = f"no advisories for {_name(distribution)}" if distribution else _NO_OS_RELEASE
    return Coverage(group.kind, len(group.packages), 0, "no-data", note=note)


_NO_UPSTREAM = "no upstream publishes advisories"
_NO_OS_RELEASE = "no os-release says which distribution they belong to"


def unmatched(
    groups: Iterable[PackageGroup], distribution: Distribution | None, *, starter: bool
) -> Iterator[Diagnostic]:
    """What is to be said of the groups for which there is no data."""
    without_data = list(groups)
    missing = [group for group in without_data if group.shards]
    if missing:
        names = " ".join(sorted(group.shards[group.exact] for group in missing))
        what = f"the advisories {names.replace(' ', ', ')} are not downloaded; run: lading db update {names}"
        if starter:
            what = f"the starter set has nothing on {names.replace(' ', ', ')}; scan without --starter"
        yield _diagnostic("advisories-missing", missing, what)
    for group in without_data:
        if group.system and not group.shards:
            code = "other-repositories" if group.foreign else "distribution-unknown"
            yield _diagnostic(code, [group], no_data(group, distribution).note)
    for group in without_data:
        if not group.shards and not group.system:
            yield _diagnostic("no-upstream", [group], _NO_UPSTREAM)


def _diagnostic(code: str, groups: list[PackageGroup], why: str) -> Diagnostic:
    count = sum(len(group.packages) for group in groups)
    return diagnostic(code, f"{packages_text(count)} not matched: {why}", "; ".join(one.kind for one in groups))


def packages_text(count: int) -> str:
    """ "1 package was" or "12 packages were"."""
    return "1 package was" if count == 1 else f"{count:,} packages were"


def _name(distribution: Distribution | None) -> str:
    return "the distribution" if distribution is None else distribution.pretty or distribution.id
