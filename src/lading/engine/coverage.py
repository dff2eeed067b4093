"""What was judged by what, and what was not."""

from collections.abc import Iterable, Iterator

from lading.engine.plan import Panel
from lading.model.advisory import Provenance
from lading.model.diagnostic import Diagnostic, Level
from lading.model.finding import Coverage
from lading.model.package import Distribution


def coverage_of(panel: Panel, shard: Provenance, ended: str, *, recovered: bool) -> Coverage:
    """The row of one shard that judged a panel's packages. `ended` is the day its release went out of support."""
    return Coverage(
        ecosystem=panel.kind,
        packages=len(panel.packages),
        status="stale" if ended else "recovered" if recovered else "matched",
        shard=shard.shard,
        date=shard_date(shard),
        digest=shard.digest,
        note=f"out of support since {ended}" if ended else "",
    )


def shard_date(shard: Provenance) -> str:
    """The day of a shard's data (ISO 8601), or that on which it was built."""
    return (shard.upstream_date or shard.built)[:10]


def no_data(panel: Panel, distribution: Distribution | None) -> Coverage:
    """The row of packages that nothing here judges."""
    note = f"{panel.shards[panel.exact]} is not here" if panel.shards else _NO_UPSTREAM
    if panel.foreign and not panel.shards:
        note = f"from other repositories than {_name(distribution)}'s own"
    elif panel.system and not panel.shards:
        note = f"Lading has no advisories for {_name(distribution)}" if distribution else _NO_OS_RELEASE
    return Coverage(panel.kind, len(panel.packages), "no-data", note=note)


_NO_UPSTREAM = "no upstream publishes advisories"
_NO_OS_RELEASE = "no os-release says which distribution they belong to"


def unjudged(panels: Iterable[Panel], distribution: Distribution | None, *, starter: bool) -> Iterator[Diagnostic]:
    """What is to be said of the panels that nothing here judged."""
    silent = list(panels)
    missing = [panel for panel in silent if panel.shards]
    if missing:
        names = " ".join(sorted(panel.shards[panel.exact] for panel in missing))
        what = f"the advisories {names.replace(' ', ', ')} are not here; run: lading db update {names}"
        if starter:
            what = f"the starter set has nothing on {names.replace(' ', ', ')}; scan without --starter"
        yield _remark("incomplete", "advisories-missing", missing, what)
    for panel in silent:
        if panel.system and not panel.shards:
            code = "other-repositories" if panel.foreign else "distribution-unknown"
            yield _remark("incomplete", code, [panel], no_data(panel, distribution).note)
    nameless = [panel for panel in silent if not panel.shards and not panel.system]
    if nameless:
        yield _remark("warning", "no-upstream", nameless, _NO_UPSTREAM)


def _remark(level: Level, code: str, panels: list[Panel], why: str) -> Diagnostic:
    count = sum(len(panel.packages) for panel in panels)
    return Diagnostic(level, code, f"{packages_text(count)} not judged: {why}", "; ".join(one.kind for one in panels))


def packages_text(count: int) -> str:
    """ "1 package was" or "12 packages were"."""
    return "1 package was" if count == 1 else f"{count:,} packages were"


def _name(distribution: Distribution | None) -> str:
    return "the distribution" if distribution is None else distribution.pretty or distribution.id
