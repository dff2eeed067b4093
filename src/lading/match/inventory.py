"""From an inventory and the advisories at hand to findings, and what they rest on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec import Struct, structs

from lading.match.conditions import ImageContext
from lading.match.context import ReadFunctions, image_context
from lading.match.coverage import available, coverage_of, no_data, packages_text, unmatched
from lading.match.curated import Curated, curated
from lading.match.enrich import rated, records_coverage
from lading.match.exclusions import Exclusions, exclusion_of
from lading.match.further import further_of
from lading.match.groups import GROUPLESS, PART_OF, SYSTEM, UNPUBLISHED, PackageGroup, package_groups
from lading.match.keys import is_unreleased
from lading.match.ownership import standing_of
from lading.match.packages import finding_order, match_packages
from lading.match.standing import Standing
from lading.match.support import support_ended
from lading.model.advisory import NVD, Provenance, ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.names import advisory_name
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.properties import has_no_code, is_recovered, is_root, is_unpublished
from lading.model.report import IMAGE, Coverage


class MatchOptions(Struct, frozen=True):
    """`severity_order` names the sources whose severity counts before those of the default order; `starter` tells that
    the advisories are the built-in starter set. `read_functions` is what matching cannot do itself; `tables` stand in
    place of those that this version of Lading brings along."""

    read_functions: ReadFunctions
    severity_order: Sequence[str] = ()
    starter: bool = False
    tables: Curated | None = None

    @property
    def curated(self) -> Curated:
        return self.tables or curated()


class Matched(Struct, frozen=True):
    """What is known of an inventory, in the order of a report. Whatever could not be matched is an "incomplete"
    diagnostic. `packages` are the inventory's, with what their ownership rests on, without the programs that are the
    system package around them and matched with it."""

    packages: tuple[Package, ...]
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    diagnostics: tuple[Diagnostic, ...]


Matcher = Callable[[Image, Inventory, Iterable[Diagnostic], AdvisoryStore, MatchOptions], Matched]
"""What does as `match_inventory`."""


def match_inventory(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    options: MatchOptions,
) -> Matched:
    """Match an inventory against the advisories in a store. `diagnostics` are those of the stages before, which the
    result has too. Raises AdvisoryError when a shard is corrupt."""
    opened = open_inventory(image, inventory, store, options)
    parts = [match_group(group, opened) for group in opened.groups]
    findings = rated(list(_without_freed(opened.told(parts))), store, options.severity_order)
    return matched_of(opened, parts, sorted(findings, key=finding_order), diagnostics, options)


class Opened(Struct, frozen=True):
    """An inventory whose packages have what their ownership rests on, in groups, and what each of them is matched by.
    `recovered` are the package databases read from below the layer that took them away."""

    inventory: Inventory
    groups: tuple[PackageGroup, ...]
    store: AdvisoryStore
    context: ImageContext
    curated: Curated
    standing: Standing
    recovered: frozenset[str]

    def told(self, parts: Iterable["Part"]) -> list[Finding]:
        """The findings of the groups, without those that are known to be wrong or are the distribution's to decide."""
        return [
            finding
            for part in parts
            for finding in part.findings
            if not known_wrong(
                finding.package, (finding.id, *finding.aliases), finding.basis.shard, self.curated.exclusions
            )
            and not self.standing.decides(finding.package, (finding.id, *finding.aliases))
        ]


def open_inventory(image: Image, inventory: Inventory, store: AdvisoryStore, options: MatchOptions) -> Opened:
    """The first half of matching: what the packages are to the distribution, and which shards match them. Raises
    AdvisoryError."""
    context = image_context(image, inventory, store, options.curated, options.read_functions)
    standing = standing_of(inventory, store, context)
    inventory = structs.replace(inventory, packages=standing.applied(inventory.packages))
    groups = package_groups(inventory, standing)
    return Opened(inventory, groups, store, context, options.curated, standing, frozenset(inventory.recovered))


def matched_of(
    opened: Opened,
    parts: Sequence["Part"],
    findings: Iterable[Finding],
    diagnostics: Iterable[Diagnostic],
    options: MatchOptions,
) -> Matched:
    """What is known of an inventory, by what is known of its groups and the findings in their order. `diagnostics` as
    `match_inventory` has them."""
    inventory, every = opened.inventory, set(diagnostics)
    every.update(one for part in parts for one in part.diagnostics)
    without_data = [group for group, part in zip(opened.groups, parts, strict=True) if not part.has_data]
    every.update(unmatched(without_data, inventory.distribution, starter=options.starter))
    every.update(_diagnostics(inventory))
    if options.starter:
        every.add(_STARTER)
    coverage = [part.coverage for part in parts]
    owned = _owned(inventory, opened.standing)
    if owned is not None:
        coverage.append(owned)
    if any(row.sources for row in coverage):
        rows, missing = records_coverage(opened.store)
        coverage += rows
        every.update(missing)
    return Matched(inventory.packages, tuple(findings), tuple(coverage), tuple(sorted(every)))


def known_wrong(package: Package, names: Iterable[str], shard: str, exclusions: Exclusions) -> str:
    """Why an advisory of a shard on a vulnerability with these names is wrong about a package, "" when nothing says so.
    A distribution's own word stands."""
    if package.type in SYSTEM and shard != NVD:
        return ""
    found = exclusion_of(package, names, exclusions)
    return f"{found.reason} ({found.source})" if found else ""


def _without_freed(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings; what the vendor of the image states not to affect it affects none of the vendor's packages in it.
    Whoever builds on the image brings packages of others, of which nothing is said."""
    freed = {
        name: finding
        for finding in findings
        if finding.package.type == IMAGE_TYPE and finding.status == "not_affected"
        for name in (finding.id, *finding.aliases)
    }
    for finding in findings:
        names = (finding.id, *finding.aliases) if freed and finding.is_open else ()
        by = next((freed[name] for name in names if name in freed), None)
        if by is None or finding.package.type != "rpm":
            yield finding
        else:
            reason = f"{by.basis.shard} states that the image {by.package.name} is not affected"
            yield Finding(finding.id, finding.package, "not_affected", by.basis, aliases=finding.aliases, reason=reason)


IMAGE_TYPE = "oci"


class Part(Struct, frozen=True):
    """What is known of one group."""

    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    has_data: bool = True


class Some(Struct, frozen=True):
    """Those packages of a group that are to be matched, and the IDs of those of the others that cannot be compared."""

    packages: Sequence[Package]
    uncompared: frozenset[str] = frozenset()


def match_group(group: PackageGroup, case: Opened, some: Some | None = None) -> Part:
    """What is known of a group; with `some` of its packages, the findings of those alone. Raises AdvisoryError."""
    if group.kind.endswith(UNPUBLISHED):
        count = len(group.packages)
        return Part(
            Coverage(group.kind, count, count, "unpublished", note="no advisory is about what nobody published")
        )
    if PART_OF in group.kind:
        count = len(group.packages)
        return Part(Coverage(group.kind, count, count, "owned", note="matched with the program they are part of"))
    shards = available(group, case.store)
    if not shards:
        return Part(no_data(group, case.inventory.distribution), has_data=False)
    if group.kind == GROUPLESS:
        return _groupless(group, shards, case)
    further = further_of(group, case.store, case.curated)
    by_vendor = group.system or group.kind == IMAGE
    some = some or Some(group.packages)
    findings = match_packages(some.packages, shards, case.context, case.store, further, by_vendor=by_vendor)
    ended = support_ended(shards[0], case.inventory.distribution, case.store) if group.system else ""
    recovered = any(
        is_recovered(package) or any(location.path in case.recovered for location in package.locations)
        for package in group.packages
    )
    unknown = unreleased(group, shards, case.store)
    uncompared = some.uncompared | {finding.package.id for finding in findings if is_uncompared(finding)}
    matched = count_without(group.packages, unknown | uncompared)
    coverage = coverage_of(group, shards, matched, ended, recovered=recovered)
    diagnostics = [_end_of_life(group.kind, ended)] if ended else []
    if unknown:
        message = f"{packages_text(len(unknown))} not matched: built from a commit, without a version to compare"
        diagnostics.append(diagnostic("version-unknown", message, group.kind))
    if uncompared:
        message = f"{packages_text(len(uncompared))} not matched: the version cannot be compared with the advisories'"
        diagnostics.append(diagnostic("version-not-comparable", message, group.kind))
    return Part(coverage, tuple(findings), tuple(diagnostics))


def _groupless(group: PackageGroup, shards: Sequence[Provenance], case: Opened) -> Part:
    """Artifacts of no known group. An advisory can be about the own archive of an application only where one is about
    an artifact of its name; of others the name itself is in doubt, which most have from their file alone."""
    names = sorted({one.name for one in group.packages if is_root(one)})
    known = frozenset[str]().union(*(case.store.artifacts(ShardName(one.shard), names) for one in shards))
    doubtful = frozenset(one.id for one in group.packages if one.name in known or not is_root(one))
    coverage = coverage_of(group, shards, count_without(group.packages, doubtful), "", recovered=False)
    if not doubtful:
        return Part(coverage)
    why = "advisories name them by a group, which is not known"
    message = f"{packages_text(len(doubtful))} not matched: {why}"
    return Part(structs.replace(coverage, note=why), (), (diagnostic("group-unknown", message, group.kind),))


def count_without(packages: Sequence[Package], ids: Collection[str]) -> int:
    """How many packages there are besides those with these IDs."""
    return sum(package.id not in ids for package in packages) if ids else len(packages)


def unreleased(group: PackageGroup, shards: Sequence[Provenance], store: AdvisoryStore) -> frozenset[str]:
    """The IDs of packages that advisories speak of and that have no version to compare. One that none speaks of is as
    good as matched: whatever its version, there is nothing."""
    found = [(advisory_name(one.type, one.name), one.id) for one in group.packages if is_unreleased(one)]
    names = {name for name, _ in found}
    known = {name for shard in shards if names for name in store.advisories(ShardName(shard.shard), sorted(names))}
    return frozenset(id for name, id in found if name in known)


def _owned(inventory: Inventory, standing: Standing) -> Coverage | None:
    """The row of what is matched with the system package that it came in."""
    count = sum(package.id in standing.covered for package in inventory.packages if package.owner)
    if not count:
        return None
    return Coverage("in system packages", count, count, "owned", note="matched with the packages they came in")


def _end_of_life(kind: str, ended: str) -> Diagnostic:
    what = "vulnerabilities found since then are not in the data"
    message = f"support ended on {ended}: {what}; move to a supported release"
    return diagnostic("end-of-life", message, kind)


_STARTER = diagnostic(
    "starter-set",
    "matched against the built-in starter set: a few dozen famous vulnerabilities, not the full database",
)


def _diagnostics(inventory: Inventory) -> Iterator[Diagnostic]:
    if not inventory.packages:
        yield diagnostic("no-packages", "no packages were found, so nothing was matched")
    elif all(map(is_unpublished, inventory.packages)):
        yield diagnostic("no-packages", "no packages were found that a registry has, so nothing was matched")
    if inventory.unmanaged:
        count = len(inventory.unmanaged)
        subject = "1 program or archive belongs" if count == 1 else f"{count:,} programs and archives belong"
        message = f"{subject} to no package and could not be matched (lading packages --unmanaged IMAGE)"
        yield diagnostic("unmanaged-files", message)


def is_uncompared(finding: Finding) -> bool:
    """Whether nobody can tell if a package with code of its own is affected; copies go with the package around them."""
    package = finding.package
    return (
        finding.unresolved == "version"
        and finding.kind in ("vulnerability", "malware")
        and package.evidence != "bundled"
        and not has_no_code(package)
    )
