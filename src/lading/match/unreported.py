"""Why another scanner reports a vulnerability and we do not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from lading.match.conditions import is_on_platform
from lading.match.context import image_context
from lading.match.coverage import available, no_data
from lading.match.groups import PackageGroup, package_groups
from lading.match.identity import PackageIndex, is_version
from lading.match.inventory import MatchOptions, known_wrong
from lading.match.keys import is_unreleased
from lading.match.ownership import standing_of
from lading.match.weighing import Weighed, Weighing
from lading.model.advisory import NVD, Provenance, ShardName
from lading.model.comparison import Cause, Difference
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding, HiddenReason
from lading.model.foreign import ForeignPackage, ForeignRow
from lading.model.image import Image
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.properties import bundled_in


class OurSide:
    """An image's packages, findings and advisories, to be asked about one row after the other. `asked` are all names of
    vulnerabilities that may be asked about."""

    def __init__(
        self,
        image: Image,
        inventory: Inventory,
        findings: Iterable[Finding],
        store: AdvisoryStore,
        options: MatchOptions,
        *,
        diagnostics: Iterable[Diagnostic] = (),
        asked: Iterable[str] = (),
    ) -> None:
        self.context = image_context(image, inventory, store, options.curated, options.read_functions)
        self._standing = standing_of(inventory, store, self.context)
        self.inventory = structs.replace(inventory, packages=self._standing.applied(inventory.packages))
        self.store = store
        self.diagnostics = tuple(diagnostics)
        self.exclusions = options.curated.exclusions
        self._asked = frozenset(asked)
        self._findings: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            if finding.is_open:
                self._findings[finding.package.id].append(finding)
        groups = [*package_groups(self.inventory, self._standing)]
        groups += package_groups(self.inventory, self._standing, owned=True)
        self._group_of = {package.id: place for place, group in enumerate(groups) for package in group.packages}
        self._groups = groups
        self._weighings: dict[int, Weighing] = {}
        self._elsewhere: dict[str, dict[str, frozenset[str]]] = {}
        self.index = PackageIndex(package for group in groups for package in group.packages)

    def is_decided(self, package: Package, names: Iterable[str]) -> bool:
        """Whether a package takes its status on a vulnerability with these names from the one that it came in."""
        is_covered = bool(package.owner) and package.id in self._standing.covered
        return is_covered or self._standing.decides(package, names)

    def by_purl(self, purl: str) -> Package | None:
        """The package of a package URL."""
        return next((one for one in self.inventory.packages if one.purl == purl), None)

    def findings_of(self, row: ForeignRow) -> list[Finding]:
        """What we have of a row, under whatever name; the packages that it means may be several."""
        found = []
        for package in self.index.named(row.package):
            if is_version(package, row.package.version):
                found += self._in_package(package, row)
        return found

    def _in_package(self, package: Package, row: ForeignRow) -> list[Finding]:
        held = self._findings.get(package.id, [])
        found = [one for one in held if not row.names.isdisjoint((one.id, *one.aliases, *one.notices))]
        if found or not held:
            return found
        known = {name for one in self.weigh(package, row.names) for name in (one.advisory.id, *one.advisory.aliases)}
        return [one for one in held if not known.isdisjoint((one.id, *one.aliases))]

    def group(self, package: Package) -> PackageGroup:
        """The kind of package that it is."""
        return self._groups[self._group_of[package.id]]

    def weigh(self, package: Package, names: Iterable[str]) -> list[Weighed]:
        """What the advisories at hand say of a package about a vulnerability, the best source first."""
        return self._weighing(package).weigh(package, frozenset(names))

    def shards(self, package: Package) -> tuple[Provenance, ...]:
        """What a package is matched against, the best first."""
        return self._weighing(package).shards

    def elsewhere(self, shard: str, names: Iterable[str]) -> list[str]:
        """The packages in which a shard knows a vulnerability that may be asked about, sorted."""
        if shard not in self._elsewhere:
            packages: dict[str, set[str]] = defaultdict(set)
            for package, advisories in self.store.mentions(ShardName(shard), self._asked).items():
                for one in advisories:
                    for name in (one.id, one.note, *one.aliases):
                        packages[name].add(package)
            self._elsewhere[shard] = {name: frozenset(held) for name, held in packages.items()}
        known = self._elsewhere[shard]
        return sorted({package for name in names for package in known.get(name, ())})

    def _weighing(self, package: Package) -> Weighing:
        place = self._group_of[package.id]
        if place not in self._weighings:
            group = self._groups[place]
            shards = available(group, self.store)
            self._weighings[place] = Weighing(group.packages, shards, self.context, self.store)
        return self._weighings[place]


def why_not_ours(row: ForeignRow, ours: OurSide) -> Difference:
    """Why a row of a report is none of our findings."""
    named = ours.index.named(row.package)
    if not named:
        return _difference(row, "package-not-found", _not_found(row, ours))
    same = [one for one in named if is_version(one, row.package.version)]
    if not same:
        versions = sorted({one.version for one in named})
        where = _place(named[0]) if len(named) == 1 else ""
        why = f"the image has {named[0].name} {_listed(versions)}{where}, not {row.package.version}"
        return _difference(row, "version-differs", why)
    answers = [_answer(row, package, ours) for package in same]
    return min(answers, key=lambda one: _WEAK.index(one.cause) + 1 if one.cause in _WEAK else 0)


def why_hidden(row: ForeignRow, found: Sequence[Finding]) -> Difference | None:
    """Why a row that we have is not among what people see, None when it is."""
    if any(not one.hidden_reason and not one.suppressions for one in found):
        return None
    one = found[0]
    basis = one.basis
    if one.suppressions:
        said = one.suppressions[0]
        why = f"it is here, and taken out by {said.source} {said.where}".rstrip()
        why += f": {said.reason}" if said.reason else ""
        return _difference(row, "suppressed", why, basis.shard, basis.advisory)
    cause, why = hidden_text(one)
    return _difference(row, cause, f"it is here, and hidden by default: {why}", basis.shard, basis.advisory)


def hidden_text(finding: Finding) -> tuple[Cause, str]:
    """The cause and the words for why a finding is hidden by default."""
    cause, text = _HIDDEN[finding.hidden_reason or "under_investigation"]
    return cause, text.format(shard=finding.basis.shard, copy=bundled_in(finding.package) or "another package")


_HIDDEN: Final[dict[HiddenReason, tuple[Cause, str]]] = {
    "minor": ("distribution", "{shard} calls it minor, and no advisory will be issued"),
    "deferred": ("distribution", "{shard} says that the fix is deferred"),
    "wont_fix": ("distribution", "{shard} says that it will not be fixed"),
    "negligible": ("hidden", "it is negligible, and there is no fix"),
    "kernel_headers": ("kernel-headers", "the package is built from the kernel's source and holds no kernel"),
    "no_code": ("hidden", "the package holds no code"),
    "bundled": ("hidden", "it is a copy inside {copy}, which is what can be upgraded"),
    "informational": ("kind", "it is a remark on the package, not a vulnerability"),
    "under_investigation": ("undecided", "{shard} has not decided yet whether it is affected"),
}
_WEAK: Final[tuple[Cause, ...]] = (
    "other-build", "other-package", "withdrawn", "not-in-data", "no-data", "not-covered",
)  # fmt: skip
"""What says little about a row that another package of the same name has a better answer to, the better first."""
_MOST: Final = 3


def _answer(row: ForeignRow, package: Package, ours: OurSide) -> Difference:
    if ours.is_decided(package, row.names):
        return _owned(row, package, ours)
    if is_unreleased(package):
        version = package.version or "none"
        why = f"it is a program built from a commit: no range can hold its version ({version})"
        return _difference(row, "version-unknown", why)
    weighed = ours.weigh(package, row.names)
    if not weighed:
        return _unknown(row, package, ours)
    return _decided(row, package, weighed, ours)


def _decided(row: ForeignRow, package: Package, weighed: Sequence[Weighed], ours: OurSide) -> Difference:
    is_system = ours.group(package).system
    speaking = [one for one in weighed if one.match is not None]
    if not speaking:
        return _by(row, "other-build", weighed[0], ours)
    free = [one for one in speaking if one.outcome == "not_affected"]
    held = [one for one in speaking if one.outcome != "not_affected"]
    for one in held:
        names = (one.advisory.id, *one.advisory.aliases)
        if wrong := known_wrong(package, names, one.shard.name, ours.exclusions):
            return _by(row, "excluded", one, ours, f"known to be wrong about it: {wrong}")
    if not free:
        return _by(row, "distribution" if is_system else "overridden", held[0], ours, _OWN_STREAM)
    best = min(free, key=lambda one: (one.shard.rank, not (one.match and one.match.reason)))
    cause: Cause = "distribution" if is_system else "range"
    if best.match is not None and best.match.reason and best.advisory.condition is not None:
        cause = "function" if is_on_platform(best.advisory.condition, ours.context) else "other-build"
    difference = _by(row, cause, best, ours)
    worse = [one for one in held if one.shard.rank > best.shard.rank]
    if not worse:
        return difference
    over = f"; {worse[0].shard.name} {worse[0].advisory.id} says otherwise, and comes after it"
    return structs.replace(difference, why=difference.why + over)


_OWN_STREAM: Final = "it has the fix of its own minor release"


def _by(row: ForeignRow, cause: Cause, one: Weighed, ours: OurSide, said: str = "") -> Difference:
    """The difference that one advisory makes."""
    note = f" ({one.advisory.note})" if one.advisory.note else ""
    why = f"{_dated(one.shard.name, ours)}, {one.advisory.id}{note}: {said or one.compared}"
    return _difference(row, cause, why, one.shard.name, one.advisory.id)


def _owned(row: ForeignRow, package: Package, ours: OurSide) -> Difference:
    """What came in a distribution's package is matched with that one."""
    owner = ours.by_purl(package.owner)
    lead = f"it came in {package.owner}, and is matched with it"
    if owner is None or not ours.shards(owner):
        return _difference(row, "distribution", lead)
    weighed = ours.weigh(owner, row.names)
    if not weighed:
        shard = ours.shards(owner)[0].shard
        return _difference(row, "distribution", f"{lead}: {_dated(shard, ours)} has nothing on {row.id} there", shard)
    by = _by(row, "distribution", weighed[0], ours)
    return structs.replace(by, why=f"{lead}: {by.why}")


def _unknown(row: ForeignRow, package: Package, ours: OurSide) -> Difference:
    """Nothing at hand says anything about the vulnerability in the package."""
    group, shards = ours.group(package), ours.shards(package)
    if not shards:
        note = no_data(group, ours.inventory.distribution).note
        return _difference(row, "no-data" if group.shards else "not-covered", note)
    if row.withdrawn:
        return _difference(row, "withdrawn", f"the report itself calls {row.id} withdrawn, and no shard has it")
    nvd = ours.store.records(sorted(row.names)).nvd
    rejected = [id for id, one in nvd.items() if one.status == "Rejected"]
    if rejected:
        return _difference(row, "withdrawn", f"the NVD has rejected {rejected[0]}", NVD)
    for shard in shards:
        if elsewhere := ours.elsewhere(shard.shard, row.names):
            why = f"{_dated(shard.shard, ours)} has {row.id} in {_listed(elsewhere)}, not in {package.name}"
            return _difference(row, "other-package", why, shard.shard)
    asked = " or ".join(_dated(one.shard, ours) for one in shards)
    why = f"{row.id} is not in {asked}"
    newer = _year(row) > max(_date(one)[:4] for one in shards)
    return _difference(row, "not-in-data", f"{why}, which may be older" if newer else why, shards[0].shard)


def _year(row: ForeignRow) -> str:
    years = [name.split("-")[1] for name in row.names if name.startswith(("CVE-", "GO-", "PYSEC-", "RUSTSEC-"))]
    return max((year for year in years if len(year) == 4 and year.isdecimal()), default="")


def _not_found(row: ForeignRow, ours: OurSide) -> str:
    package = row.package
    what = f"no {package.type} package {package.name}".replace("  ", " ")
    paths = set(row.paths)
    for unmanaged in ours.inventory.unmanaged:
        if unmanaged.path in paths:
            return f"{what} is found; /{unmanaged.path} is a file of no package ({unmanaged.kind})"
    for one in ours.diagnostics:
        if one.where and one.where.removeprefix("/") in paths:
            return f"{what} is found; of /{one.where.removeprefix('/')}: {one.message}"
    if package.type == "maven":
        # Scanners guess the group where an archive does not tell it.
        alike = ours.index.named(ForeignPackage(package.type, package.name.rpartition(":")[2]))
        if alike:
            return f"{what} is found; the image has {alike[0].name} {alike[0].version}"
    locked = [path for path in row.paths if path.rpartition("/")[2] in _LOCK_FILES]
    if locked:
        return f"{what} is installed; /{locked[0]} asks for it, which is only read with --lock-files"
    stored = [path for path in row.paths if path.endswith(_ARCHIVES)]
    if stored:
        return f"{what} is installed; /{stored[0]} is an archive that one could be installed from"
    place = f" (the report has it from /{row.paths[0]})" if row.paths else ""
    return f"{what} is found in the image{place}"


_ARCHIVES: Final = (".apk", ".conda", ".crate", ".deb", ".gem", ".nupkg", ".rpm", ".tgz", ".whl")
_LOCK_FILES: Final = frozenset(
    {
        "Cargo.lock", "Cargo.toml", "Gemfile.lock", "Pipfile.lock", "Podfile.lock", "bun.lock", "build.sbt.lock",
        "composer.json", "composer.lock", "conan.lock", "go.mod", "go.sum", "gradle.lockfile", "mix.lock",
        "package-lock.json", "packages.config", "packages.lock.json", "pdm.lock", "pnpm-lock.yaml",
        "poetry.lock", "pom.xml", "pubspec.lock", "pylock.toml", "requirements.txt", "uv.lock", "yarn.lock",
    }
)  # fmt: skip


def _place(package: Package) -> str:
    return f" (/{package.locations[0].path})" if package.locations else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def _dated(shard: str, ours: OurSide) -> str:
    held = ours.store.provenance(ShardName(shard))
    if held is None:
        return shard
    return f"{shard} of {_date(held)}" if held.upstream_date else f"{shard} as compared on {_date(held)}"


def _date(shard: Provenance) -> str:
    return (shard.upstream_date or shard.built)[:10]


def _difference(row: ForeignRow, cause: Cause, why: str, shard: str = "", advisory: str = "") -> Difference:
    return Difference(
        side="report",
        cause=cause,
        package=row.package,
        id=row.id,
        why=why,
        aliases=row.aliases,
        paths=row.paths,
        severity=row.severity,
        fixed_version=row.fixed_version,
        source=row.source,
        shard=shard,
        advisory=advisory,
    )
