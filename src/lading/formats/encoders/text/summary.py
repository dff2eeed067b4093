"""A report in counts: how much of each severity, what to upgrade first, and where it came from."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.groups import groups_of
from lading.formats.encoders.text.layers import add_origin
from lading.formats.encoders.text.selection import label_text
from lading.formats.encoders.text.text import counted, printable
from lading.model.advisory import SEVERITY_ORDER
from lading.model.image import Image
from lading.model.rows import SECTIONS, Row

_MOST: Final = 10
_COLUMNS: Final = ("fixable", "no fix yet", "under investigation", "hidden", "suppressed")


def add_summary(canvas: Canvas, image: Image, rows: Sequence[Row], suppressed: Sequence[Row]) -> None:
    """Sections of counts; nothing for no rows."""
    if not rows and not suppressed:
        return
    _add_counts(canvas, rows, suppressed)
    seen = [row for row in rows if row.section != "hidden"]
    _add_upgrades(canvas, [row for row in seen if row.section == "fixable"])
    layers = Counter(layer for row in seen for layer in {one.package.layer for one in row.findings})
    if layers and image.source != "rootfs":
        canvas.heading("By layer", "hidden ones left out")
        for layer in sorted(layers):
            add_origin(canvas, image, layer, counted(layers[layer], "vulnerability"), indent="")


def _add_counts(canvas: Canvas, rows: Sequence[Row], suppressed: Sequence[Row]) -> None:
    count = Counter((row.finding.severity.label, SECTIONS.index(row.section)) for row in rows)
    count.update((row.finding.severity.label, len(SECTIONS)) for row in suppressed)
    places = range(len(_COLUMNS))
    used = [place for place in places if any(number == place for _, number in count)]
    table, styles = [("", *(_COLUMNS[place] for place in used))], [["dim"] * (len(used) + 1)]
    for label in reversed(SEVERITY_ORDER):
        counts = [f"{count[label, place]:,}" if count[label, place] else "" for place in used]
        if any(counts):
            table.append((label_text(label), *counts))
            styles.append([STYLES[label], *[""] * len(used)])
    canvas.heading("Summary", counted(len(rows), "vulnerability"))
    canvas.table(table, styles, right=range(1, len(used) + 1))


def _add_upgrades(canvas: Canvas, rows: Sequence[Row]) -> None:
    groups = groups_of(rows)
    if not groups:
        return
    most = sorted(groups, key=lambda group: -group.cleared)  # stable: of two alike the more pressing one comes first
    canvas.heading("Upgrades that clear most", counted(len(groups), "package"))
    table = [
        (
            printable(group.source),
            printable(group.version),
            f"→ {printable(group.upgrade)}",
            f"clears {group.cleared:,}",
        )
        for group in most[:_MOST]
    ]
    canvas.table(table, [("bold", "", "green", "dim")] * len(table))
    if len(groups) > _MOST:
        canvas.add((f"and {len(groups) - _MOST:,} more (without --summary all are shown)", "dim"))
