"""The inventory as a table for people."""

from collections import Counter
from collections.abc import Sequence

from lading.formats.table.canvas import Canvas, cells, widths
from lading.formats.table.foot import add_remarks
from lading.formats.table.head import add_head
from lading.formats.table.layers import add_origin
from lading.formats.table.text import counted, printable
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import Inventory, Package


def write_inventory_table(
    image: Image, inventory: Inventory, diagnostics: Sequence[Diagnostic], *, width: int, colour: bool
) -> str:
    """The packages one a line, then how many came with which layer, as text ending in a newline."""
    canvas = Canvas(width, colour=colour)
    add_head(canvas, image, inventory.distribution, len(inventory.packages))
    if inventory.packages:
        _add_packages(canvas, inventory.packages)
        _add_layers(canvas, image, inventory.packages)
    add_remarks(canvas, diagnostics)
    return canvas.render()


_TITLES = ("NAME", "VERSION", "TYPE", "SOURCE", "LAYER")
_STYLES = ("bold", "", "dim", "", "dim")


def _add_packages(canvas: Canvas, packages: Sequence[Package]) -> None:
    table = [_cells(package) for package in packages]
    columns = widths([_TITLES, *table])
    canvas.add()
    canvas.add(*cells(_TITLES, columns, ["dim"] * len(columns)))
    for row in table:
        canvas.add(*cells(row, columns, _STYLES))


def _cells(package: Package) -> tuple[str, str, str, str, str]:
    """The source is named only where it says something new: another name, or another version."""
    source = "" if package.source == package.name else package.source
    if package.source_version and package.source_version != package.version:
        source = f"{package.source} {package.source_version}"
    kind = f"{package.type} {package.arch}".rstrip()
    layer = str(package.layer) if package.layer else ""
    return printable(package.name), printable(package.version), printable(kind), printable(source), layer


def _add_layers(canvas: Canvas, image: Image, packages: Sequence[Package]) -> None:
    types = Counter(package.type for package in packages)
    canvas.heading(counted(len(packages), "package"), ", ".join(f"{types[kind]:,} {kind}" for kind in sorted(types)))
    layers = Counter(package.layer for package in packages)
    for layer in sorted(layers):
        add_origin(canvas, image, layer, counted(layers[layer], "package"), indent="")
