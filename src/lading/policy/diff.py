"""In what two results differ, row by row, and what made it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, get_args

from lading.model.changes import (
    FieldChange,
    PackageChange,
    PackageChangeKind,
    ResultChanges,
    ResultSide,
    RowChange,
    RowChangeKind,
)
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.package import Package
from lading.model.report import Report, Target
from lading.model.rows import worst_of
from lading.policy.causes import Cause, Side, why_changed, why_gone, why_new
from lading.policy.coverage import gaps_in
from lading.policy.issue_changes import issue_changes
from lading.policy.known import BASELINE, FindingIndex, GapIndex, Row, counts
from lading.versions.extremes import newest
from lading.versions.schemes import compare

_KINDS: Final[tuple[RowChangeKind, ...]] = get_args(RowChangeKind)


def diff(old: Report, new: Report) -> ResultChanges:
    """What was introduced, fixed and changed from one result to another, each with its cause. Rows go by their
    fingerprints, packages by type and name. Of several images in a report each is compared with the one of its platform
    in the other."""
    sides = list(_pairs(old, new))
    rows: list[RowChange] = []
    same = 0
    for before, after in sides:
        changed, unchanged = _rows(before, after)
        rows += changed
        same += unchanged
    first, second = sides[0]
    checked = [issue_changes(before, after) for before, after in sides]
    return ResultChanges(
        old=_summary(old, first),
        new=_summary(new, second),
        rows=tuple(sorted(rows, key=lambda one: _KINDS.index(one.kind))),
        same=same,
        packages=tuple(sorted(one for before, after in sides for one in _packages(before.target, after.target))),
        new_gaps=tuple(gap for before, after in sides for gap in _gaps(before.target, after.target)),
        closed_gaps=tuple(gap for before, after in sides for gap in _gaps(after.target, before.target)),
        issues=tuple(one for changes, _ in checked for one in changes),
        same_issues=sum(count for _, count in checked),
    )


def _pairs(old: Report, new: Report) -> Iterator[tuple[Side, Side]]:
    if len(old.targets) == len(new.targets) == 1:
        yield Side(old, old.targets[0]), Side(new, new.targets[0])
        return
    before, after = ({str(one.image.platform or ""): one for one in side.targets} for side in (old, new))
    for platform, target in sorted({**before, **after}.items()):
        nothing = Target(target.image)
        yield Side(old, before.get(platform, nothing)), Side(new, after.get(platform, nothing))


def _summary(report: Report, side: Side) -> ResultSide:
    target = side.target
    return ResultSide(
        name=target.image.name,
        image=target.image,
        distribution=target.distribution,
        tool=report.tool,
        database=report.database,
        packages=sum(len(one.packages) for one in report.targets),
        rows=sum(any(map(counts, row)) for one in report.targets for row in FindingIndex(one.findings).rows),
        partial=any(one.is_partial for one in report.targets),
    )


def _rows(old: Side, new: Side) -> tuple[list[RowChange], int]:
    """The rows in which two images differ, in the order of the reports; and how many are the same."""
    changes: list[RowChange] = []
    same = 0
    met: set[tuple[str, ...]] = set()
    for row in new.index.rows:
        found = old.index.find(row[0])
        met |= {_key(one) for one in found[:1]}
        before, after = tuple(filter(counts, found)), tuple(filter(counts, row))
        if after and not before:
            changes.append(_introduced(after, found, old, new))
        elif before:
            fields = _fields(before, after or row)
            same += not fields
            changes += [_changed(fields, before, after or row, old, new)] if fields else []
    for row in old.index.rows:
        if _key(row[0]) not in met and any(map(counts, row)):
            changes.append(_gone(tuple(filter(counts, row)), old, new))
    return changes, same


def _key(finding: Finding) -> tuple[str, ...]:
    return *finding.subject, finding.id


def _introduced(row: Row, found: Row, old: Side, new: Side) -> RowChange:
    if found:
        by = found[0].suppressions[0]
        cause = Cause("policy", f"{f'{by.source} {by.where}'.rstrip()} took it out, and holds no more")
    else:
        cause = why_new(row, old, new)
    versions = _versions(one.package for one in row)
    return RowChange("introduced", *cause, worst_of(row), _versions(old.packages_like(row)), versions)


def _gone(row: Row, old: Side, new: Side) -> RowChange:
    cause, is_known = why_gone(row, old, new)
    versions = _versions(one.package for one in row)
    kind: RowChangeKind = "fixed" if is_known else "lost"
    return RowChange(kind, *cause, worst_of(row), versions, _versions(new.packages_like(row)))


def _changed(fields: tuple[FieldChange, ...], before: Row, after: Row, old: Side, new: Side) -> RowChange:
    was, is_now = (_versions(one.package for one in row) for row in (before, after))
    return RowChange("changed", *why_changed(fields, after, old, new), worst_of(after), was, is_now, fields)


def _fields(before: Row, after: Row) -> tuple[FieldChange, ...]:
    """What two results say of one vulnerability, and differently. Scores that move every day are left out."""
    pairs = [(name, say(before), say(after)) for name, say in _FIELDS.items()]
    return tuple(FieldChange(name, old, new) for name, old, new in pairs if old != new)


def _suppressed(row: Row) -> str:
    by = [one for finding in row for one in finding.suppressions if one.source != BASELINE]
    return f"{by[0].source} {by[0].where}".rstrip() if by and not any(map(counts, row)) else ""


_FIELDS: Final[Mapping[str, Callable[[Row], str]]] = {
    "suppressed": _suppressed,
    "name": lambda row: worst_of(row).id,
    "version": lambda row: ", ".join(_versions(one.package for one in row)),
    "status": lambda row: worst_of(row).status,
    "severity": lambda row: worst_of(row).severity.label,
    "fix_state": lambda row: worst_of(row).fix_state,
    "fixed_version": lambda row: worst_of(row).fixed_version,
    "known_exploited": lambda row: "yes" if worst_of(row).known_exploited is not None else "",
    "hidden_reason": lambda row: worst_of(row).hidden_reason,
}
"""What is compared of a vulnerability that both results have."""


def _packages(old: Target, new: Target) -> Iterator[PackageChange]:
    before, after = _by_name(old.packages), _by_name(new.packages)
    for type, name in sorted({*before, *after}):
        held, got = before.get((type, name), []), after.get((type, name), [])
        mine, theirs = _versions(held), _versions(got)
        if mine != theirs:
            side, package = (new, got[0]) if got else (old, held[0])
            origin = side.image.origin(package.layer).kind
            yield PackageChange(_kind(type, mine, theirs), type, name, mine, theirs, origin)


def _kind(type: str, old: tuple[str, ...], new: tuple[str, ...]) -> PackageChangeKind:
    if not old or not new:
        return "removed" if old else "added"
    order = compare(type, newest(type, old), newest(type, new))
    return "upgraded" if order == -1 else "downgraded" if order == 1 else "changed"


def _by_name(packages: Iterable[Package]) -> dict[tuple[str, str], list[Package]]:
    found: dict[tuple[str, str], list[Package]] = defaultdict(list)
    for package in packages:
        found[package.type, package.name].append(package)
    return found


def _versions(packages: Iterable[Package]) -> tuple[str, ...]:
    return tuple(sorted({package.version for package in packages}))


def _gaps(old: Target, new: Target) -> Iterator[Diagnostic]:
    """What the new result could not look at or match, and the old one could."""
    known = GapIndex(gaps_in(old))
    return (one for one in gaps_in(new) if not known.has(one))
