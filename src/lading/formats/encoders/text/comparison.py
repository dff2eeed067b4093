"""In what our findings and another scanner's report differ, and why, for people."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.header import add_header
from lading.formats.encoders.text.text import counted, printable, sentence, wrap
from lading.formats.view import View
from lading.model.comparison import Cause, Comparison, Difference, Side

_CAUSES: Final[dict[Cause, str]] = {
    "package-not-found": "no such package in the image",
    "package-not-listed": "no such package in the report",
    "version-differs": "the package at another version",
    "version-unknown": "no version to compare",
    "range": "outside of the affected versions",
    "distribution": "the distribution's word",
    "function": "the functions are not in the program",
    "other-build": "about other builds",
    "excluded": "known to be wrong",
    "overridden": "overridden by a higher-priority source",
    "hidden": "hidden by default",
    "kernel-headers": "kernel packages without a kernel",
    "suppressed": "taken out by a policy or statement",
    "left-out": "left out of the report",
    "undecided": "not decided yet",
    "not-covered": "no upstream publishes advisories",
    "no-data": "no data on such packages",
    "other-package": "known in other packages alone",
    "not-in-data": "not in the data",
    "withdrawn": "withdrawn",
    "no-fix": "the report has fixable ones alone",
    "kind": "no vulnerability",
    "other-source": "from a source that the report does not use",
    "newer": "newer than the report",
    "not-in-report": "the report says nothing of it",
}
_SIDES: Final[dict[Side, str]] = {"report": "Only in the report", "lading": "Only here"}
_MOST_ALIKE: Final = 20


def encode_comparison_table(comparison: Comparison, view: View) -> bytes:
    """The counts by cause, then the rows of each side by cause; of many only the first ones, unless all are to be
    shown."""
    canvas = Canvas(view.width, colour=view.colour)
    add_header(canvas, comparison.image, comparison.distribution, comparison.packages)
    _add_report(canvas, comparison)
    canvas.add()
    _add_counts(canvas, comparison)
    for (side, cause), members in groupby(comparison.differences, lambda one: (one.side, one.cause)):
        rows = list(members)
        canvas.heading(f"{_SIDES[side]}: {_CAUSES[cause]}", counted(len(rows), "row"))
        _add_rows(canvas, rows if view.show_all else rows[:_MOST_ALIKE])
        if len(rows) > _MOST_ALIKE and not view.show_all:
            canvas.add((f"and {len(rows) - _MOST_ALIKE:,} more (--all)", "dim"))
    return canvas.render()


def _add_report(canvas: Canvas, comparison: Comparison) -> None:
    made = f" of {comparison.report_created[:10]}" if comparison.report_created else ""
    target = f" on {comparison.report_target}" if comparison.report_target else ""
    _add_text(canvas, f"against {comparison.report}, by {comparison.scanner}{made}{target}", "dim")
    if comparison.same_image is False:
        _add_text(canvas, "The report is about an image of other content; differences may come from that.", "yellow")
    if comparison.skipped:
        verb = "is" if comparison.skipped == 1 else "are"
        _add_text(
            canvas, f"{counted(comparison.skipped, 'entry')} of it {verb} about no vulnerability of a package.", "dim"
        )


def _add_counts(canvas: Canvas, comparison: Comparison) -> None:
    """How many rows both have, and how many of each side come from which cause."""
    entries = f" ({comparison.entries:,} by place)" if comparison.entries != comparison.report_rows else ""
    theirs = f"{counted(comparison.report_rows, 'row')} in the report{entries}"
    canvas.add((f"{comparison.same:,}", "bold"), f" in both, of {theirs} and {comparison.our_rows:,} here")
    counts = Counter((one.side, one.cause) for one in comparison.differences)
    rows = [(f"{count:,}", _SIDES[side].lower(), _CAUSES[cause]) for (side, cause), count in counts.items()]
    canvas.table(rows, [("bold", "", "")] * len(rows), right=(0,))


def _add_rows(canvas: Canvas, rows: Sequence[Difference]) -> None:
    """The rows with what they have in common below them: one reason may stand for many."""
    alike: dict[str, list[Difference]] = defaultdict(list)
    for one in rows:
        alike[one.why].append(one)
    for why, members in alike.items():
        table = [tuple(map(printable, _cells(one))) for one in members]
        canvas.table(table, [("bold", "", STYLES[one.severity], "dim") for one in members])
        _add_text(canvas, sentence(why), "dim", indent="    ")


def _cells(one: Difference) -> tuple[str, str, str, str]:
    label = "" if one.severity == "unknown" else one.severity
    fixed = f"fixed in {one.fixed_version}" if one.fixed_version else ""
    return one.id, f"{one.package.name} {one.package.version}".rstrip(), label, fixed


def _add_text(canvas: Canvas, text: str, style: str, indent: str = "") -> None:
    for line in wrap(printable(text), canvas.width - len(indent)):
        canvas.add(indent, (line, style))
