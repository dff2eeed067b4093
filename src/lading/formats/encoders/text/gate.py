"""The answers of a gate, and how to accept what fails."""

from collections.abc import Container, Mapping, Sequence
from typing import Final

from lading.formats.encoders.text.acceptance import add_acceptance
from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.issues import place_text
from lading.formats.encoders.text.selection import label_text
from lading.formats.encoders.text.text import counted, listed, printable, sentence, wrap
from lading.model.checks import Issue
from lading.model.decision import INCOMPLETE, Decision, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.gaps import FILES, kinds_of, word_of
from lading.model.report import Report

_MOST: Final = 5
"""So many of the findings that fail a rule are named; the sections above have them all."""


def add_gate(canvas: Canvas, report: Report, decision: Decision, unseen: Container[str]) -> None:
    """Every rule with what failed it, an entry that would accept the first of it, and the exit status. `unseen` has the
    occurrence IDs of findings that are listed nowhere above."""
    findings: dict[str, Finding | Issue] = {}
    if _names_any(decision):
        findings |= {finding.occurrence: finding for finding in report.findings}
        findings |= {issue.occurrence: issue for issue in report.issues}
    for rule in decision.rules:
        _add_rule(canvas, rule, findings, unseen, _as_far(report))
    _add_status(canvas, decision)
    add_acceptance(canvas, report, decision, findings)


def _names_any(decision: Decision) -> bool:
    return any(rule.failing for rule in decision.rules)


def _add_rule(
    canvas: Canvas, rule: RuleResult, findings: Mapping[str, Finding | Issue], unseen: Container[str], as_far: str
) -> None:
    name = printable(rule.rule)
    if not rule.applies:
        waiting = _waiting(rule)
        if rule.unrated:
            canvas.add((f"{name}: passed as far as it could be applied{waiting}.", "yellow"))
        else:
            canvas.add((f"{name}: passed{as_far}{waiting}.", "green"))
        return
    word, style = ("failed", "bold red") if rule.failed else ("warns", "yellow")
    by = _by(rule, findings)
    said = f"failed by {by}" if rule.failed else f"warns of {by}"
    canvas.add((f"{name}: {said if by else word}{_waiting(rule)}.", style))
    for line in wrap(sentence(rule.message), canvas.width - 2):
        canvas.add(f"  {line}")
    for problem in rule.problems:
        for line in wrap(sentence(f"cannot be answered: {problem}"), canvas.width - 2):
            canvas.add((f"  {line}", "yellow"))
    for image in rule.images:
        canvas.add(f"  {printable(image)}")
    failing = [findings[one] for one in rule.failing]
    # What the sections above do not show is named here.
    _add_findings(canvas, failing if rule.where else [one for one in failing if one.occurrence in unseen])


def _by(rule: RuleResult, findings: Mapping[str, Finding | Issue]) -> str:
    issues = sum(isinstance(findings[one], Issue) for one in rule.failing)
    vulnerabilities = len(rule.failing) - issues
    parts = [
        counted(rule.unmanaged, "file") + " of no package" if rule.unmanaged else "",
        counted(vulnerabilities, "vulnerability") if vulnerabilities else "",
        counted(issues, "issue") if issues else "",
        counted(len(rule.images), "image") if rule.images else "",
    ]
    hidden = f", {rule.hidden:,} of them hidden by default" if rule.hidden else ""
    return " and ".join(filter(None, parts)) + hidden


def _waiting(rule: RuleResult) -> str:
    if not rule.waiting:
        return ""
    until = f", the first until {rule.until}" if rule.until else " for a fix"
    wait = "waits" if rule.waiting == 1 else "wait"
    return (
        f"; {rule.waiting:,} {wait} within the days of grace{until}"
        if rule.until
        else f"; {rule.waiting:,} {wait}{until}"
    )


def _add_findings(canvas: Canvas, findings: Sequence[Finding | Issue]) -> None:
    for finding in findings[:_MOST]:
        if isinstance(finding, Issue):
            line = f"  {printable(finding.id)}  {place_text(finding)}  "
            canvas.add(line, (label_text(finding.severity), STYLES[finding.severity]))
            continue
        package = finding.package
        hidden = " (hidden by default)" if finding.hidden_reason else ""
        line = f"  {printable(finding.id)}  {printable(package.name)} {printable(package.version)}{hidden}  "
        canvas.add(line, (severity_text(finding.severity), STYLES[finding.severity.label]))
    if len(findings) > _MOST:
        canvas.add((f"  and {len(findings) - _MOST:,} more", "dim"))


def _add_status(canvas: Canvas, decision: Decision) -> None:
    if decision.accepted:
        gaps = counted(len(decision.accepted), "gap")
        why = listed(list(dict.fromkeys(_by_whom(one.gap, one.by.where) for one in decision.accepted)), canvas.width)
        canvas.add((f"{gaps} in the coverage accepted: {why}.", "dim"))
    if not decision.incomplete:
        return
    status = decision.exit_status
    text = f"Exit {status}, though {_gaps_text(decision)}, see Diagnostics."
    if status == INCOMPLETE:
        text = f"Exit 3: {_gaps_text(decision)}, see Diagnostics{_how_to_accept(decision)}."
    for line in wrap(text, canvas.width):
        canvas.add((line, "bold yellow"))


def _as_far(report: Report) -> str:
    extents = [target.extent for target in report.targets]
    every, matched = sum(one.packages for one in extents), sum(one.matched for one in extents)
    return f", with {matched:,} of {every:,} packages matched" if matched < every else ""


def _gaps_text(decision: Decision) -> str:
    kinds, stale, others = _sorted_gaps(decision)
    parts = ["not everything could be read or matched"] if others else []
    packages = [printable(kind) for kind in kinds if kind not in FILES]
    files = [kind for kind in kinds if kind in FILES]
    parts += [f"packages were not matched ({listed(packages, 60)})"] if packages else []
    parts += [f"files of no package were not matched ({listed(files, 60)})"] if files else []
    parts += ["data is stale"] if stale else []
    return ", ".join(parts) or "not everything could be matched"


def _how_to_accept(decision: Decision) -> str:
    kinds, stale, others = _sorted_gaps(decision)
    if others or not decision.gaps:
        return "; --allow-incomplete makes that 0"
    words = ",".join(sorted({word_of(kind) for kind in kinds}))
    ways = [f"--allow-incomplete={words} accepts that"] if words else []
    ways += ["lading db update brings data up to date, --max-db-age=DAYS accepts it as it is"] if stale else []
    return f"; {'; '.join(ways)}"


def _sorted_gaps(decision: Decision) -> tuple[list[str], bool, bool]:
    """The kinds of packages that were not matched, whether data is stale, and whether there is anything else."""
    kinds = sorted({kind for gap in decision.gaps for kind in kinds_of(gap)})
    rest = [gap.code for gap in decision.gaps if not kinds_of(gap)]
    return kinds, "data-stale" in rest, any(code != "data-stale" for code in rest)


def _by_whom(gap: Diagnostic, where: str) -> str:
    return f"{gap.code} ({printable(where)})"
