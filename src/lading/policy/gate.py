"""The gate: what a report is held to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.decision import Decision, EntryTerms, Evaluated, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.package import UnmanagedFile
from lading.model.report import Report, Target
from lading.model.rows import Row, rows_of
from lading.policy.age import Ages, ages_of, as_remark
from lading.policy.baseline import Baseline
from lading.policy.coverage import is_accepted, unmade_checks, unmatched_kinds
from lading.policy.gaps import gaps_of
from lading.policy.grace import with_grace
from lading.policy.ignores import Ignores
from lading.policy.policy import Policy
from lading.policy.suppression import Suppressor


def decide(report: Report, policy: Policy, today: date | None = None) -> Decision:
    """Whether a report passes: the decision of `evaluate`."""
    return evaluate(report, policy, today).decision


def evaluate(
    report: Report,
    policy: Policy,
    today: date | None = None,
    suppressors: Sequence[Suppressor] = (),
    baseline: Baseline | None = None,
) -> Evaluated:
    """A report with what its policy suppresses, by whom and why, and whether it passes.

    Every affected row counts, hidden or not: a vulnerability that will not be fixed is still one. Only those in
    packages without kernel code ("kernel_headers") are left out, since the code is not in the image, and what is
    suppressed. A threshold cannot be applied to rows without a severity, and the decision is then incomplete; "any"
    counts them. Where something is asked, packages that were matched with nothing and data that is old make it
    incomplete too. Ages and last days are decided on the day `today` (UTC), by default the day of the call.
    `suppressors` are statements beside the policy's own (lading.policy.vex). What the `baseline` has too, findings,
    gaps and programs of no package, fails nothing. Where the organisation lets nobody ignore, a baseline does not
    hold, nor does a statement that is not its own. Raises PolicyError for a rule that cannot be.
    """
    day = today or datetime.now(UTC).date()
    ignores = Ignores(policy)
    remarks: list[Diagnostic] = []
    if baseline is not None and policy.locked:
        message = f"the baseline does not hold: {policy.locked} lets nobody ignore but by its exceptions"
        remarks.append(diagnostic("ignore-refused", message, baseline.name))
        baseline = None
    if policy.licenses:
        from lading.policy.licenses import with_categories

        report = with_categories(report, policy.licenses)
    before: list[Suppressor] = [baseline] if baseline is not None else []
    if policy.locked:
        from lading.policy.vex.statements import Locked

        before.append(Locked(policy.locked))
    for suppressor in (*suppressors, ignores, *before):
        suppressed = suppressor.suppress(report, day)
        report = suppressed.report
        remarks += suppressed.diagnostics
    asked = _Asked(report, policy, ignores, day, baseline)
    rules = tuple(_rules(asked))
    unrated = [_unrated(rule) for rule in rules if rule.unrated]
    ages = ages_of(report, day, policy.max_db_age)
    further = _further(asked, ages)
    gaps = gaps_of(report, policy.accepts, day, further, baseline)
    left = {*unrated, *(gap for gap in gaps.left if not is_accepted(gap, policy.allow_kinds))}
    remarks += ages.remarks if policy.is_gate else (*ages.remarks, *map(as_remark, ages.stale))
    decision = Decision(
        rules=rules,
        diagnostics=tuple(sorted({*policy.notes, *remarks, *unrated, *further, *gaps.remarks})),
        incomplete=report.incomplete or bool(unrated or further),
        allow_incomplete=policy.allow_incomplete or not left,
        accepted=gaps.accepted,
        day=day.isoformat() if policy.is_dated or ages.stale else "",
        gaps=tuple(sorted(left)),
        failed_status=policy.failed_status,
        terms=EntryTerms(policy.required, policy.longest or 0, policy.locked, policy.exceptions),
    )
    return Evaluated(report, decision)


class _Asked(Struct, frozen=True):
    report: Report
    policy: Policy
    ignores: Ignores
    day: date
    baseline: Baseline | None

    @property
    def unmanaged(self) -> int:
        """How many programs of no package count."""
        return sum(len(self.files(target)) for target in self.report.targets)

    def files(self, target: Target) -> list[UnmanagedFile]:
        """The programs of no package that count in a target."""
        files = self.ignores.unmanaged(target, self.day)
        return [file for file in files if self.baseline is None or not self.baseline.has_file(file)]


def _further(asked: _Asked, ages: Ages) -> list[Diagnostic]:
    """What only matters where something is asked: what was matched with nothing, and old data. Programs of no package
    are no gap where they fail the gate themselves."""
    if not asked.policy.is_gate:
        return []
    found: list[Diagnostic] = []
    for target in asked.report.targets:
        found += unmatched_kinds(target, () if asked.policy.fail_on_unmanaged else asked.files(target))
        found += unmade_checks(target)
    return [*found, *ages.stale]


def _rules(asked: _Asked) -> list[RuleResult]:
    policy = asked.policy
    results = []
    if policy.fail_on is not None or policy.fail_on_unrated:
        results.append(_severity_rule(asked))
    if policy.fail_on_unmanaged:
        results.append(RuleResult("--fail-on-unmanaged", unmanaged=asked.unmanaged))
    if policy.rules:
        from lading.policy.rules import answer_rules

        results += answer_rules(asked.report, policy.rules, asked.day, compared=asked.baseline is not None)
    return results


def _severity_rule(asked: _Asked) -> RuleResult:
    policy = asked.policy
    rows = [row for target in asked.report.targets for row in rows_of(target.findings) if _counts(row)]
    reaching = [row for row in rows if _reaches(row.finding.severity.label, policy)]
    failing, waiting = with_grace(reaching, policy.grace, asked.day)
    issues = [issue for target in asked.report.targets for issue in target.issues if issue.counts]
    counts_unrated = policy.fail_on == "any" or policy.fail_on_unrated
    return RuleResult(
        f"--fail-on {fail_on_text(policy)}",
        (
            *(row.finding.occurrence for row in failing),
            *(issue.occurrence for issue in issues if _reaches(issue.severity, policy)),
        ),
        hidden=sum(bool(row.hidden_reason) for row in failing),
        unrated=0 if counts_unrated else sum(row.finding.severity.label == "unknown" for row in rows),
        waiting=waiting.count,
        until=waiting.until,
    )


def fail_on_text(policy: Policy) -> str:
    """The severities that fail, as `--fail-on` takes them."""
    return ",".join(filter(None, ("unknown" if policy.fail_on_unrated else "", policy.fail_on)))


def _counts(row: Row) -> bool:
    return row.finding.status == "affected" and row.hidden_reason != "kernel_headers"


def _reaches(label: SeverityLabel, policy: Policy) -> bool:
    if policy.fail_on == "any" or (label == "unknown" and policy.fail_on_unrated):
        return True
    return policy.fail_on is not None and SEVERITY_ORDER.index(label) >= SEVERITY_ORDER.index(policy.fail_on)


def _unrated(rule: RuleResult) -> Diagnostic:
    count = rule.unrated
    subject, them = ("1 vulnerability has", "it") if count == 1 else (f"{count:,} vulnerabilities have", "them")
    message = f"{subject} no severity, so {rule.rule} cannot be applied to {them}; --fail-on any counts {them}"
    return diagnostic("severity-unknown", message)
