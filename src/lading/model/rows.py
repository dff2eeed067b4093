"""Findings as people count them: one row for a vulnerability in all binaries of one source package."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER
from lading.model.finding import Finding, HiddenReason

Section = Literal["fixable", "unfixed", "under_investigation", "hidden"]
SECTIONS: tuple[Section, ...] = get_args(Section)


class Row(Struct, frozen=True):
    """One vulnerability in the binaries of one source package, as bad as the worst of them. `finding` is the worst and
    speaks for all of `findings`, which stand in the order of the report."""

    finding: Finding
    findings: tuple[Finding, ...]

    @property
    def hidden_reason(self) -> HiddenReason:
        """Why the row is hidden by default: only where every binary is hidden."""
        return self.finding.hidden_reason

    @property
    def fixed_version(self) -> str:
        """The first version without the vulnerability; empty as long as one affected binary has none."""
        affected = (one for one in self.findings if one.status == "affected")
        return self.finding.fixed_version if all(one.fixed_version for one in affected) else ""

    @property
    def in_use(self) -> bool | None:
        """Whether any of the packages is in use; None where none is known to be, and not all are known not to be."""
        known = {one.package.usage.in_use if one.package.usage else None for one in self.findings}
        return True if True in known else None if None in known else False

    @property
    def section(self) -> Section:
        """Where the row stands in a report for people."""
        if self.hidden_reason:
            return "hidden"
        if self.finding.status == "under_investigation":
            return "under_investigation"
        return "fixable" if self.fixed_version else "unfixed"


def rows_of(findings: Iterable[Finding]) -> list[Row]:
    """The rows of what is open and not suppressed, in the order of the report."""
    return _grouped(finding for finding in findings if finding.is_open and not finding.suppressions)


def worst_of(findings: Iterable[Finding]) -> Finding:
    """The one that speaks for all of a row. Raises ValueError for none."""
    return max(findings, key=_badness)


def suppressed_rows_of(findings: Iterable[Finding]) -> list[Row]:
    """The rows of what is open and suppressed, in the order of the report. A row of which some binaries still count is
    in `rows_of` with those, and here with the others."""
    return _grouped(finding for finding in findings if finding.is_open and finding.suppressions)


def _grouped(findings: Iterable[Finding]) -> list[Row]:
    """The rows in the order in which they begin. Most have one finding: a report of 300,000 has room for no more than
    those and the place of each."""
    places: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    firsts: list[Finding] = []
    more: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        *package, id = finding.row
        place = places[tuple(package)].setdefault(id, len(firsts))
        if place == len(firsts):
            firsts.append(finding)
        else:
            more[place].append(finding)
    return [
        Row(worst_of((first, *more[place])), (first, *more[place])) if place in more else Row(first, (first,))
        for place, first in enumerate(firsts)
    ]


def _badness(finding: Finding) -> tuple[object, ...]:
    """What is seen before what is hidden, code before headers, affected before open questions, then by severity."""
    severity = finding.severity
    return (
        not finding.hidden_reason,
        finding.hidden_reason != "kernel_headers",
        finding.status == "affected",
        SEVERITY_ORDER.index(severity.label),
        severity.score,
        not finding.fixed_version,
        finding.risk,
    )
