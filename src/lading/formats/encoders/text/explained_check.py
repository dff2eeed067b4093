"""What one check finds in an image, for people."""

from collections.abc import Callable

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.layers import layer_name
from lading.formats.encoders.text.text import counted, printable, sentence
from lading.formats.finding_texts import suppression_text
from lading.formats.instructions import instruction
from lading.formats.issue_texts import issue_line, issue_place
from lading.model.checks import CheckText, Issue
from lading.model.explanation import Explanation

Row = Callable[[Canvas, str, str, str], None]
"""Adds a title and its text."""


def add_check(canvas: Canvas, explanation: Explanation, check: CheckText, row: Row) -> None:
    """What the check looks for and why, then each place where it finds that."""
    found = explanation.issues
    canvas.heading(f"{check.id}: {check.title}", counted(len(found), "place") if found else "finds nothing here")
    row(canvas, "why", sentence(check.why), "")
    row(canvas, "what to do", sentence(check.fix), "green")
    row(canvas, "rules", ", ".join(check.controls), "")
    row(canvas, "more", ", ".join(check.references), "")
    for issue in found:
        canvas.add()
        canvas.add((printable(issue_place(issue)), "bold"))
        _add_place(canvas, explanation, issue, row)
    for one in explanation.unmatched:
        row(canvas, "not looked at", printable(one), "yellow")


def _add_place(canvas: Canvas, explanation: Explanation, issue: Issue, row: Row) -> None:
    image = explanation.image
    layer = image.layer(issue.layer)
    row(canvas, "found", ": ".join(filter(None, (sentence(issue.message), sentence(issue.evidence)))), "")
    row(
        canvas,
        "severity",
        "" if explanation.check and issue.severity == explanation.check.severity else issue.severity,
        "",
    )
    if layer is not None:
        row(
            canvas,
            "layer",
            f"{layer_name(image, issue.layer)}  {printable(instruction(layer.created_by))}".rstrip(),
            "",
        )
    row(canvas, "removed", f"by layer {issue.removed}" if issue.removed else "", "")
    row(canvas, "line", printable(issue_line(issue, image)), "")
    row(canvas, "hidden", f"by default, as {issue.hidden_reason}; --all shows it" if issue.hidden_reason else "", "")
    for one in issue.suppressions:
        row(canvas, "ignored", printable(suppression_text(one)), "")
    row(canvas, "fingerprint", issue.fingerprint, "dim")
