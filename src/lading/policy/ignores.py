"""Ignores: entries of policies that take findings and programs of no package out of the count."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, get_args

from msgspec import structs

from lading.model.checks import Issue
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Finding, FixState, Suppression
from lading.model.image import Image
from lading.model.package import Package, UnmanagedFile
from lading.model.report import Report, Target
from lading.policy.document import IgnoreTable, texts
from lading.policy.globs import any_fits_path
from lading.policy.policy import Ignore, Policy
from lading.policy.selectors import is_image, is_layer, is_meant, is_meant_issue
from lading.policy.suppression import Suppressed

SOURCE: Final = "ignore"
SOON: Final = timedelta(days=7)
"""So long before the last day of an ignore, a decision tells of it."""
_MOST_LISTED: Final = 8


class Ignores:
    """The ignores of a policy, as a Suppressor (lading.policy.suppression)."""

    def __init__(self, policy: Policy) -> None:
        self._entries = (*_short_forms(policy), *policy.ignores)
        self._longest = policy.longest

    def suppress(self, report: Report, today: date) -> Suppressed:
        """The report with the suppressions of these entries in place of those it has of ignores."""
        case = _Case(self._entries, self._longest, today)
        targets = tuple(case.target(target) for target in report.targets)
        return Suppressed(structs.replace(report, targets=targets), tuple(case.diagnostics(report)))

    def unmanaged(self, target: Target, today: date) -> tuple[UnmanagedFile, ...]:
        """The programs of no package that still count."""
        entries = [one for one in self._entries if one.table.unmanaged and not _problem(one, self._longest, today)]
        return tuple(
            file for file in target.unmanaged if not any(_means_file(one.table, file, target.image) for one in entries)
        )


class _Case:
    """The entries held against one report."""

    def __init__(self, entries: Sequence[Ignore], longest: int | None, today: date) -> None:
        self._today = today
        self._problems = [_problem(one, longest, today) for one in entries]
        self._entries = entries
        self._used: set[int] = set()
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        self._others: list[int] = []
        for number, one in enumerate(entries):
            names = texts(one.table.vulnerability)
            if one.table.unmanaged:
                continue
            if names and not any("*" in name for name in names):
                for name in names:
                    self._by_name[name.upper()].append(number)
            else:
                self._others.append(number)

    def target(self, target: Target) -> Target:
        """A target with what is ignored in it."""
        for number, one in enumerate(self._entries):
            if any(_means_file(one.table, file, target.image) for file in target.unmanaged):
                self._used.add(number)
        findings = tuple(self._finding(finding, target.image) for finding in target.findings)
        packages = {one.id: one for one in target.packages} if target.issues else {}
        issues = tuple(self._issue(issue, target.image, packages.get(issue.package)) for issue in target.issues)
        return structs.replace(target, findings=findings, issues=issues)

    def diagnostics(self, report: Report) -> Iterator[Diagnostic]:
        """What people should know of the entries that are meant for these images."""
        images = [target.image for target in report.targets]
        unused: defaultdict[str, list[Ignore]] = defaultdict(list)
        for number, one in enumerate(self._entries):
            if not one.where or not any(is_image(one.table.image, image) for image in images):
                continue
            if number not in self._used:
                unused[one.where.rpartition(":")[0] or one.where].append(one)
            elif self._problems[number]:
                yield _not_holding(one, self._problems[number], self._today)
            elif one.expires is not None and one.expires - self._today <= SOON:
                yield _expiring(one, self._today)
        for file, entries in unused.items():
            yield _unused(file, [one for one in entries if one.label])

    def _finding(self, finding: Finding, image: Image) -> Finding:
        kept = tuple(one for one in finding.suppressions if one.source != SOURCE)
        made = tuple(self._suppressions(finding, image)) if finding.is_open else ()
        suppressions = (*kept, *made)
        return finding if suppressions == finding.suppressions else structs.replace(finding, suppressions=suppressions)

    def _issue(self, issue: Issue, image: Image, package: Package | None) -> Issue:
        kept = tuple(one for one in issue.suppressions if one.source != SOURCE)
        suppressions = (*kept, *self._suppressions_of_issue(issue, image, package))
        return issue if suppressions == issue.suppressions else structs.replace(issue, suppressions=suppressions)

    def _suppressions_of_issue(self, issue: Issue, image: Image, package: Package | None) -> Iterator[Suppression]:
        for number, one in enumerate(self._entries):
            is_short = not one.where and one.table.origin is not None and _is_of_origin(one.table, issue, image)
            if not is_short and not is_meant_issue(one.table, issue, image, package):
                continue
            if one.ground is not None and not is_meant_issue(one.ground, issue, image, package):
                continue
            self._used.add(number)
            if not self._problems[number]:
                yield suppression_of(one)

    def _suppressions(self, finding: Finding, image: Image) -> Iterator[Suppression]:
        names = {name.upper() for name in (finding.id, *finding.aliases, *finding.notices)}
        numbers = {number for name in names for number in self._by_name.get(name, ())}
        for number in sorted(numbers.union(self._others)):
            one = self._entries[number]
            if not is_meant(one.table, finding, image) or not _has_ground(one, finding, image):
                continue
            if not one.where and finding.kind != "vulnerability":
                continue  # short forms are about vulnerabilities
            self._used.add(number)
            if not self._problems[number]:
                yield suppression_of(one)


def _is_of_origin(table: IgnoreTable, issue: Issue, image: Image) -> bool:
    """Whether the short form for one origin means an issue: one in a layer of that, where the base is known."""
    origin = image.origin(issue.layer)
    return origin.kind == table.origin and origin.verified


def _short_forms(policy: Policy) -> Iterator[Ignore]:
    if policy.ignore_unfixed:
        unfixed = tuple(state for state in get_args(FixState) if state != "fixed")
        yield Ignore(IgnoreTable(fix_state=unfixed, reason="there is no fix (--ignore-unfixed)"), "")
    if policy.only_in_use:
        yield Ignore(IgnoreTable(in_use=False, reason="nothing uses it (--in-use)"), "")
    if policy.ignore_origin is not None:
        option = "--ignore-base" if policy.ignore_origin == "base" else "--only-base"
        yield Ignore(IgnoreTable(origin=policy.ignore_origin, reason=f"of the {_ORIGINS[option]} ({option})"), "")


_ORIGINS: Final = {"--ignore-base": "base image", "--only-base": "application"}


def _problem(one: Ignore, longest: int | None, today: date) -> str:
    """Why an entry does not hold on a day; empty where it does."""
    if one.refused:
        return one.refused
    expires = one.expires
    if expires is not None and expires < today:
        return f"it expired on {expires}"
    if one.where and longest is not None and (expires is None or expires - today > timedelta(days=longest)):
        return f"the policy lets ignores hold for {longest} days at most"
    return ""


def _has_ground(one: Ignore, finding: Finding, image: Image) -> bool:
    """Whether a finding is one of those that the organisation's exception is for, where the entry stands on one."""
    return one.ground is None or is_meant(one.ground, finding, image)


def _means_file(table: IgnoreTable, file: UnmanagedFile, image: Image) -> bool:
    if not table.unmanaged or not is_image(table.image, image):
        return False
    return any_fits_path(texts(table.unmanaged), file.path) and (
        not table.layer or is_layer(table.layer, file.layer, image)
    )


def suppression_of(one: Ignore) -> Suppression:
    """What an entry says of the findings that it is for."""
    table = one.table
    return Suppression(
        SOURCE,
        one.where,
        table.reason,
        table.owner,
        one.expires.isoformat() if one.expires is not None else "",
        approved=one.approved,
        status=table.states,
        justification=table.justification,
    )


def _not_holding(one: Ignore, problem: str, today: date) -> Diagnostic:
    expired = not one.refused and one.expires is not None and one.expires < today
    code = "ignore-expired" if expired else "ignore-refused"
    return diagnostic(code, f"the ignore of {one.label} does not hold: {problem}{_owned(one)}", one.where)


def _expiring(one: Ignore, today: date) -> Diagnostic:
    assert one.expires is not None
    days = (one.expires - today).days
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    message = f"the ignore of {one.label} ends {when}, on {one.expires}{_owned(one)}: what it ignores then counts again"
    return diagnostic("ignore-expiring", message, one.where)


def _owned(one: Ignore) -> str:
    return f" (owner: {one.table.owner})" if one.table.owner else ""


def _unused(file: str, entries: Sequence[Ignore]) -> Diagnostic:
    names = [f"{one.label} (line {line})" if (line := _line(one)) else one.label for one in entries[:_MOST_LISTED]]
    more = f" and {len(entries) - _MOST_LISTED:,} more" if len(entries) > _MOST_LISTED else ""
    count = "1 ignore means" if len(entries) == 1 else f"{len(entries):,} ignores mean"
    return diagnostic("ignore-unused", f"{count} nothing here: {', '.join(names)}{more}", file)


def _line(one: Ignore) -> str:
    line = one.where.rpartition(":")[2]
    return line if line.isdecimal() else ""
