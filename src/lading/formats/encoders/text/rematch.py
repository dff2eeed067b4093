"""What is new in images whose results are kept, for people."""

from collections.abc import Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas, fitted, widths
from lading.formats.encoders.text.text import counted, listed, printable, sentence, short_digest, wrap
from lading.formats.view import View
from lading.model.rematch import NewFinding, Rematch

_MOST: Final = 50
_NAMES: Final = 60


def encode_rematch_table(rematch: Rematch, view: View) -> bytes:
    """What was done, then each vulnerability that is new in an image. Of many only the first are listed, unless all are
    to be shown."""
    canvas = Canvas(view.width, colour=view.colour)
    facts = [
        counted(rematch.results, "result"),
        f"{rematch.matched:,} matched again for {counted(rematch.rows, 'row')} that changed",
        f"{rematch.changed:,} say something else now",
        f"data {short_digest(rematch.database)}" if rematch.database else "",
    ]
    _add_text(canvas, " · ".join(filter(None, facts)), "")
    if rematch.new:
        canvas.heading("New", counted(len(rematch.new), "vulnerability"))
        shown = rematch.new if view.show_all else rematch.new[:_MOST]
        _add_rows(canvas, shown)
        if len(shown) < len(rematch.new):
            canvas.add((f"and {len(rematch.new) - len(shown):,} more (--all)", "dim"))
    elif rematch.held:
        canvas.add(
            ("Nothing is new in the others." if rematch.held < rematch.results else "Nothing was matched.", "bold")
        )
    else:
        canvas.add(("Nothing is new.", "green"))
    if rematch.held:
        stay = "stays as it was" if rematch.held == 1 else "stay as they were"
        stay = f"{counted(rematch.held, 'result')} {stay}"
        data = listed([printable(one) for one in rematch.missing], _NAMES)
        _add_text(
            canvas, f"{stay}, for data is not downloaded that packages were matched against: {data}", "bold yellow"
        )
    if rematch.gone:
        _add_text(canvas, f"{counted(rematch.gone, 'finding')} gone from the images that had them.", "green")
    if rematch.failed:
        canvas.heading("Not matched again", counted(len(rematch.failed), "image"))
        for name, error in rematch.failed:
            _add_text(canvas, f"{name}: {error}", "red")
    return canvas.render()


def _add_rows(canvas: Canvas, found: Sequence[NewFinding]) -> None:
    rows = [_cells(one) for one in found]
    columns = fitted(widths(rows), canvas.width)
    for row, one in zip(rows, found, strict=True):
        canvas.row(row, columns, ("bold", "", STYLES[one.severity], "green", "bold red"))
        canvas.add((f"   in {listed([printable(name) for name in one.images], _NAMES)}", "dim"))


def _cells(one: NewFinding) -> tuple[str, str, str, str, str]:
    rating = one.severity if one.severity != "unknown" else "unrated"
    status = "" if one.status == "affected" else f", {one.status.replace('_', ' ')}"
    marks = ["exploited" if one.exploited else "", "hidden by default" if one.hidden else ""]
    return (
        printable(one.vulnerability),
        printable(f"{one.package} {', '.join(one.versions)}"),
        f"{rating}{status}",
        printable(f"→ {one.fixed_version}") if one.fixed_version else "",
        ", ".join(filter(None, marks)),
    )


def _add_text(canvas: Canvas, text: str, style: str) -> None:
    for line in wrap(sentence(text), canvas.width):
        canvas.add((line, style))
