"""What of a report is suppressed, by whom and why."""

from collections.abc import Sequence

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.text import counted, printable, sentence, shorten
from lading.model.finding import Suppression
from lading.model.rows import Row

_MOST = 20
_REASON = 100


def add_suppressed(canvas: Canvas, rows: Sequence[Row], *, show_all: bool) -> None:
    """A section of suppressed rows, each with its statement; of many only the first unless all are asked for."""
    if not rows:
        return
    shown = rows if show_all else rows[:_MOST]
    canvas.heading("Suppressed", counted(len(rows), "vulnerability"))
    styles = ("dim", "dim", "dim", "dim")
    canvas.table([_cells(row) for row in shown], [(STYLES[row.finding.severity.label], *styles) for row in shown])
    if len(shown) < len(rows):
        canvas.add((f"and {len(rows) - len(shown):,} more (--all shows them)", "dim"))


def _cells(row: Row) -> Sequence[str]:
    finding = row.finding
    package = f"{finding.package.name} {finding.package.version}"
    by = finding.suppressions[0]
    where = f"{by.source} {by.where}".strip()
    return printable(severity_text(finding.severity)), printable(finding.id), printable(package), _why(by), where


def _why(by: Suppression) -> str:
    reason = shorten(sentence(by.reason), _REASON) or "no reason given"
    owner = f"by {printable(by.author)}" if by.author else ""
    return ", ".join(filter(None, (reason, owner, f"until {by.expires}" if by.expires else "")))
