"""What was matched against what, and what was not."""

from collections.abc import Iterable, Iterator

from lading.match.groups import PackageGroup
from lading.model.advisory import Provenance
from lading.model.diagnostic import Diagnostic, Level
from lading.model.finding import Coverage
from lading.model.package import Distribution


def coverage_of(group: PackageGroup, shard: Provenance, ended: str, *, recovered: bool) -> Coverage:
    """The row of one shard that matched a group's packages. `ended` is the day its release went out of support."""
    return Coverage(
        ecosystem=group.kind,
        packages=len(group.packages),
        status="stale" if ended else "recovered" if recovered else "matched",
        shard=shard.shard,
        date=shard_date(shard),
        digest=shard.digest,
        note=f"out of support since {ended}" if ended else "",
    )


def shard_date(shard: Provenance) -> str:
    """The day of a shard's data (ISO 8601), or that on which it was built."""
    return (shard.upstream_date or shard.built)[:10]


def no_data(group: PackageGroup, distribution: Distribution | None) -> Coverage:
    """The row of packages that nothing here matches."""
    note = f"{group.shards[group.exact]} is not here" if group.shards else _NO_UPSTREAM
    if group.foreign and not group.shards:
        note = f"from other repositories than {_name(distribution)}'s own"
    elif group.system and not group.shards:
        note = f"Lading has no advisories for {_name(distribution)}" if distribution else _NO_OS_RELEASE
    return Coverage(group.kind, len(group.packages), "no-data", note=note)


_NO_UPSTREAM = "no upstream publishes advisories"
_NO_OS_RELEASE = "no os-release says which distribution they belong to"


def unmatched(
    groups: Iterable[PackageGroup], distribution: Distribution | None, *, starter: bool
) -> Iterator[Diagnostic]:
    """What is to be said of the groups that nothing here matched."""
    silent = list(groups)
    missing = [group for group in silent if group.shards]
    if missing:
        names = " ".join(sorted(group.shards[group.exact] for group in missing))
        what = f"the advisories {names.replace(' ', ', ')} are not here; run: lading db update {names}"
        if starter:
            what = f"the starter set has nothing on {names.replace(' ', ', ')}; scan without --starter"
        yield _remark("incomplete", "advisories-missing", missing, what)
    for group in silent:
        if group.system and not group.shards:
            code = "other-repositories" if group.foreign else "distribution-unknown"
            yield _remark("incomplete", code, [group], no_data(group, distribution).note)
    nameless = [group for group in silent if not group.shards and not group.system]
    if nameless:
        yield _remark("warning", "no-upstream", nameless, _NO_UPSTREAM)


def _remark(level: Level, code: str, groups: list[PackageGroup], why: str) -> Diagnostic:
    count = sum(len(group.packages) for group in groups)
    return Diagnostic(level, code, f"{packages_text(count)} not matched: {why}", "; ".join(one.kind for one in groups))


def packages_text(count: int) -> str:
    """ "1 package was" or "12 packages were"."""
    return "1 package was" if count == 1 else f"{count:,} packages were"


def _name(distribution: Distribution | None) -> str:
    return "the distribution" if distribution is None else distribution.pretty or distribution.id
