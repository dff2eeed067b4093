"""The last lines of a report: what it rests on, and what it comes to."""

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.gate import add_gate
from lading.formats.encoders.text.issues import issues_text
from lading.formats.encoders.text.text import counted, printable, sentence, short_digest, size_text, wrap
from lading.formats.encoders.text.vex import add_partly_stated
from lading.model.decision import Decision, Evaluated
from lading.model.diagnostic import Diagnostic, Level
from lading.model.gaps import FILES, NOT_MADE
from lading.model.report import Coverage, CoverageStatus, Extent, Target
from lading.model.rows import SECTIONS, Row, Section


def add_footer(
    canvas: Canvas, evaluated: Evaluated, target: Target, rows: Sequence[Row], unseen: Container[str], *, short: bool
) -> None:
    """Coverage unless it is to be `short`, diagnostics, and the result in one or two sentences. `unseen` has the
    occurrence IDs of findings that are listed nowhere above."""
    report, decision = evaluated.report, evaluated.decision
    if target.coverage and not short:
        canvas.heading("Matched against")
        _add_coverage(canvas, target.coverage)
        if report.database:
            named = "; it was named, and its age is not checked" if report.pinned else ""
            canvas.add((f"The set of shards is {short_digest(report.database)}{named}.", "dim"))
    add_diagnostics(canvas, sorted({*_unraised(target, decision), *decision.diagnostics}))
    canvas.heading("Result")
    _add_result(canvas, evaluated, target, rows)
    add_partly_stated(canvas, target)
    add_gate(canvas, report, decision, unseen)


def _unraised(target: Target, decision: Decision) -> Iterator[Diagnostic]:
    """The diagnostics but for remarks on packages, programs and checks that a gate makes more of."""
    raised = {gap.where for gap in decision.diagnostics if gap.code == "packages-unmatched"}
    codes = {gap.code for gap in decision.diagnostics if gap.level == "incomplete"}
    for one in target.diagnostics:
        if (one.code == "unmanaged-files" and raised & FILES) or one.code in NOT_MADE & codes:
            continue
        if one.code not in ("group-unknown", "no-upstream", "version-unknown") or one.where not in raised:
            yield one


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
        style = "" if row.status in ("matched", *_WITHOUT_DATA) else "yellow"
        for line in _coverage_lines(row, digests=canvas.width >= _WIDE):
            table.append(line)
            styles.append([style] * len(line))
    canvas.table(table, styles)


_WITHOUT_DATA: tuple[CoverageStatus, ...] = ("owned", "unpublished")
"""Of what needs no data of its own."""


_WIDE: Final = 100
"""From so many cells on there is room for the digests of shards, which people seldom compare."""


def _coverage_lines(row: Coverage, *, digests: bool) -> list[tuple[str, str, str, str]]:
    """A line for each source; of several only the first says what was matched."""
    count = ""
    if row.packages:
        some = counted(row.packages, "package")
        count = some if row.matched == row.packages else f"{row.matched:,} of {some}"
    note = printable(row.note or ("package list recovered (see the diagnostics)" if row.status == "recovered" else ""))
    if not row.sources:
        return [(printable(row.kind), count, "" if row.status in _WITHOUT_DATA else "not matched", note)]
    lines = []
    for place, source in enumerate(row.sources):
        date = f"of {source.upstream_date[:10]}" if source.upstream_date else ""
        date = date or (f"as compared on {source.confirmed[:10]}" if source.confirmed else "")
        tail = "  ".join(filter(None, (short_digest(source.digest) if digests else "", "" if place else note)))
        head = ("", "") if place else (printable(row.kind), count)
        lines.append((*head, f"{source.shard} {date}".rstrip(), tail))
    return lines


def rows_text(rows: Sequence[Row]) -> str:
    """What can be done about rows, as one sentence; empty for none."""
    parts = _result_parts(rows)
    return f"{'; '.join(parts)}." if parts else ""


def _add_result(canvas: Canvas, evaluated: Evaluated, target: Target, rows: Sequence[Row]) -> None:
    text = rows_text(rows)
    extent = target.extent
    left = left_text(extent)
    is_old = evaluated.is_stale
    style = "bold yellow"
    if text:
        style = "bold"
    elif not extent.matched:
        text = "Nothing could be matched."
    elif any(one.is_open for one in target.findings):
        text = "None left of what was found, all of it is suppressed."
    elif extent.is_whole and not target.incomplete and not is_old:
        text, style = f"No known vulnerabilities in {counted(extent.packages, 'package')}.", "bold green"
    else:
        of = "" if extent.matched == extent.packages else f"{extent.matched:,} of "
        why = f", by {' and '.join(filter(None, (_read(target), 'stale data' if is_old else '')))}"
        text = f"None found in {of}{counted(extent.packages, 'package')}{why if why != ', by ' else ''}."
    for line in wrap(f"{text}{f' Not matched: {left}.' if left else ''}", canvas.width):
        canvas.add((line, style))
    for line in wrap(issues_text(target), canvas.width):
        canvas.add((line, "bold" if any(one.counts for one in target.issues) else "bold green"))


def _read(target: Target) -> str:
    return "what could be read and matched" if target.incomplete else ""


def left_text(extent: Extent) -> str:
    """What nothing is known of, for people: `2 packages, 3 programs and archives (1.2 MB)`."""
    packages = extent.packages - extent.matched
    size = f" ({size_text(extent.bytes)})" if extent.bytes else ""
    programs = "1 program or archive" if extent.programs == 1 else f"{extent.programs:,} programs and archives"
    parts = (counted(packages, "package") if packages else "", f"{programs}{size}" if extent.programs else "")
    return ", ".join(filter(None, parts))


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
