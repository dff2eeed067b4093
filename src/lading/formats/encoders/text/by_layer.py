"""The rows of a report by the layer that introduced their packages: as a table, and as a tree."""

from collections.abc import Iterator, Sequence

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.groups import Group, groups_of
from lading.formats.encoders.text.layers import add_instruction, add_origin, layer_name
from lading.formats.encoders.text.rows import add_groups, amount, marks_of, state_of, title_of
from lading.formats.encoders.text.text import cells, listed, printable, shorten
from lading.model.image import Image
from lading.model.rows import Row, worst_of


def add_layers(canvas: Canvas, image: Image, rows: Sequence[Row], only: Sequence[int]) -> None:
    """A section for each layer, the lowest first. A row with packages of several layers stands in each, with those;
    `only` are the layers that are asked for, none for all."""
    for layer, members in _by_layer(rows, only):
        name = f"Layer {layer_name(image, layer)}" if layer else "No layer"
        canvas.heading(name, amount(members))
        add_instruction(canvas, image, layer)
        add_groups(canvas, groups_of(members), lambda group: _add_names(canvas, group), state=True)


def add_tree(canvas: Canvas, image: Image, rows: Sequence[Row], only: Sequence[int]) -> None:
    """The same as a tree: layers, their packages, and the vulnerabilities of these."""
    for layer, members in _by_layer(rows, only):
        canvas.add()
        add_origin(canvas, image, layer, amount(members), indent="")
        groups = groups_of(members)
        for place, group in enumerate(groups, 1):
            is_last = place == len(groups)
            canvas.add(("└─ " if is_last else "├─ ", "dim"), *title_of(group))
            _add_leaves(canvas, group, "   " if is_last else "│  ")


def _by_layer(rows: Sequence[Row], only: Sequence[int]) -> Iterator[tuple[int, list[Row]]]:
    for layer in sorted({one.package.layer for row in rows for one in row.findings}):
        if only and layer not in only:
            continue
        parts = [tuple(one for one in row.findings if one.package.layer == layer) for row in rows]
        yield layer, [Row(worst_of(findings), findings) for findings in parts if findings]


def _add_names(canvas: Canvas, group: Group) -> None:
    names = [printable(name) for _, names in group.layers for name in names]
    if names != [printable(group.source)]:
        canvas.add((f"    in {listed(names, canvas.width // 2)}", "dim"))


def _add_leaves(canvas: Canvas, group: Group, stem: str) -> None:
    for place, row in enumerate(group.rows, 1):
        finding = row.finding
        lead = stem + ("└─ " if place == len(group.rows) else "├─ ")
        fixed = "" if row.fixed_version and row.fixed_version == group.upgrade else state_of(row)
        parts = [
            (lead, "dim"),
            (printable(finding.id), ""),
            (f"  {printable(severity_text(finding.severity))}", STYLES[finding.severity.label]),
        ]
        marks = marks_of(row)
        parts += [(f"  {marks}", "bold magenta")] if marks else []
        parts += [(f"  {fixed}", "green" if row.fixed_version else "dim")] if fixed else []
        taken = sum(cells(text) for text, _ in parts)
        if taken > canvas.width and fixed:
            parts[-1] = (shorten(parts[-1][0], max(canvas.width - taken + cells(parts[-1][0]), 3)), parts[-1][1])
        canvas.add(*parts)
