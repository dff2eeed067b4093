"""The gate of a comparison of two results: what of the differences fails."""

from collections.abc import Iterable, Sequence
from typing import Final, get_args

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.changes import ChangeCause, ResultChanges, RowChange
from lading.model.decision import Decision, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import UsageError

_CAUSES: Final[tuple[ChangeCause, ...]] = get_args(ChangeCause)
_LABELS: Final = SEVERITY_ORDER[1:]


class ExitOn(Struct, frozen=True):
    """Fails on what is new: of a severity or a higher one, whatever it is without one; of one cause, or of any."""

    severity: SeverityLabel | None = None
    cause: ChangeCause | None = None

    @property
    def text(self) -> str:
        """As `--exit-on` takes it."""
        return ":".join(filter(None, ("new", self.severity, self.cause)))


def parse_exit_on(texts: Iterable[str]) -> tuple[ExitOn, ...]:
    """`new`, `new:high`, `new:high:image` or `new:image`, in any case. Raises UsageError."""
    return tuple(_parse(text) for text in texts)


def decide_on(changes: ResultChanges, rules: Sequence[ExitOn], *, allow_incomplete: bool = False) -> Decision:
    """Whether a comparison passes. Without a rule it does; with one, what the new result could not look at and the old
    one could makes the answer incomplete, and so does what has no severity."""
    answers = [_answer(changes, rule) for rule in rules]
    unrated = [_unrated(answer) for answer in answers if answer.unrated]
    return Decision(
        rules=tuple(answers),
        diagnostics=tuple(unrated),
        incomplete=bool(rules) and bool(unrated or changes.new_gaps or changes.of_kind("lost")),
        allow_incomplete=allow_incomplete,
    )


def _parse(text: str) -> ExitOn:
    what, *words = text.strip().lower().split(":")
    if what != "new":
        raise UsageError(f"--exit-on {text}: expected new, new:SEVERITY, new:CAUSE or new:SEVERITY:CAUSE")
    severity: SeverityLabel | None = None
    cause: ChangeCause | None = None
    for word in words:
        label = next((one for one in _LABELS if one == word), None)
        made_by = next((one for one in _CAUSES if one == word), None)
        if (label is None and made_by is None) or (label and severity) or (made_by and cause):
            known = ", ".join((*_LABELS, *_CAUSES))
            raise UsageError(f"--exit-on {text}: {word!r} is none of {known}, or the second of its kind")
        severity, cause = label or severity, made_by or cause
    return ExitOn(severity, cause)


def _answer(changes: ResultChanges, rule: ExitOn) -> RuleResult:
    name = f"--exit-on {rule.text}"
    new = [one for one in changes.rows if is_new(one) and rule.cause in (None, one.cause)]
    failing = [one for one in new if _reaches(one.finding.severity.label, rule.severity)]
    issues = [
        one.issue.occurrence
        for one in changes.issues
        if one.kind == "introduced" and rule.cause in (None, one.cause) and _reaches(one.issue.severity, rule.severity)
    ]
    return RuleResult(
        name,
        (*(one.finding.occurrence for one in failing), *issues),
        hidden=sum(bool(one.finding.hidden_reason) for one in failing),
        unrated=sum(one.finding.severity.label == "unknown" for one in new) if rule.severity else 0,
    )


def is_new(change: RowChange) -> bool:
    """Whether a vulnerability counts that did not before: introduced, or known before and not held for one. Kernel code
    that is not in the image never counts."""
    if change.finding.status != "affected" or change.finding.hidden_reason == "kernel_headers":
        return False
    before = {one.field: one.old for one in change.fields}
    moved = before.get("status", "affected") != "affected" or before.get("hidden_reason") == "kernel_headers"
    return change.kind == "introduced" or (change.kind == "changed" and moved and "suppressed" not in before)


def _reaches(label: SeverityLabel, severity: SeverityLabel | None) -> bool:
    return severity is None or SEVERITY_ORDER.index(label) >= SEVERITY_ORDER.index(severity)


def _unrated(answer: RuleResult) -> Diagnostic:
    count = answer.unrated
    subject, them = ("1 new vulnerability has", "it") if count == 1 else (f"{count:,} new vulnerabilities have", "them")
    message = f"{subject} no severity, so {answer.rule} cannot be applied to {them}; --exit-on new counts {them}"
    return diagnostic("severity-unknown", message)
