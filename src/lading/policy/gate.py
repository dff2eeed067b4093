"""The gate: what a report is held to."""

from collections.abc import Iterator
from typing import Literal, get_args

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.decision import Decision, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.report import Report
from lading.model.rows import Row, rows_of

FailOn = Literal["any", "negligible", "low", "medium", "high", "critical"]
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)


class Policy(Struct, frozen=True):
    """What to fail on: rows of a severity or a higher one ("any": whatever their severity, None: none), and programs
    that belong to no package. `allow_incomplete` accepts a report that does not rest on everything."""

    fail_on: FailOn | None = None
    fail_on_unmanaged: bool = False
    allow_incomplete: bool = False


def decide(report: Report, policy: Policy) -> Decision:
    """Whether a report passes.

    Every affected row counts, hidden or not: a vulnerability that will not be fixed is still one. Only those in
    packages without kernel code ("kernel_headers") are left out, since the code is not in the image. A threshold cannot
    be applied to rows without a severity, and the decision is then incomplete; "any" counts them.
    """
    rules = tuple(_rules(report, policy))
    diagnostics = tuple(_unrated(rule) for rule in rules if rule.unrated)
    return Decision(
        rules=rules,
        diagnostics=diagnostics,
        incomplete=report.incomplete or bool(diagnostics),
        allow_incomplete=policy.allow_incomplete,
    )


def _rules(report: Report, policy: Policy) -> Iterator[RuleResult]:
    if policy.fail_on is not None:
        rows = [row for target in report.targets for row in rows_of(target.findings) if _counts(row)]
        failing = [row for row in rows if _reaches(row.finding.severity.label, policy.fail_on)]
        unrated = sum(row.finding.severity.label == "unknown" for row in rows) if policy.fail_on != "any" else 0
        yield RuleResult(
            f"--fail-on {policy.fail_on}",
            tuple(row.finding.occurrence for row in failing),
            hidden=sum(bool(row.hidden_reason) for row in failing),
            unrated=unrated,
        )
    if policy.fail_on_unmanaged:
        yield RuleResult("--fail-on-unmanaged", unmanaged=sum(len(target.unmanaged) for target in report.targets))


def _counts(row: Row) -> bool:
    return row.finding.status == "affected" and row.hidden_reason != "kernel_headers"


def _reaches(label: SeverityLabel, fail_on: FailOn) -> bool:
    return fail_on == "any" or SEVERITY_ORDER.index(label) >= SEVERITY_ORDER.index(fail_on)


def _unrated(rule: RuleResult) -> Diagnostic:
    count = rule.unrated
    subject, them = ("1 vulnerability has", "it") if count == 1 else (f"{count:,} vulnerabilities have", "them")
    message = f"{subject} no severity, so {rule.rule} cannot be applied to {them}; --fail-on any counts {them}"
    return diagnostic("severity-unknown", message)
