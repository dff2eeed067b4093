"""The report as a table for people: what can be fixed first."""

from collections import Counter
from collections.abc import Sequence

from lading.formats.encoders.text.canvas import STYLES, Canvas, line_of, severity_text, widths
from lading.formats.encoders.text.footer import add_footer
from lading.formats.encoders.text.groups import Group, groups_of
from lading.formats.encoders.text.header import add_header
from lading.formats.encoders.text.layers import add_origin
from lading.formats.encoders.text.suppressed import add_suppressed
from lading.formats.encoders.text.text import cells, counted, listed, printable, sentence, shorten, wrap
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER
from lading.model.decision import Evaluated
from lading.model.finding import FixState, HiddenReason
from lading.model.report import Target
from lading.model.rows import Row, Section, rows_of


def encode_report_table(evaluated: Evaluated, view: View) -> bytes:
    """The report as text, ending in a newline. Nothing in it can drive a terminal."""
    canvas = Canvas(view.width, colour=view.colour)
    report = evaluated.report
    if report.starter:
        _add_banner(canvas)
    for target in report.targets:
        rows = rows_of(target.findings)
        add_header(canvas, target.image, target.distribution, len(target.packages), target.extent.matched)
        _add_tally(canvas, [row for row in rows if row.section != "hidden"])
        _add_sections(canvas, target, rows, show_hidden=view.show_all)
        add_suppressed(canvas, target, show_all=view.show_all)
        add_footer(canvas, evaluated, target, rows)
    if report.starter:
        _add_banner(canvas)
    return canvas.render().encode("utf-8", "backslashreplace")


def _add_banner(canvas: Canvas) -> None:
    for line in wrap(_STARTER, canvas.width - 2):
        canvas.add((f" {line} ", "bold reverse yellow"))


_STARTER = "STARTER SET: a few dozen famous vulnerabilities, NOT the full database; scan without --starter"

_TITLES: dict[Section, str] = {
    "fixable": "Fixed in a newer version",
    "unfixed": "No fix yet",
    "under_investigation": "Under investigation",
}

_HIDDEN: dict[HiddenReason, tuple[str, str]] = {
    "minor": ("Minor: no advisory will be issued", "minor"),
    "deferred": ("Fix deferred by the distribution", "deferred"),
    "wont_fix": ("Will not be fixed", "won't be fixed"),
    "negligible": ("Negligible", "negligible"),
    "under_investigation": ("Not decided upstream", "not decided upstream"),
    "kernel_headers": ("In kernel packages without a kernel", "in kernel headers"),
    "no_code": ("In packages without code: documentation, headers", "in packages without code"),
    "bundled": ("In copies inside other packages: update those", "in copies inside other packages"),
    "informational": ("No vulnerabilities: unmaintained or unsound packages", "unmaintained or unsound"),
}
"""The title of a section of hidden rows, and the words that count them."""

_UNFIXED: dict[FixState, str] = {
    "minor": "no advisory",
    "deferred": "deferred",
    "wont_fix": "won't fix",
    "end_of_life": "end of life",
    "unknown": "undecided",
}


def _add_tally(canvas: Canvas, rows: Sequence[Row]) -> None:
    """How many rows of each severity are shown, the most severe first."""
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


def _add_sections(canvas: Canvas, target: Target, rows: Sequence[Row], *, show_hidden: bool) -> None:
    for section, title in _TITLES.items():
        _add_section(canvas, target, title, [row for row in rows if row.section == section])
    hidden = [row for row in rows if row.section == "hidden"]
    if show_hidden:
        for reason, (title, _) in _HIDDEN.items():
            _add_section(canvas, target, title, [row for row in hidden if row.hidden_reason == reason])
    elif hidden:
        counts = Counter(row.hidden_reason for row in hidden)
        parts = [f"{counts[reason]:,} {words}" for reason, (_, words) in _HIDDEN.items() if counts[reason]]
        canvas.heading("Hidden by default", "--all shows them")
        for line in wrap(", ".join(parts), canvas.width):
            canvas.add((line, "dim"))


def _add_section(canvas: Canvas, target: Target, title: str, rows: Sequence[Row]) -> None:
    groups = groups_of(rows)
    if not groups:
        return
    columns = widths(_cells(row, group) for group in groups for row in group.rows)
    canvas.heading(title, f"{counted(len(rows), 'vulnerability')} in {counted(len(groups), 'package')}")
    for number, group in enumerate(groups):
        if number:
            canvas.add()
        _add_group(canvas, target, group, columns)


def _add_group(canvas: Canvas, target: Target, group: Group, columns: Sequence[int]) -> None:
    upgrade = f" → {printable(group.upgrade)}" if group.upgrade else ""
    clears = f"  clears {group.cleared:,} of {len(group.rows):,}" if group.upgrade and len(group.rows) > 1 else ""
    canvas.add((printable(group.source), "bold"), f" {printable(group.version)}", (upgrade, "green"), (clears, "dim"))
    for row in group.rows:
        _add_row(canvas, row, group, columns)
    for layer, names in group.layers:
        subject = listed([printable(name) for name in names], canvas.width // 2)
        add_origin(canvas, target.image, layer, subject, indent="    ")
    packages = [row.finding.package for row in group.rows]
    if claims := sorted({one.owner_name for one in packages if one.ownership == "claimed"}):
        claim = f"{listed([printable(name) for name in claims], canvas.width // 2)} claims to have installed it"
        canvas.add((f"    {claim}", "dim"))


def _add_row(canvas: Canvas, row: Row, group: Group, columns: Sequence[int]) -> None:
    finding = row.finding
    fixed_style = "green" if row.fixed_version else "dim"
    styles = ("dim", STYLES[finding.severity.label], "", "bold magenta", fixed_style)
    line = line_of(_cells(row, group), columns, styles, frozenset({0}))
    room = canvas.width - _INDENT - sum(cells(cell) for cell, _ in line)
    if room >= _LEAST_SUMMARY:
        line.append((shorten(sentence(finding.summary), room), "dim"))
    canvas.add(" " * _INDENT, *line)
    for text in (finding.note, "" if row.hidden_reason else finding.reason):
        for part in wrap(sentence(text), canvas.width - 2 * _INDENT):
            canvas.add((" " * 2 * _INDENT + part, "dim"))


_INDENT = 2
_LEAST_SUMMARY = 20


def _cells(row: Row, group: Group) -> tuple[str, ...]:
    """Risk, severity, name, marks, and the fix where the group's own upgrade does not say it."""
    finding = row.finding
    marks = (
        "MALWARE" if finding.kind == "malware" else "",
        "KEV" if finding.known_exploited is not None else "",
        f"EPSS {finding.epss:.0%}" if finding.epss is not None and finding.epss >= _LIKELY else "",
    )
    fixed = "" if row.fixed_version == group.upgrade else f"→ {printable(row.fixed_version)}"
    return (
        f"risk {finding.risk:.0f}",
        printable(severity_text(finding.severity)),
        printable(finding.id),
        " ".join(filter(None, marks)),
        fixed if row.fixed_version else _UNFIXED.get(finding.fix_state, ""),
    )


_LIKELY = 0.1
"""A probability of exploitation worth a word in the table; most vulnerabilities are far below."""
