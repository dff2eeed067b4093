"""Which rows a view asks for, and what it leaves out."""

from collections import Counter
from collections.abc import Iterable, Sequence

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, printable, wrap
from lading.formats.view import Selection
from lading.model.advisory import SEVERITY_ORDER
from lading.model.rows import Row


def selected(rows: Iterable[Row], only: Selection) -> list[Row]:
    """The rows that are asked for, in their order. A row is as its worst member, and in the layers of all."""
    names = [name.casefold() for name in only.packages]
    return [
        row
        for row in rows
        if (not only.severities or row.finding.severity.label in only.severities)
        and (not only.fixable or row.fixed_version)
        and (not only.layers or any(one.package.layer in only.layers for one in row.findings))
        and (not names or any(name in text for name in names for text in _names(row)))
    ]


def without(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows but for those very `others`, which are some of them."""
    if len(rows) == len(others):
        return []
    known = {id(row) for row in others}
    return [row for row in rows if id(row) not in known]


def add_left_out(canvas: Canvas, left: Sequence[Row], suppressed: int, only: Selection) -> None:
    """A section on the rows that a selection leaves out, and on how many suppressed ones it does."""
    if not left and not suppressed:
        return
    count = Counter(row.finding.severity.label for row in left)
    parts = [f"{count[label]:,} {label_text(label)}" for label in reversed(SEVERITY_ORDER) if count[label]]
    parts += [f"{suppressed:,} suppressed"] if suppressed else []
    canvas.heading("Not shown", counted(len(left) + suppressed, "vulnerability"))
    text = f"{', '.join(parts)}: left out by {printable(only.words)}; the result and every rule count them."
    for line in wrap(text, canvas.width):
        canvas.add((line, "dim"))


def label_text(label: str) -> str:
    """The label of a severity for people."""
    return "unrated" if label == "unknown" else label


def _names(row: Row) -> set[str]:
    packages = [one.package for one in row.findings]
    return {name.casefold() for one in packages for name in (one.name, one.source)}
