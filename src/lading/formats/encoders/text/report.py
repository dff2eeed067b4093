"""The report for people: as a table, what can be fixed first, and as a tree by layer."""

from collections import Counter
from collections.abc import Sequence

from lading.formats.encoders.text.attached import add_attached
from lading.formats.encoders.text.by_layer import add_layers, add_tree
from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.compliance import add_compliance
from lading.formats.encoders.text.footer import add_footer
from lading.formats.encoders.text.header import add_header
from lading.formats.encoders.text.issues import add_issues
from lading.formats.encoders.text.platforms import add_differences
from lading.formats.encoders.text.rows import HIDDEN, add_flat, add_section
from lading.formats.encoders.text.selection import add_left_out, label_text, selected, without
from lading.formats.encoders.text.summary import add_summary
from lading.formats.encoders.text.suppressed import add_suppressed
from lading.formats.encoders.text.text import counted, wrap
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER
from lading.model.compliance import benchmarks
from lading.model.decision import Evaluated
from lading.model.image import Image
from lading.model.report import Target
from lading.model.rows import Row, Section, rows_of, suppressed_rows_of


def encode_report_table(evaluated: Evaluated, view: View) -> bytes:
    """The report as text, ending in a newline. Nothing in it can drive a terminal."""
    return _encode(evaluated, view, tree=False)


def encode_report_tree(evaluated: Evaluated, view: View) -> bytes:
    """The same with the vulnerabilities below their packages, and these below the layer that introduced them."""
    return _encode(evaluated, view, tree=True)


def _encode(evaluated: Evaluated, view: View, *, tree: bool) -> bytes:
    canvas = Canvas(view.width, colour=view.colour)
    report = evaluated.report
    if report.starter:
        _add_banner(canvas)
    for target in report.targets:
        _add_target(canvas, evaluated, target, view, tree=tree)
    if len(report.targets) > 1:
        add_differences(canvas, report.targets, show_all=view.show_all)
    if report.starter:
        _add_banner(canvas)
    return canvas.render()


def _add_target(canvas: Canvas, evaluated: Evaluated, target: Target, view: View, *, tree: bool) -> None:
    rows, suppressed = rows_of(target.findings), suppressed_rows_of(target.findings)
    shown, shown_suppressed = selected(rows, view.only), selected(suppressed, view.only)
    seen = [row for row in shown if row.section != "hidden"]
    listed = shown if view.show_all else seen
    add_header(canvas, target.image, target.distribution, len(target.packages), target.extent.matched)
    add_attached(canvas, target.attached)
    _add_tally(canvas, seen)
    if view.compliance:
        add_compliance(canvas, target, benchmarks()[view.compliance])
    elif view.summary:
        add_summary(canvas, target.image, shown, shown_suppressed)
    else:
        if tree:
            add_tree(canvas, target.image, listed, view.only.layers)
        else:
            _add_rows(canvas, target.image, listed, view)
        if not view.show_all:
            _add_hidden(canvas, [row for row in shown if row.section == "hidden"])
        add_suppressed(canvas, shown_suppressed, show_all=view.show_all)
    if not view.compliance:
        add_issues(canvas, target, view.only, show_all=view.show_all, short=view.summary)
    short = view.summary or bool(view.compliance)
    add_left_out(canvas, without(rows, shown), len(suppressed) - len(shown_suppressed), view.only)
    names_any = any(rule.failing for rule in evaluated.decision.rules)
    elsewhere = without(rows, () if short else listed) if names_any else []
    unseen = frozenset(one.occurrence for row in elsewhere for one in row.findings)
    add_footer(canvas, evaluated, target, rows, unseen, short=short)


def _add_banner(canvas: Canvas) -> None:
    for line in wrap(_STARTER, canvas.width - 2):
        canvas.add((f" {line} ", "bold reverse yellow"))


_STARTER = "STARTER SET: a few dozen famous vulnerabilities, NOT the full database; scan without --starter"

_TITLES: dict[Section, str] = {
    "fixable": "Fixed in a newer version",
    "unfixed": "No fix yet",
    "under_investigation": "Under investigation",
}


def _add_tally(canvas: Canvas, rows: Sequence[Row]) -> None:
    """How many rows of each severity are shown, the most severe first."""
    counts = Counter(row.finding.severity.label for row in rows)
    parts: list[tuple[str, str]] = []
    for label in reversed(SEVERITY_ORDER):
        if counts[label]:
            parts.append((f"{counts[label]:,} {label_text(label)}", STYLES[label]))
    exploited = sum(row.finding.known_exploited is not None for row in rows)
    if exploited:
        parts.append((f"{exploited:,} known to be exploited", "bold magenta"))
    if parts:
        canvas.add()
        canvas.flow(parts, "   ")


def _add_rows(canvas: Canvas, image: Image, rows: Sequence[Row], view: View) -> None:
    """The rows below what the view groups them by."""
    match view.group_by:
        case "upgrade":
            for section, title in _TITLES.items():
                add_section(canvas, image, title, [row for row in rows if row.section == section])
            for reason, (title, _) in HIDDEN.items():
                add_section(canvas, image, title, [row for row in rows if row.hidden_reason == reason])
        case "package":
            add_section(canvas, image, "By package", rows, state=True)
        case "layer":
            add_layers(canvas, image, rows, view.only.layers)
        case "severity":
            for label in reversed(SEVERITY_ORDER):
                members = [row for row in rows if row.finding.severity.label == label]
                if members:
                    canvas.heading(label_text(label).title(), counted(len(members), "vulnerability"))
                    add_flat(canvas, members)


def _add_hidden(canvas: Canvas, rows: Sequence[Row]) -> None:
    if not rows:
        return
    counts = Counter(row.hidden_reason for row in rows)
    parts = [f"{counts[reason]:,} {words}" for reason, (_, words) in HIDDEN.items() if counts[reason]]
    canvas.heading("Hidden by default", "--all shows them")
    for line in wrap(", ".join(parts), canvas.width):
        canvas.add((line, "dim"))
