"""Tables of what a command lists."""

import sys
from collections.abc import Collection, Sequence

from lading.cli.output import screen


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> None:
    """The header and the rows in columns that follow the terminal; nothing without rows. The columns `right` are flush
    right."""
    if not rows:
        return
    from lading.formats.encoders.text.canvas import Canvas
    from lading.formats.encoders.text.text import printable

    view = screen()
    canvas = Canvas(view.width, colour=view.colour)
    safe = [[printable(cell) for cell in row] for row in rows]
    canvas.table([header, *safe], [["dim"] * len(header), *[[""] * len(header)] * len(safe)], right=right)
    sys.stdout.write(canvas.render().decode())
