"""What was judged by what, and what was not."""

from collections.abc import Iterable

from lading.engine.plan import Panel
from lading.model.advisory import Provenance
from lading.model.diagnostic import Diagnostic
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


def no_data(panel: Panel, distribution: Distribution | None, *, starter: bool) -> tuple[Coverage, Diagnostic | None]:
    """The row of packages that nothing here judges, and what to say about it."""
    count = len(panel.packages)
    if panel.shards:
        shard = panel.shards[0]
        what = f"the advisories {shard} are not here; run: lading db update {shard}"
        if starter:
            what = f"the starter set has nothing on {shard}; scan without --starter"
        remark = Diagnostic(
            "incomplete", "advisories-missing", f"{packages_text(count)} not judged: {what}", panel.kind
        )
        return Coverage(panel.kind, count, "no-data", note=f"{shard} is not here"), remark
    if panel.foreign:
        known = f"from other repositories than {_name(distribution)}'s own"
        remark = Diagnostic(
            "incomplete", "other-repositories", f"{packages_text(count)} not judged: {known}", panel.kind
        )
        return Coverage(panel.kind, count, "no-data", note=known), remark
    if panel.system:
        known = f"Lading has no advisories for {_name(distribution)}"
        if distribution is None:
            known = "no os-release says which distribution they belong to"
        remark = Diagnostic(
            "incomplete", "distribution-unknown", f"{packages_text(count)} not judged: {known}", panel.kind
        )
        return Coverage(panel.kind, count, "no-data", note=known), remark
    return Coverage(panel.kind, count, "no-data", note=_NO_UPSTREAM), None


_NO_UPSTREAM = "no upstream publishes advisories"


def unmatched(panels: Iterable[Panel]) -> Iterable[Diagnostic]:
    """One remark for all kinds of packages that no upstream speaks of."""
    rows = [panel for panel in panels if not panel.shards and not panel.system]
    if rows:
        kinds = ", ".join(panel.kind for panel in rows)
        count = sum(len(panel.packages) for panel in rows)
        message = f"{packages_text(count)} not judged: no upstream publishes advisories for {kinds}"
        yield Diagnostic("warning", "no-upstream", message)


def packages_text(count: int) -> str:
    """ "1 package was" or "12 packages were"."""
    return "1 package was" if count == 1 else f"{count} packages were"


def _name(distribution: Distribution | None) -> str:
    return "the distribution" if distribution is None else distribution.pretty or distribution.id
