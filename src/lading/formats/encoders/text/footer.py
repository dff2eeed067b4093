"""The last lines of a report: what it rests on, and what it comes to."""

from collections import Counter
from collections.abc import Sequence

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.gate import add_gate
from lading.formats.encoders.text.text import counted, printable, sentence, short_digest, wrap
from lading.formats.encoders.text.vex import add_suppressed
from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic, Level
from lading.model.report import Coverage, Target
from lading.model.rows import SECTIONS, Row, Section


def add_footer(canvas: Canvas, evaluated: Evaluated, target: Target, rows: Sequence[Row]) -> None:
    """Coverage, diagnostics, and the result in one or two sentences."""
    report, decision = evaluated.report, evaluated.decision
    if target.coverage:
        canvas.heading("Matched against")
        _add_coverage(canvas, target.coverage)
        if report.database:
            canvas.add((f"The set of shards is {short_digest(report.database)}.", "dim"))
    add_diagnostics(canvas, sorted({*target.diagnostics, *decision.diagnostics}))
    canvas.heading("Result")
    _add_result(canvas, target, rows)
    add_suppressed(canvas, target)
    add_gate(canvas, report, decision)


def add_diagnostics(canvas: Canvas, diagnostics: Sequence[Diagnostic]) -> None:
    """Every diagnostic, what makes the result incomplete first."""
    if not diagnostics:
        return
    canvas.heading("Diagnostics")
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
    table, styles = [], []
    for row in coverage:
        style = "" if row.status in ("matched", "owned") else "yellow"
        for line in _coverage_lines(row):
            table.append(line)
            styles.append([style] * len(line))
    canvas.table(table, styles)


def _coverage_lines(row: Coverage) -> list[tuple[str, str, str, str]]:
    """A line for each source; of several only the first says what was matched."""
    count = ""
    if row.packages:
        some = counted(row.packages, "package")
        count = some if row.matched == row.packages else f"{row.matched:,} of {some}"
    note = printable(row.note or ("package list recovered from a lower layer" if row.status == "recovered" else ""))
    if not row.sources:
        return [(printable(row.kind), count, "" if row.status == "owned" else "not matched", note)]
    lines = []
    for place, source in enumerate(row.sources):
        date = (source.upstream_date or source.confirmed)[:10]
        tail = "  ".join(filter(None, (short_digest(source.digest), "" if place else note)))
        head = ("", "") if place else (printable(row.kind), count)
        lines.append((*head, f"{source.shard} of {date}" if date else source.shard, tail))
    return lines


def _add_result(canvas: Canvas, target: Target, rows: Sequence[Row]) -> None:
    parts = _result_parts(rows)
    every = sum(row.packages for row in target.coverage)
    matched = sum(row.matched for row in target.coverage)
    if parts:
        text, style = "; ".join(parts) + ".", "bold"
    elif matched < every or not every:
        what = f"the {matched:,} of {counted(every, 'package')} that could be matched"
        text, style = f"No known vulnerabilities in {what}.", "bold yellow"
    elif target.incomplete:
        text, style = f"No known vulnerabilities in {counted(every, 'package')}, of what could be read.", "bold yellow"
    else:
        text, style = f"No known vulnerabilities in {counted(every, 'package')}.", "bold green"
    for line in wrap(text, canvas.width):
        canvas.add((line, style))


def _result_parts(rows: Sequence[Row]) -> list[str]:
    """`3 vulnerabilities can be fixed by …`, `1 has no fix yet`: the first part alone says what is counted."""
    count = Counter(row.section for row in rows)
    upgrades = counted(len({row.finding.row[:3] for row in rows if row.section == "fixable"}), "package")
    phrases: dict[Section, tuple[str, str]] = {
        "fixable": (f"can be fixed by upgrading {upgrades}", f"can be fixed by upgrading {upgrades}"),
        "unfixed": ("has no fix yet", "have no fix yet"),
        "under_investigation": ("is under investigation", "are under investigation"),
        "hidden": ("is hidden by default", "are hidden by default"),
    }
    said = [section for section in SECTIONS if count[section]]
    return [
        f"{counted(count[section], 'vulnerability') if section == said[0] else format(count[section], ',')} "
        f"{phrases[section][count[section] != 1]}"
        for section in said
    ]
