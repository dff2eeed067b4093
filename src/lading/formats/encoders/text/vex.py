"""What VEX statements came to, for people."""

from collections.abc import Callable, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, printable, sentence, wrap
from lading.model.finding import Finding, VexOutcome, VexTrust
from lading.model.report import Target
from lading.model.vex import VexResult

AddRow = Callable[[Canvas, str, str], None]

_OUTCOMES: Final[dict[VexOutcome, str]] = {
    "applied": "applied",
    "overridden": "overridden",
    "shown": "not applied",
    "unfit": "not applied",
    "no_finding": "about no finding",
    "unmatched": "matches nothing",
}
_TRUST: Final[dict[VexTrust, str]] = {"named": "named by you", "signed": "signed by a trusted key", "found": "found"}
_MOST: Final = 20


def add_words(canvas: Canvas, finding: Finding, row: AddRow) -> None:
    """What is stated about a finding, what counts first, and the rule where statements differ."""
    for word in finding.vex:
        whose = ", ".join(filter(None, (word.author or "no author", word.time[:10], _TRUST[word.trust])))
        status = word.status.replace("_", " ")
        row(canvas, "VEX", printable(f"{status} ({_OUTCOMES[word.outcome]}), by {whose}"))
        row(canvas, "", printable(f"{word.where}, of {word.product}"))
        row(canvas, "", printable("; ".join(filter(None, (word.justification.replace("_", " "), word.text)))))
        row(canvas, "", printable(word.note))
    if len({word.status for word in finding.vex if word.outcome in ("applied", "overridden")}) > 1:
        row(canvas, "", "of statements that count, the newest decides, whoever wrote it")


def add_results(canvas: Canvas, results: Sequence[VexResult], row: AddRow) -> None:
    """The statements about a vulnerability that speak of none of its findings."""
    silent = [one for one in results if one.outcome in ("unmatched", "no_finding")]
    if not silent:
        return
    canvas.heading("VEX statements that match no finding")
    for one in silent[:_MOST]:
        row(canvas, one.vulnerability[:14], printable(f"{one.status.replace('_', ' ')} in {', '.join(one.products)}"))
        row(canvas, "", printable(one.where))
        row(canvas, "", printable(f"nearest is {one.nearest}" if one.nearest else one.note))
    if len(silent) > _MOST:
        canvas.add(f"and {counted(len(silent) - _MOST, 'more statement')} (-o json lists them)")


def add_partly_stated(canvas: Canvas, target: Target) -> None:
    """How many vulnerabilities still count because what is stated is about some binaries of their source alone."""
    stated = {
        finding.row
        for finding in target.findings
        if finding.is_open and any(one.source == "vex" for one in finding.suppressions)
    }
    counting = (one for one in target.findings if stated and one.is_open and not one.suppressions)
    if partly := len({one.row for one in counting if one.row in stated}):
        verb = "is" if partly == 1 else "are"
        text = f"{counted(partly, 'vulnerability')} {verb} stated for some binaries of a source package alone"
        for line in wrap(f"{sentence(text)}; lading explain tells more.", canvas.width):
            canvas.add((line, "dim"))
