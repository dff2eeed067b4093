"""The last lines of a report: what it rests on, and what it comes to."""

from collections import Counter
from collections.abc import Sequence

from lading.formats.text.canvas import Canvas
from lading.formats.text.rows import SECTIONS, Row, Section
from lading.formats.text.text import counted, printable, sentence, short_digest, wrap
from lading.model.diagnostic import Diagnostic, Level
from lading.model.finding import Coverage, Gate, Report


def add_foot(canvas: Canvas, report: Report, rows: Sequence[Row], status: int) -> None:
    """Coverage, remarks, and the result in one or two sentences."""
    if report.coverage:
        canvas.heading("Matched against")
        _add_coverage(canvas, report.coverage)
        if report.database:
            canvas.add((f"The set of shards is {short_digest(report.database)}.", "dim"))
    add_remarks(canvas, report.diagnostics)
    canvas.heading("Result")
    _add_result(canvas, report, rows)
    if report.gate is not None:
        _add_gate(canvas, report.gate)
    _add_status(canvas, report, status)


def add_remarks(canvas: Canvas, diagnostics: Sequence[Diagnostic]) -> None:
    """Every diagnostic, what makes the result incomplete first."""
    if not diagnostics:
        return
    canvas.heading("Remarks")
    for level, (mark, style) in _LEVELS.items():
        for diagnostic in diagnostics:
            if diagnostic.level == level:
                where = f" ({diagnostic.where})" if diagnostic.where else ""
                first, *rest = wrap(sentence(diagnostic.message + where), canvas.width - len(mark) - 2)
                canvas.add((mark, style), "  ", first)
                for line in rest:
                    canvas.add(" " * (len(mark) + 2) + line)


_LEVELS: dict[Level, tuple[str, str]] = {
    "incomplete": ("incomplete", "bold yellow"),
    "warning": ("warning   ", "yellow"),
    "info": ("info      ", "dim"),
}


def _add_coverage(canvas: Canvas, coverage: Sequence[Coverage]) -> None:
    table = []
    above = ""
    for row in coverage:
        kind, count, *rest = _coverage_cells(row)
        # Of several shards on one kind of packages, only the first says which.
        table.append(("", "", *rest) if kind == above else (kind, count, *rest))
        above = kind
    styles = ["" if row.status in ("matched", "owned") else "yellow" for row in coverage]
    canvas.table(table, [[style] * 4 for style in styles])


def _coverage_cells(row: Coverage) -> tuple[str, str, str, str]:
    matched = f"{row.shard} of {row.date}" if row.shard else "" if row.status == "owned" else "not matched"
    note = row.note or ("package list recovered from a lower layer" if row.status == "recovered" else "")
    return (
        printable(row.ecosystem),
        counted(row.packages, "package") if row.packages else "",
        matched,
        "  ".join(part for part in (short_digest(row.digest), printable(note)) if part),
    )


def _add_result(canvas: Canvas, report: Report, rows: Sequence[Row]) -> None:
    parts = _result_parts(rows)
    if parts:
        text, style = "; ".join(parts) + ".", "bold"
    elif report.incomplete:
        text, style = "No vulnerabilities were found in what could be matched.", "bold yellow"
    else:
        text, style = f"No known vulnerabilities in {counted(report.packages, 'package')}.", "bold green"
    for line in wrap(text, canvas.width):
        canvas.add((line, style))


def _result_parts(rows: Sequence[Row]) -> list[str]:
    """`3 vulnerabilities can be fixed by …`, `1 has no fix yet`: the first part alone says what is counted."""
    count = Counter(row.section for row in rows)
    upgrades = counted(len({row.finding.row[:3] for row in rows if row.section == "fixable"}), "package")
    phrases: dict[Section, tuple[str, str]] = {
        "fixable": (f"can be fixed by upgrading {upgrades}", f"can be fixed by upgrading {upgrades}"),
        "unfixed": ("has no fix yet", "have no fix yet"),
        "under_investigation": ("cannot be matched", "cannot be matched"),
        "hidden": ("is hidden", "are hidden"),
    }
    said = [section for section in SECTIONS if count[section]]
    return [
        f"{_vulnerabilities(count[section]) if section == said[0] else format(count[section], ',')} "
        f"{phrases[section][count[section] != 1]}"
        for section in said
    ]


def _vulnerabilities(count: int) -> str:
    return counted(count, "vulnerability")


def _add_gate(canvas: Canvas, gate: Gate) -> None:
    if gate.unmanaged:
        canvas.add((f"Gate --fail-on-unmanaged: failed by {counted(gate.unmanaged, 'program')}.", "bold red"))
    asked = f"Gate --fail-on {gate.fail_on}" if gate.fail_on else "Gate --fail-on-unmanaged"
    if gate.unmanaged and not gate.fail_on:
        return
    if gate.failing:
        hidden = f", {gate.hidden:,} of them hidden" if gate.hidden else ""
        canvas.add((f"{asked}: failed by {_vulnerabilities(gate.failing)}{hidden}.", "bold red"))
    elif gate.unrated:
        canvas.add((f"{asked}: passed as far as it could be matched.", "yellow"))
    else:
        canvas.add((f"{asked}: passed.", "green"))


def _add_status(canvas: Canvas, report: Report, status: int) -> None:
    if status == 3:
        text = "Exit 3: not everything could be matched, see Remarks; --allow-incomplete makes that 0."
    elif report.incomplete:
        text = f"Exit {status}, though not everything could be matched, see Remarks."
    else:
        return
    for line in wrap(text, canvas.width):
        canvas.add((line, "bold yellow"))
