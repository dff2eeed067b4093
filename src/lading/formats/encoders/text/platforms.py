"""In what the images of several platforms differ."""

from collections import defaultdict
from collections.abc import Sequence

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.text import counted, printable
from lading.model.report import Target
from lading.model.rows import Row, rows_of

_MOST = 30


def add_differences(canvas: Canvas, targets: Sequence[Target], *, show_all: bool) -> None:
    """A section of the vulnerabilities that not every platform has, with those that have them; of many only the first
    unless all are asked for."""
    held: defaultdict[tuple[str, ...], dict[str, Row]] = defaultdict(dict)
    for target in targets:
        for row in rows_of(target.findings):
            held[row.finding.row].setdefault(str(target.image.platform or ""), row)
    unlike = [rows for rows in held.values() if len(rows) < len(targets)]
    packages = [{(one.type, one.name, one.version) for one in target.packages} for target in targets]
    every, common = packages[0].union(*packages), packages[0].intersection(*packages)
    apart = len(every - common)
    canvas.heading("Differences between platforms", counted(len(unlike), "vulnerability"))
    canvas.add(f"{len(targets)} platforms; {counted(apart, 'package')} in some of them only")
    shown = unlike if show_all else unlike[:_MOST]
    first = [next(iter(rows.values())) for rows in shown]
    cells = [_cells(row, rows) for row, rows in zip(first, shown, strict=True)]
    if cells:
        canvas.table(cells, [(STYLES[row.finding.severity.label], "dim", "dim", "dim") for row in first])
    if len(shown) < len(unlike):
        canvas.add((f"and {len(unlike) - len(shown):,} more (--all shows them)", "dim"))


def _cells(row: Row, rows: dict[str, Row]) -> Sequence[str]:
    finding = row.finding
    package = f"{finding.package.name} {finding.package.version}"
    only = f"only {', '.join(rows)}"
    return printable(severity_text(finding.severity)), printable(finding.id), printable(package), printable(only)
