"""The gate: `--fail-on`, and the status a scan exits with."""

from typing import Literal, get_args

from msgspec import structs

from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding, Gate, Report

FailOn = Literal["any", "negligible", "low", "medium", "high", "critical"]
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)

ExitStatus = Literal[0, 1, 3]
PASSED: ExitStatus = 0
FAILED: ExitStatus = 1
INCOMPLETE: ExitStatus = 3


def with_gate(report: Report, fail_on: FailOn | None, *, fail_on_unmanaged: bool = False) -> Report:
    """The report with the gate's answer. `fail_on_unmanaged` counts programs that no package accounts for.

    Every affected row counts, hidden or not: a vulnerability that will not be fixed is still a vulnerability. Only
    those in packages without kernel code ("kernel_headers") are left out, since the vulnerability is not in the image.
    Vulnerabilities without a severity cannot be held against a threshold and become an "incomplete" diagnostic; "any"
    counts them.
    """
    unmanaged = len(report.unmanaged) if fail_on_unmanaged else 0
    if fail_on is None:
        return structs.replace(report, gate=Gate("", unmanaged=unmanaged))
    matched = {finding.row: finding for finding in report.findings if _counts(finding)}.values()
    failing = [finding for finding in matched if _reaches(finding.severity.label, fail_on)]
    unrated = sum(finding.severity.label == "unknown" for finding in matched) if fail_on != "any" else 0
    gate = Gate(fail_on, len(failing), sum(bool(finding.hidden_reason) for finding in failing), unrated, unmanaged)
    diagnostics = set(report.diagnostics)
    if unrated:
        diagnostics.add(_unrated(unrated, fail_on))
    return structs.replace(report, gate=gate, diagnostics=tuple(sorted(diagnostics)))


def exit_status(report: Report, *, allow_incomplete: bool) -> ExitStatus:
    """1 when the gate failed, else 3 when something was not looked at or not matched, else 0."""
    if report.gate is not None and report.gate.failed:
        return FAILED
    return INCOMPLETE if report.incomplete and not allow_incomplete else PASSED


def _counts(finding: Finding) -> bool:
    return finding.status == "affected" and finding.hidden_reason != "kernel_headers"


def _reaches(label: SeverityLabel, fail_on: FailOn) -> bool:
    if fail_on == "any":
        return True
    return SEVERITY_ORDER.index(label) >= SEVERITY_ORDER.index(fail_on)


def _unrated(count: int, fail_on: FailOn) -> Diagnostic:
    subject, them = ("1 vulnerability carries", "it") if count == 1 else (f"{count} vulnerabilities carry", "them")
    return Diagnostic(
        "incomplete",
        "severity-unknown",
        f"{subject} no severity, so --fail-on {fail_on} cannot match {them}; --fail-on any counts {them}",
    )
