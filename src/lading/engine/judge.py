"""From an inventory and the advisories at hand to the report."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from lading import __version__
from lading.engine.plan import KEV, shard_of
from lading.engine.support import support_ended
from lading.match.packages import finding_order, match_packages
from lading.model.advisory import Provenance, ShardName, fallback_shard
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Coverage, Finding, Report
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Distribution, Inventory, Package
from lading.model.ports import AdvisoryStore

SCHEMA = "https://lading.dev/schema/report-1.json"
_RECOVERED = ("package-database-deleted", "package-database-emptied")
"""Codes of the diagnostics that say a package list was read from below the layer that took it away."""


def judge(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    *,
    starter: bool = False,
) -> Report:
    """Match the inventory and say what was covered. `diagnostics` are those of the stages before.

    Whatever could not be judged becomes an "incomplete" diagnostic. Raises AdvisoryError when a shard is corrupt.
    """
    by_type: dict[str, list[Package]] = defaultdict(list)
    owned = 0
    for package in inventory.packages:
        if package.owner:
            owned += 1
        else:
            by_type[package.type].append(package)
    remarks = set(diagnostics)
    recovered = frozenset(remark.where for remark in remarks if remark.code in _RECOVERED)
    case = _Case(inventory.distribution, store, recovered, starter)
    parts = [_judge_type(by_type[name], case) for name in sorted(by_type)]
    findings = [finding for part in parts for finding in part.findings]
    remarks.update(remark for part in parts for remark in part.remarks)
    remarks.update(_remarks(inventory, findings))
    if starter:
        remarks.add(_STARTER)
    coverage = [part.coverage for part in parts]
    if owned:
        coverage.append(Coverage("in system packages", owned, "owned", note="judged with the packages they came in"))
    remarks.update(_unmatched(parts))
    if any(row.shard for row in coverage):
        exploited = _exploited_coverage(store)
        coverage.append(exploited)
        if exploited.status == "no-data":
            remarks.add(_NO_KEV)
    return Report(
        schema=SCHEMA,
        tool=f"lading {__version__}",
        image=image,
        distribution=inventory.distribution,
        packages=len(inventory.packages),
        findings=tuple(sorted(findings, key=finding_order)),
        coverage=tuple(coverage),
        diagnostics=tuple(sorted(remarks)),
        starter=starter,
        unknowns=inventory.unknowns,
    )


class _Case(Struct, frozen=True):
    """What the packages of every type are judged by. `recovered` are the package databases read from below the layer
    that took them away."""

    distribution: Distribution | None
    store: AdvisoryStore
    recovered: frozenset[str]
    starter: bool


class _Part(Struct, frozen=True):
    """The judgement of all packages of one type."""

    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()


def _judge_type(packages: list[Package], case: _Case) -> _Part:
    type = packages[0].type
    if type not in DISTRIBUTED:
        return _Part(Coverage(type, len(packages), "no-data", note=_NOT_MATCHED))
    ecosystem = _ecosystem(type, case.distribution)
    shard = shard_of(type, case.distribution)
    if shard is None:
        return _unknown(ecosystem, len(packages), case.distribution)
    provenance = case.store.provenance(shard)
    instead = fallback_shard(shard)
    if provenance is None and instead is not None:
        provenance = case.store.provenance(instead)
    if provenance is None:
        return _no_data(ecosystem, len(packages), shard, case.starter)
    ended = support_ended(provenance)
    below = any(location.path in case.recovered for package in packages for location in package.locations)
    coverage = Coverage(
        ecosystem=ecosystem,
        packages=len(packages),
        status="stale" if ended else "recovered" if below else "matched",
        shard=provenance.shard,
        date=_date(provenance),
        digest=provenance.digest,
        note=f"out of support since {ended}" if ended else "",
    )
    remarks = (_end_of_life(ecosystem, ended),) if ended else ()
    return _Part(
        coverage, match_packages(packages, ShardName(provenance.shard), provenance.scheme, case.store), remarks
    )


_NOT_MATCHED = "not matched with advisories yet"


def _unmatched(parts: Iterable[_Part]) -> Iterable[Diagnostic]:
    """One remark for all kinds of packages that this version does not match."""
    rows = [part.coverage for part in parts if part.coverage.note == _NOT_MATCHED]
    if rows:
        kinds = ", ".join(row.ecosystem for row in rows)
        count = sum(row.packages for row in rows)
        message = f"{_packages(count)} not judged: this version of Lading matches no advisories for {kinds}"
        yield Diagnostic("incomplete", "ecosystem-not-matched", message)


def _unknown(ecosystem: str, count: int, distribution: Distribution | None) -> _Part:
    if distribution is None:
        known = "no os-release says which distribution they belong to"
    else:
        known = f"Lading has no advisories for {distribution.pretty or distribution.id}"
    message = f"{_packages(count)} not judged: {known}"
    remark = Diagnostic("incomplete", "distribution-unknown", message, ecosystem)
    return _Part(Coverage(ecosystem, count, "no-data", note=known), remarks=(remark,))


def _no_data(ecosystem: str, count: int, shard: ShardName, starter: bool) -> _Part:
    if starter:
        what = f"the starter set has nothing on {shard}; scan without --starter"
    else:
        what = f"the advisories {shard} are not here; run: lading db update {shard}"
    remark = Diagnostic("incomplete", "advisories-missing", f"{_packages(count)} not judged: {what}", ecosystem)
    return _Part(Coverage(ecosystem, count, "no-data", note=f"{shard} is not here"), remarks=(remark,))


def _end_of_life(ecosystem: str, ended: str) -> Diagnostic:
    message = f"support ended on {ended}: flaws found since then are not in the data; move to a supported release"
    return Diagnostic("incomplete", "end-of-life", message, ecosystem)


_NO_KEV = Diagnostic(
    "warning",
    "advisories-missing",
    "which flaws are known to be exploited is not shown: the catalogue kev is not here; run: lading db update kev",
    "known exploited",
)

_STARTER = Diagnostic(
    "warning", "starter-set", "judged by the built-in starter set: a few dozen famous flaws, not the full database"
)


def _exploited_coverage(store: AdvisoryStore) -> Coverage:
    provenance = store.provenance(KEV)
    if provenance is None:
        return Coverage("known exploited", 0, "no-data", note="kev is not here")
    return Coverage("known exploited", 0, "matched", KEV, _date(provenance), provenance.digest)


def _remarks(inventory: Inventory, findings: list[Finding]) -> Iterable[Diagnostic]:
    if not inventory.packages:
        yield Diagnostic("incomplete", "no-packages", "no packages were found, so nothing was judged")
    if inventory.unknowns:
        count = len(inventory.unknowns)
        subject = "1 program or archive is" if count == 1 else f"{count:,} programs and archives are"
        message = f"{subject} accounted for by no package and could not be judged (lading packages --unknowns IMAGE)"
        yield Diagnostic("warning", "unknown-programs", message)
    uncompared = {
        finding.package.purl for finding in findings if finding.verdict == "undetermined" and not finding.quiet
    }
    if uncompared:
        message = f"{_packages(len(uncompared))} not judged: the version cannot be compared with the advisories'"
        yield Diagnostic("incomplete", "version-not-comparable", message)


def _packages(count: int) -> str:
    return "1 package was" if count == 1 else f"{count} packages were"


def _ecosystem(package_type: str, distribution: Distribution | None) -> str:
    if distribution is None:
        return package_type
    return " ".join(part for part in (package_type, distribution.id, distribution.version_id) if part)


def _date(provenance: Provenance) -> str:
    return (provenance.upstream_date or provenance.built)[:10]
