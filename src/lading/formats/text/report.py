"""The report as a table for people: what can be fixed first."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from lading.formats.text.canvas import STYLES, Canvas, cells, severity_text, widths
from lading.formats.text.footer import add_foot
from lading.formats.text.header import add_head
from lading.formats.text.layers import add_origin
from lading.formats.text.rows import Group, Row, Section, groups_of, rows_of
from lading.formats.text.text import counted, listed, printable, sentence, shorten, wrap
from lading.model.advisory import SEVERITY_ORDER, State
from lading.model.finding import Report


class View(Struct, frozen=True):
    """How to show a report. `status` is what the command will exit with, which the last line explains."""

    width: int = 120
    colour: bool = False
    show_all: bool = False
    status: int = 0


def write_table(report: Report, view: View) -> str:
    """The report as text, ending in a newline. Nothing in it can drive a terminal."""
    canvas = Canvas(view.width, colour=view.colour)
    rows = rows_of(report.findings)
    if report.starter:
        _add_banner(canvas)
    add_head(canvas, report.image, report.distribution, report.packages)
    _add_tally(canvas, [row for row in rows if row.section != "hidden"])
    for section, title in _TITLES.items():
        _add_section(canvas, report, title, [row for row in rows if row.section == section])
    hidden = [row for row in rows if row.section == "hidden"]
    for hidden_reason, title in _FOLDED.items() if view.show_all else ():
        _add_section(canvas, report, title, [row for row in hidden if row.finding.hidden_reason == hidden_reason])
    if hidden and not view.show_all:
        _add_hidden(canvas, hidden)
    add_foot(canvas, report, rows, view.status)
    if report.starter:
        _add_banner(canvas)
    return canvas.render()


def _add_banner(canvas: Canvas) -> None:
    for line in wrap(_STARTER, canvas.width - 2):
        canvas.add((f" {line} ", "bold reverse yellow"))


_STARTER = "STARTER SET: a few dozen famous vulnerabilities, NOT the full database. Scan without --starter to know."

_TITLES: dict[Section, str] = {
    "fixable": "Fixed in a newer version",
    "unfixed": "No fix yet",
    "under_investigation": "Cannot be matched",
}

_FOLDED = {
    "minor": "Minor: no advisory will be issued",
    "deferred": "Postponed by the distribution",
    "wont_fix": "Will not be fixed",
    "negligible": "Negligible",
    "under_investigation": "Not decided upstream",
    "kernel_headers": "Kernel vulnerabilities in packages without a kernel",
    "no_code": "In packages without code: documentation, headers",
    "bundled": "In copies inside other packages: update those",
    "informational": "No vulnerabilities: unmaintained or unsound packages",
}

_COUNTED = {
    "minor": "minor",
    "deferred": "deferred",
    "wont_fix": "won't be fixed",
    "negligible": "negligible",
    "under_investigation": "not decided upstream",
    "kernel_headers": "in kernel headers",
    "no_code": "in packages without code",
    "bundled": "in copies inside other packages",
    "informational": "unmaintained or unsound",
}

_UNFIXED: dict[State, str] = {
    "minor": "no advisory",
    "deferred": "deferred",
    "wont_fix": "won't fix",
    "end_of_life": "end of life",
    "under_investigation": "undecided",
}


def _add_tally(canvas: Canvas, rows: Sequence[Row]) -> None:
    """How many rows of each severity are shown, most severe first."""
    counts = Counter(row.finding.severity.label for row in rows)
    parts: list[tuple[str, str]] = []
    for label in reversed(SEVERITY_ORDER):
        if counts[label]:
            word = "unrated" if label == "unknown" else label
            parts.append((f"{counts[label]} {word}   ", STYLES[label]))
    exploited = sum(row.finding.known_exploited is not None for row in rows)
    if exploited:
        parts.append((f"{exploited} known to be exploited", "bold magenta"))
    if parts:
        canvas.add()
        canvas.add(*parts)


def _add_section(canvas: Canvas, report: Report, title: str, rows: Sequence[Row]) -> None:
    groups = groups_of(rows)
    if not groups:
        return
    columns = widths(_cells(row) for row in rows)
    canvas.heading(title, f"{counted(len(rows), 'vulnerability')} in {counted(len(groups), 'package')}")
    for number, group in enumerate(groups):
        if number:
            canvas.add()
        _add_group(canvas, report, group, columns)


def _add_group(canvas: Canvas, report: Report, group: Group, columns: Sequence[int]) -> None:
    upgrade = f" → {printable(group.upgrade)}" if group.upgrade else ""
    canvas.add((printable(group.source), "bold"), f" {printable(group.version)}", (upgrade, "green"))
    for row in group.rows:
        _add_row(canvas, row, columns)
    for layer, names in group.layers:
        subject = listed([printable(name) for name in names], canvas.width // 2)
        add_origin(canvas, report.image, layer, subject, indent="    ")


def _add_row(canvas: Canvas, row: Row, columns: Sequence[int]) -> None:
    finding = row.finding
    fixed_style = "green" if finding.fixed_version else "dim"
    styles = (STYLES[finding.severity.label], "", "bold magenta", fixed_style)
    line = cells(_cells(row), columns, styles)
    room = canvas.width - _INDENT - sum(len(cell) for cell, _ in line)
    if room >= _LEAST_SUMMARY:
        line.append((shorten(sentence(finding.summary), room), "dim"))
    canvas.add(" " * _INDENT, *line)
    for text in (finding.remark, "" if finding.hidden_reason else finding.reason):
        for part in wrap(sentence(text), canvas.width - 2 * _INDENT):
            canvas.add((" " * 2 * _INDENT + part, "dim"))


_INDENT = 2
_LEAST_SUMMARY = 20


def _cells(row: Row) -> tuple[str, str, str, str]:
    finding = row.finding
    marks = (
        "MALWARE" if finding.kind == "malware" else "",
        "KEV" if finding.known_exploited is not None else "",
        f"EPSS {finding.epss:.0%}" if finding.epss >= _LIKELY else "",
    )
    fixed = printable(finding.fixed_version)
    return (
        printable(severity_text(finding.severity)),
        printable(finding.id),
        " ".join(filter(None, marks)),
        f"→ {fixed}" if fixed else _UNFIXED.get(finding.state, ""),
    )


_LIKELY = 0.1
"""A probability of exploitation worth a word in the table; most vulnerabilities are far below."""


def _add_hidden(canvas: Canvas, hidden: Sequence[Row]) -> None:
    counts = Counter(row.finding.hidden_reason for row in hidden)
    parts = [f"{counts[hidden_reason]:,} {words}" for hidden_reason, words in _COUNTED.items() if counts[hidden_reason]]
    canvas.heading("Hidden", "--all shows them")
    for line in wrap(", ".join(parts), canvas.width):
        canvas.add((line, "dim"))
