"""Rows of a report as lines of tables: those of one package below it, or each with its package."""

from collections.abc import Callable, Sequence

from lading.formats.encoders.text.canvas import STYLES, Canvas, line_of, severity_text, widths
from lading.formats.encoders.text.groups import Group, groups_of
from lading.formats.encoders.text.layers import add_origin
from lading.formats.encoders.text.text import cells, counted, listed, printable, sentence, shorten, wrap
from lading.model.advisory import KnownExploited
from lading.model.finding import FixState, HiddenReason
from lading.model.image import Image
from lading.model.package import DISTRIBUTED
from lading.model.rows import Row

HIDDEN: dict[HiddenReason, tuple[str, str]] = {
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
_INDENT = 2
_LEAST_SUMMARY = 20
_LIKELY = 0.1
"""A probability of exploitation worth a word in the table; most vulnerabilities are far below."""


def add_section(canvas: Canvas, image: Image, title: str, rows: Sequence[Row], *, state: bool = False) -> None:
    """A heading and the rows by package, nothing without rows. With `state` each row says what can be done, where no
    heading does."""
    if not rows:
        return
    canvas.heading(title, amount(rows))
    groups = groups_of(rows)
    add_groups(canvas, groups, lambda group: _add_layers(canvas, image, group), state=state)


def amount(rows: Sequence[Row]) -> str:
    """`3 vulnerabilities in 2 packages`."""
    packages = len({row.finding.row[:3] for row in rows})
    return f"{counted(len(rows), 'vulnerability')} in {counted(packages, 'package')}"


def add_groups(
    canvas: Canvas, groups: Sequence[Group], add_places: Callable[[Group], None], *, state: bool = False
) -> None:
    """Packages, an empty line between, each with its rows and with what `add_places` says of where it is."""
    columns = widths(_cells(row, group, state) for group in groups for row in group.rows)
    for number, group in enumerate(groups):
        if number:
            canvas.add()
        canvas.add(*title_of(group))
        for row in group.rows:
            _add_row(canvas, row, _cells(row, group, state), columns)
        add_places(group)
        _add_claims(canvas, group)


def title_of(group: Group) -> list[tuple[str, str]]:
    """The line above the rows of a package: its name and version, of which language it is, and what an upgrade does."""
    language = "" if group.type in DISTRIBUTED else f" ({printable(group.type)})"
    upgrade = f" → {printable(group.upgrade)}" if group.upgrade else ""
    clears = f"  clears {group.cleared:,} of {len(group.rows):,}" if group.upgrade and len(group.rows) > 1 else ""
    return [
        (printable(group.source), "bold"),
        (f" {printable(group.version)}", ""),
        (language, "dim"),
        (upgrade, "green"),
        (clears, "dim"),
    ]


def add_flat(canvas: Canvas, rows: Sequence[Row]) -> None:
    """Rows with their packages, one a line, the riskiest first."""
    rows = sorted(rows, key=lambda row: -row.finding.risk)
    lines = [_flat_cells(row) for row in rows]
    room = canvas.width - sum(width + 2 for width in widths(lines) if width)
    summaries = [sentence(row.finding.summary) if room >= _LEAST_SUMMARY else "" for row in rows]
    styles = ("dim", "", "bold magenta", "bold", "green", "dim")
    canvas.table(
        [(*line, shorten(summary, room)) for line, summary in zip(lines, summaries, strict=True)],
        [(*styles[:4], "green" if row.fixed_version else "dim", styles[5]) for row in rows],
        right=(0,),
    )


def state_of(row: Row) -> str:
    """What can be done about a row, for people: the version that fixes it, or why there is none."""
    if row.fixed_version:
        return f"→ {printable(row.fixed_version)}"
    if row.finding.status == "under_investigation":
        return "under investigation"
    return _UNFIXED.get(row.finding.fix_state, "no fix yet")


def marks_of(row: Row) -> str:
    """What makes a row stand out: malware, known or likely exploitation, what CISA would do, and use."""
    finding = row.finding
    marks = (
        "MALWARE" if finding.kind == "malware" else "",
        _kev(finding.known_exploited),
        f"EPSS {finding.epss:.0%}" if finding.epss is not None and finding.epss >= _LIKELY else "",
    )
    decision = finding.ssvc.decision if finding.ssvc is not None else ""
    pressing = f"SSVC {decision}" if decision in _PRESSING else ""
    return " ".join(filter(None, (*marks, pressing, "IN USE" if row.in_use else "")))


def _kev(known: KnownExploited | None) -> str:
    if known is None or not known.catalogues:
        return "KEV" if known is not None else ""
    return f"KEV ({', '.join(map(printable, known.catalogues))})"


_PRESSING = ("attend", "act")


def _add_row(canvas: Canvas, row: Row, values: Sequence[str], columns: Sequence[int]) -> None:
    finding = row.finding
    fixed_style = "green" if row.fixed_version else "dim"
    styles = ("dim", STYLES[finding.severity.label], "", "bold magenta", fixed_style)
    line = line_of(values, columns, styles, frozenset({0}))
    room = canvas.width - _INDENT - sum(cells(cell) for cell, _ in line)
    if room >= _LEAST_SUMMARY:
        line.append((shorten(sentence(finding.summary), room), "dim"))
    canvas.add(" " * _INDENT, *line)
    for text in (finding.note, "" if row.hidden_reason else finding.reason):
        for part in wrap(sentence(text), canvas.width - 2 * _INDENT):
            canvas.add((" " * 2 * _INDENT + part, "dim"))


def _cells(row: Row, group: Group, state: bool) -> tuple[str, ...]:
    """Risk, severity, name, marks, and the fix where the group's own upgrade does not say it."""
    finding = row.finding
    if row.fixed_version:
        fixed = "" if row.fixed_version == group.upgrade else f"→ {printable(row.fixed_version)}"
    else:
        fixed = _said(row) if state else _UNFIXED.get(finding.fix_state, "")
    return (
        f"risk {finding.risk:.0f}",
        printable(severity_text(finding.severity)),
        printable(finding.id),
        marks_of(row),
        fixed,
    )


def _said(row: Row) -> str:
    hidden = HIDDEN[row.hidden_reason][1] if row.hidden_reason else ""
    return f"hidden: {hidden}" if hidden else state_of(row)


def _flat_cells(row: Row) -> tuple[str, ...]:
    finding = row.finding
    package = finding.row
    named = f"{printable(package[1])} {printable(package[2])}".rstrip()
    fixed = state_of(row) if row.fixed_version else _said(row)
    return f"risk {finding.risk:.0f}", printable(finding.id), marks_of(row), named, fixed


def _add_layers(canvas: Canvas, image: Image, group: Group) -> None:
    for layer, names in group.layers:
        subject = listed([printable(name) for name in names], canvas.width // 2)
        add_origin(canvas, image, layer, subject, indent="    ")


def _add_claims(canvas: Canvas, group: Group) -> None:
    packages = [row.finding.package for row in group.rows]
    if claims := sorted({one.owner_name for one in packages if one.ownership == "claimed"}):
        claim = f"{listed([printable(name) for name in claims], canvas.width // 2)} claims to have installed it"
        canvas.add((f"    {claim}", "dim"))
