"""JUnit XML, as servers of continuous integration read it (the schema of Ant's JUnitReport task)."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final
from xml.sax.saxutils import quoteattr

from lading.formats.finding_texts import advice, headline, line_text, suppression_text
from lading.formats.issue_texts import issue_line, issue_place, issue_text
from lading.formats.view import View
from lading.model.checks import Issue
from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.report import Extent, Target
from lading.model.rows import Row, rows_of, suppressed_rows_of

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (https://www.w3.org/TR/xml/#charsets)."""
_NO_DAY: Final = "1970-01-01"
_BATCH: Final = 1000
"""Lines that are in memory at a time."""


def encode_junit(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """A suite for each image and a case for each row: open ones fail, hidden and suppressed ones are skipped, as what
    nothing is known of is, and what could not be looked at is an error. The time is the day of the decision: a report
    has no clock."""
    time = f"{evaluated.decision.day or _NO_DAY}T00:00:00"
    suites = (
        line
        for number, target in enumerate(evaluated.report.targets)
        for line in _suite(target, number, time, view, evaluated.doubts)
    )
    lines = chain(('<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"), suites, ("</testsuites>",))
    while batch := tuple(islice(lines, _BATCH)):
        yield "".join(f"{line}\n" for line in batch).encode()


def _suite(target: Target, number: int, time: str, view: View, doubts: Sequence[Diagnostic]) -> Iterator[str]:
    rows, suppressed = rows_of(target.findings), suppressed_rows_of(target.findings)
    shown = [row for row in rows if not row.hidden_reason]
    hidden = [row for row in rows if row.hidden_reason]
    counting = [one for one in target.issues if one.counts]
    others = [one for one in target.issues if not one.counts]
    unread = [one for one in (*doubts, *target.diagnostics) if one.level == "incomplete"]
    unsure = [one for one in doubts if one.level != "incomplete"]
    left = "" if unread else _left(target.extent)
    failures, skipped = len(shown) + len(counting), len(hidden) + len(suppressed) + len(others)
    skipped += len(unsure) + bool(left)
    passed = [] if failures or skipped or unread else ['<testcase name="scan" classname="coverage" time="0"/>']
    yield (
        f'<testsuite package="lading" id="{number}" name={_attribute(target.image.name or "image")} '
        f'timestamp="{time}" hostname="localhost" tests="{failures + len(unread) + skipped + len(passed)}" '
        f'failures="{failures}" errors="{len(unread)}" skipped="{skipped}" time="0">'
    )
    yield f'<properties><property name="tool" value={_attribute(view.tool)}/></properties>'
    yield from (_case(row, _failure(row, target)) for row in shown)
    for issue in counting:
        yield _issue(issue, f"<failure message={_attribute(_wrong(issue, target))} type={_attribute(issue.severity)}/>")
    for one in unread:
        yield (
            f'<testcase name={_attribute(f"{one.message} {one.where}".strip())} classname="coverage" time="0">'
            f"<error message={_attribute(one.message)} type={_attribute(one.code)}/></testcase>"
        )
    for said in (
        *(f"{one.message} {one.where}".strip() for one in unsure),
        *([f"not matched: {left}"] if left else []),
    ):
        yield f'<testcase name={_attribute(said)} classname="coverage" time="0">{_skipped(said)}</testcase>'
    yield from (_case(row, _skipped(f"hidden: {row.hidden_reason}")) for row in hidden)
    yield from (_case(row, _skipped(suppression_text(row.finding.suppressions[0]))) for row in suppressed)
    yield from (_issue(one, _skipped(_why_not(one))) for one in others)
    yield from passed
    yield from (
        "<system-out/>",
        "<system-err/>",
        "</testsuite>",
    )


def _left(extent: Extent) -> str:
    """What nothing is known of, empty for nothing."""
    counts = {"packages": extent.packages - extent.matched, "programs and archives": extent.programs}
    return ", ".join(f"{what}: {count:,}" for what, count in counts.items() if count)


def _case(row: Row, outcome: str) -> str:
    finding = row.finding
    name = f"[{finding.severity.label}] {headline(finding)}"
    group = f"{finding.package.type}.{finding.package.source or finding.package.name}"
    return f'<testcase name={_attribute(name)} classname={_attribute(group)} time="0">{outcome}</testcase>'


def _issue(issue: Issue, outcome: str) -> str:
    """An issue that a check found, by its place."""
    name = f"[{issue.severity}] {issue.id} at {issue_place(issue)}"
    return f'<testcase name={_attribute(name)} classname={_attribute(issue.kind)} time="0">{outcome}</testcase>'


def _wrong(issue: Issue, target: Target) -> str:
    line = issue_line(issue, target.image)
    return " ".join(filter(None, (issue_text(issue), f"Introduced by {line}." if line else "")))


def _why_not(issue: Issue) -> str:
    return suppression_text(issue.suppressions[0]) if issue.suppressions else f"hidden: {issue.hidden_reason}"


def _failure(row: Row, target: Target) -> str:
    finding = row.finding
    line = line_text(finding.package, target.image)
    end = "" if finding.summary.endswith((".", "!", "?")) or not finding.summary else "."
    said = " ".join(filter(None, (finding.summary + end, advice(row), f"Introduced by {line}." if line else "")))
    return f"<failure message={_attribute(said)} type={_attribute(finding.severity.label)}/>"


def _skipped(why: str) -> str:
    return f"<skipped message={_attribute(why)}/>"


def _attribute(text: str) -> str:
    """A text as one line in quotation marks; what XML cannot hold is written out."""
    line = " ".join(text.split())
    return quoteattr(_ILLEGAL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), line))
