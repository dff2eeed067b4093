"""From an inventory and the advisories at hand to the report."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from lading import __version__
from lading.engine.curated import exclusions
from lading.match.conditions import ImageContext
from lading.match.context import image_context
from lading.match.coverage import coverage_of, no_data, packages_text, unmatched
from lading.match.enrich import facts_coverage, rated
from lading.match.exclusions import exclusion_of
from lading.match.families.alpine_unfixed import further_of
from lading.match.groups import NVD, SYSTEM, PackageGroup, covering_owners, package_groups
from lading.match.keys import is_unreleased
from lading.match.packages import finding_order, match_packages
from lading.match.support import support_ended
from lading.model.advisory import Provenance, ShardName, fallback_shard
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Coverage, Finding, Report
from lading.model.image import Image
from lading.model.package import Distribution, Inventory, Package
from lading.model.ports import AdvisoryStore

SCHEMA = "https://lading.dev/schema/report-1.json"


def match(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    *,
    starter: bool = False,
    severity_order: Sequence[str] = (),
) -> Report:
    """Match the inventory and say what was covered. `diagnostics` are those of the stages before, `severity_order`
    names the sources whose severity counts before those of the default order.

    Whatever could not be matched becomes an "incomplete" diagnostic. Raises AdvisoryError when a shard is corrupt.
    """
    remarks = set(diagnostics)
    context = image_context(image, inventory, store)
    case = _Case(inventory.distribution, store, context, frozenset(inventory.recovered))
    groups = package_groups(inventory)
    parts = [_match_group(group, case) for group in groups]
    found = [
        finding
        for part in parts
        for finding in part.findings
        if not known_wrong(finding.package, (finding.id, *finding.aliases), finding.shard)
    ]
    findings = rated(found, store, severity_order)
    remarks.update(remark for part in parts for remark in part.remarks)
    silent = [group for group, part in zip(groups, parts, strict=True) if part.silent]
    remarks.update(unmatched(silent, inventory.distribution, starter=starter))
    remarks.update(_remarks(inventory, findings))
    if starter:
        remarks.add(_STARTER)
    coverage = [row for part in parts for row in part.coverage]
    owners = covering_owners(inventory)
    owned = sum(package.owner in owners for package in inventory.packages)
    if owned:
        coverage.append(Coverage("in system packages", owned, "owned", note="matched with the packages they came in"))
    if any(row.shard for row in coverage):
        rows, missing = facts_coverage(store)
        coverage += rows
        remarks.update(missing)
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
        unmanaged=inventory.unmanaged,
    )


def known_wrong(package: Package, names: Iterable[str], shard: str) -> str:
    """Why an advisory of a shard on a vulnerability with these names is wrong about a package, "" when nothing says so.
    A distribution's own word stands."""
    if package.type in SYSTEM and shard != NVD:
        return ""
    found = exclusion_of(package, names, exclusions())
    return f"{found.reason} ({found.source})" if found else ""


class _Case(Struct, frozen=True):
    """What the packages of every kind are matched against. `recovered` are the package databases read from below the
    layer that took them away."""

    distribution: Distribution | None
    store: AdvisoryStore
    context: ImageContext
    recovered: frozenset[str]


class _Part(Struct, frozen=True):
    """The match of all packages of one kind; `silent` where nothing matched them."""

    coverage: tuple[Coverage, ...]
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()
    silent: bool = False


def _match_group(group: PackageGroup, case: _Case) -> _Part:
    held = _held(group, case.store)
    if not held:
        return _Part((no_data(group, case.distribution),), silent=True)
    findings = match_packages(group.packages, held, case.context, case.store, further_of(group, case.store))
    ended = support_ended(held[0], case.distribution, case.store) if group.system else ""
    below = any(location.path in case.recovered for package in group.packages for location in package.locations)
    coverage = tuple(coverage_of(group, shard, ended, recovered=below) for shard in held)
    remarks = (_end_of_life(group.kind, ended),) if ended else ()
    return _Part(coverage, tuple(findings), remarks)


def _held(group: PackageGroup, store: AdvisoryStore) -> list[Provenance]:
    """The provenances of a group's shards that are here; of the best one's fallback when it is the only one there."""
    found = [provenance for shard in group.shards if (provenance := store.provenance(shard)) is not None]
    if all(provenance.shard in group.shards[: group.exact] for provenance in found):
        found = []
    instead = fallback_shard(group.shards[0]) if group.shards and not found else None
    fallback = store.provenance(ShardName(instead)) if instead is not None else None
    return found if fallback is None else [fallback]


def _end_of_life(ecosystem: str, ended: str) -> Diagnostic:
    message = (
        f"support ended on {ended}: vulnerabilities found since then are not in the data; move to a supported release"
    )
    return Diagnostic("incomplete", "end-of-life", message, ecosystem)


_STARTER = Diagnostic(
    "warning",
    "starter-set",
    "matched against the built-in starter set: a few dozen famous vulnerabilities, not the full database",
)


def _remarks(inventory: Inventory, findings: list[Finding]) -> Iterable[Diagnostic]:
    if not inventory.packages:
        yield Diagnostic("incomplete", "no-packages", "no packages were found, so nothing was matched")
    if inventory.unmanaged:
        count = len(inventory.unmanaged)
        subject = "1 program or archive is" if count == 1 else f"{count:,} programs and archives are"
        message = f"{subject} accounted for by no package and could not be matched (lading packages --unmanaged IMAGE)"
        yield Diagnostic("warning", "unknown-programs", message)
    unreleased = sum(1 for package in inventory.packages if is_unreleased(package))
    if unreleased:
        message = f"{packages_text(unreleased)} not matched: Go programs built from a commit have no version to compare"
        yield Diagnostic("warning", "version-unknown", message)
    uncompared = {
        finding.package.purl
        for finding in findings
        if finding.status == "under_investigation" and not finding.hidden_reason
    }
    if uncompared:
        message = f"{packages_text(len(uncompared))} not matched: the version cannot be compared with the advisories'"
        yield Diagnostic("incomplete", "version-not-comparable", message)
