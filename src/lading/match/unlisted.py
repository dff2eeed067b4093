"""Why we report a vulnerability and another scanner does not, as far as its report tells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lading.match.groups import SYSTEM
from lading.match.identity import is_version
from lading.match.unreported import OurSide, hidden_text
from lading.model.advisory import ShardName, text_about
from lading.model.comparison import Cause, Difference
from lading.model.finding import Finding
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow
from lading.model.golang import is_release
from lading.model.names import advisory_name
from lading.model.package import Package

_Key = tuple[str, str]


class ReportSide:
    """A report to be asked about our findings. `rows` are its rows, `sources` by package type the shards that
    speak for each row that we have too."""

    def __init__(
        self, report: ForeignReport, rows: Sequence[ForeignRow], sources: Mapping[str, set[frozenset[str]]]
    ) -> None:
        self.report = report
        self.sources = sources
        self.counted = [row for row in rows if not row.left_out]
        self._rows: dict[_Key, list[ForeignRow]] = defaultdict(list)
        for row in rows:
            self._rows[_key(row.package)].append(row)
        seen: dict[_Key, set[str]] = defaultdict(set)
        for one in report.packages or ():
            seen[_key(one)].add(one.version)
        self._seen = seen if report.packages is not None else None
        self._named: dict[str, list[ForeignRow]] = defaultdict(list)
        for row in self.counted:
            for name in row.names:
                self._named[name].append(row)

    def rows_of(self, package: Package) -> list[ForeignRow]:
        """The rows about a package of this name, of whatever version."""
        return [row for key in _keys(package) for row in self._rows.get(key, ())]

    def versions_of(self, package: Package) -> set[str] | None:
        """The versions at which the report has a package; None when it has none of this name and does not list those
        without a vulnerability."""
        versions = {row.package.version for row in self.rows_of(package)}
        if self._seen is None:
            return versions or None
        return versions.union(*(self._seen.get(key, ()) for key in _keys(package)))

    def alike(self, package: Package) -> str:
        """A package that differs in the group alone, which scanners guess where an archive does not tell it."""
        artifact = package.name.rpartition(":")[2]
        found = (one for one in self.report.packages or () if one.type == package.type == "maven")
        same = {f"{one.name} {one.version}" for one in found if one.name.rpartition(":")[2] == artifact}
        return min(same, default="")

    def rows_naming(self, names: Iterable[str]) -> list[ForeignRow]:
        """The rows about a vulnerability, in whatever package."""
        return [row for name in names for row in self._named.get(name, ())]


def why_not_theirs(members: Sequence[Finding], theirs: ReportSide, ours: OurSide) -> Difference:
    """Why no row of a report is one of ours; `members` are the findings of our row, of one package at one version."""
    finding = next((one for one in members if not one.hidden_reason), members[0])
    cause, why = (
        _left_out(finding, theirs)
        or _of_another_kind(finding, theirs)
        or _package(finding, theirs)
        or _asked_for(finding, theirs)
        or _newer(finding, theirs, ours)
        or _source(finding, theirs, ours)
        or _silent(finding, theirs, ours)
    )
    package = finding.package
    return Difference(
        side="lading",
        cause=cause,
        package=ForeignPackage(package.type, package.name, package.version),
        id=finding.id,
        why=why,
        aliases=finding.aliases,
        paths=tuple(dict.fromkeys(location.path for one in members for location in one.package.locations)),
        severity=finding.severity.label,
        fixed_version=finding.fixed_version,
        shard=finding.basis.shard,
        advisory=finding.basis.advisory,
    )


_Answer = tuple[Cause, str]
_ENOUGH: Final = 20
"""So many rows that all have a fix were asked for, and are no accident."""


def _left_out(finding: Finding, theirs: ReportSide) -> _Answer | None:
    names = {finding.id, *finding.aliases, *finding.notices}
    for row in theirs.rows_of(finding.package):
        if row.left_out and not names.isdisjoint(row.names) and is_version(finding.package, row.package.version):
            return "left-out", f"the report leaves it out: {row.left_out}"
    return None


def _of_another_kind(finding: Finding, theirs: ReportSide) -> _Answer | None:
    if finding.kind != "vulnerability":
        return "kind", f"it is no vulnerability ({finding.kind}), which the report does not tell of"
    if finding.hidden_reason:
        cause, why = hidden_text(finding)
        unseen = _package(finding, theirs)
        return cause, f"it is hidden by default here: {why}{f'; {unseen[1]}' if unseen is not None else ''}"
    if finding.status == "under_investigation":
        return "undecided", f"it is an open question here: {finding.reason}"
    return None


def _package(finding: Finding, theirs: ReportSide) -> _Answer | None:
    package = finding.package
    versions = theirs.versions_of(package)
    if versions is None or any(is_version(package, one) for one in versions):
        return None
    if versions:
        return "version-differs", f"the report has {package.name} {', '.join(sorted(versions)[:3])} alone"
    if alike := theirs.alike(package):
        return "package-not-listed", f"the report has no {package.name}, but calls something alike {alike}"
    place = f" (/{package.locations[0].path})" if package.locations else ""
    return "package-not-listed", f"the report lists the packages it saw, and {package.name}{place} is none of them"


def _asked_for(finding: Finding, theirs: ReportSide) -> _Answer | None:
    if finding.fixed_version:
        return None
    if theirs.report.only_fixed:
        return "no-fix", "there is no fix, and the report was made of what has one alone"
    if len(theirs.counted) >= _ENOUGH and all(row.fixed_version for row in theirs.counted):
        return "no-fix", "there is no fix, and every row of the report has one"
    return None


def _newer(finding: Finding, theirs: ReportSide, ours: OurSide) -> _Answer | None:
    created = theirs.report.created[:10]
    basis = finding.basis
    texts = ours.store.texts(ShardName(basis.shard), [basis.advisory]).get(basis.advisory, ()) if created else ()
    text = text_about(basis.name, next(iter(finding.notices), ""), texts)
    if text is not None and text.published[:10] > created:
        return "newer", f"{basis.advisory} was published on {text.published[:10]}, the report was made on {created}"
    return None


def _source(finding: Finding, theirs: ReportSide, ours: OurSide) -> _Answer | None:
    """Whether the sources that speak for a finding are ones that the report shows no sign of."""
    type = finding.package.type
    known = shards_of(finding, ours)
    shared = theirs.sources.get(type)
    if not shared or not all(one - known for one in shared):
        return None
    named = sorted({row.source for row in theirs.counted if row.package.type == type and row.source})
    rest = f" (they name {', '.join(named[:3])})" if named else ""
    alone = f"{' and '.join(sorted(known))} alone {'has' if len(known) == 1 else 'have'} it"
    return "other-source", f"{alone}, which the report needs for none of its rows on {type} packages{rest}"


def shards_of(finding: Finding, ours: OurSide) -> frozenset[str]:
    """The shards that speak for a finding."""
    weighed = ours.weigh(finding.package, (finding.id, *finding.aliases))
    speaking = {one.shard.name for one in weighed if one.outcome in ("affected", "under_investigation")}
    return frozenset(speaking | {finding.basis.shard})


def _silent(finding: Finding, theirs: ReportSide, ours: OurSide) -> _Answer:
    package = finding.package
    if theirs.versions_of(package) is None:
        why = f"no row of the report is about {package.name}, and it does not list packages without a vulnerability"
        return "package-not-listed", why
    if not any(row.package.type in (package.type, "") for row in theirs.counted):
        count = sum(one.type == package.type for one in theirs.report.packages or ())
        return "no-data", f"the report has {count:,} {package.type} packages, and no row about any of them"
    by = _basis(finding, ours)
    if package.type == "golang" and _is_commit(package.version) and not any(map(_holds_commit, theirs.counted)):
        why = "holds no version that is a commit's against a range that ends with a release"
        return "range", f"the report {why}; here by {by}"
    elsewhere = theirs.rows_naming((finding.id, *finding.aliases))
    own = {id(row) for row in theirs.rows_of(package)}
    if others := sorted({f"{row.package.name} {row.package.version}" for row in elsewhere if id(row) not in own}):
        return "other-package", f"the report has it in {', '.join(others[:3])} alone; here by {by}"
    if elsewhere:
        versions = ", ".join(sorted({row.package.version for row in elsewhere})[:3])
        return "range", f"the report has it in {package.name} {versions}, and not in {package.version}; here by {by}"
    return "not-in-report", f"the report has {package.name} and says nothing of it; here by {by}"


def _is_commit(version: str) -> bool:
    return bool(version) and not is_release(version)


def _holds_commit(row: ForeignRow) -> bool:
    """Whether a Go pseudo-version was compared with a release. Rules that keep pre-releases out of the ranges of
    releases never do."""
    return row.package.type == "golang" and _is_commit(row.package.version) and is_release(row.fixed_version)


def _basis(finding: Finding, ours: OurSide) -> str:
    basis = finding.basis
    weighed = ours.weigh(finding.package, (finding.id, *finding.aliases))
    said = (one.compared for one in weighed if (one.shard.name, one.advisory.id) == (basis.shard, basis.advisory))
    compared = next(said, "")
    return f"{basis.shard} {basis.advisory}{f': {compared}' if compared else ''}"


def _keys(package: Package) -> list[_Key]:
    names = {package.name, package.source} if package.type in SYSTEM else {package.name}
    keys = [(package.type, advisory_name(package.type, name)) for name in sorted(names) if name]
    if package.type == "maven":
        keys.append((package.type, package.name.rpartition(":")[2]))
    return [*keys, *(("", name) for _, name in keys)]


def _key(package: ForeignPackage) -> _Key:
    return package.type, advisory_name(package.type, package.name)
