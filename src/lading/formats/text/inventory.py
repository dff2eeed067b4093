"""The inventory for people: as a table, or as a tree by layer."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from lading.formats.text.canvas import Canvas, cells, widths
from lading.formats.text.footer import add_remarks
from lading.formats.text.header import add_head
from lading.formats.text.layers import add_origin, layer_name
from lading.formats.text.text import counted, printable, shorten
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Inventory, Package, UnmanagedFile
from lading.model.properties import bundled_in


def write_inventory_table(
    image: Image, inventory: Inventory, diagnostics: Sequence[Diagnostic], *, width: int, colour: bool
) -> str:
    """The packages one a line, then how many came with which layer, as text ending in a newline. Programs that no
    package accounts for are listed when there are no packages to list, and counted otherwise."""
    canvas = Canvas(width, colour=colour)
    add_head(canvas, image, inventory.distribution, len(inventory.packages))
    if inventory.packages:
        _add_packages(canvas, image, inventory.packages)
        _add_layers(canvas, image, inventory.packages)
        _add_unknown_counts(canvas, image, inventory.unmanaged)
    elif inventory.unmanaged:
        _add_unknowns(canvas, image, inventory.unmanaged)
    add_remarks(canvas, diagnostics)
    return canvas.render()


def write_inventory_tree(
    image: Image, inventory: Inventory, diagnostics: Sequence[Diagnostic], *, width: int, colour: bool
) -> str:
    """The packages below the layer that brought them and their type, as text ending in a newline."""
    canvas = Canvas(width, colour=colour)
    add_head(canvas, image, inventory.distribution, len(inventory.packages))
    by_layer: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for package in inventory.packages:
        by_layer[package.layer][package.type].append(_leaf(package))
    for unknown in inventory.unmanaged:
        by_layer[unknown.layer][_UNKNOWN].append(f"{unknown.path}  {unknown.kind}")
    for layer in sorted(by_layer):
        canvas.add()
        types = by_layer[layer]
        add_origin(canvas, image, layer, counted(sum(map(len, types.values())), "line"), indent="")
        for place, kind in enumerate(sorted(types), 1):
            _add_branch(canvas, kind, types[kind], last=place == len(types))
    add_remarks(canvas, diagnostics)
    return canvas.render()


_TITLES = ("NAME", "VERSION", "TYPE", "FROM", "LAYER", "PATH")
_STYLES = ("bold", "", "dim", "", "dim", "dim")
_LONGEST = (48, 32, 20, 32, 12)
_LEAST_PATH = 16
_UNKNOWN = "no package"


def _add_branch(canvas: Canvas, kind: str, leaves: Sequence[str], *, last: bool) -> None:
    canvas.add(("└─ " if last else "├─ ", "dim"), (printable(kind), "bold"), (f"  {len(leaves):,}", "dim"))
    for place, leaf in enumerate(leaves, 1):
        stem = ("   " if last else "│  ") + ("└─ " if place == len(leaves) else "├─ ")
        canvas.add((stem, "dim"), shorten(printable(leaf), max(canvas.width - len(stem), 24)))


def _leaf(package: Package) -> str:
    remark = _remark(package)
    return f"{package.name} {package.version}".rstrip() + (f"  {remark}" if remark else "")


def _add_packages(canvas: Canvas, image: Image, packages: Sequence[Package]) -> None:
    table = [_cells(image, package) for package in packages]
    columns = widths([_TITLES, *table])
    room = canvas.width - sum(columns[:-1]) - 2 * len(columns)
    longest = max(len(row[-1]) for row in table)
    columns[-1] = min(longest, room) if room >= _LEAST_PATH else 0
    canvas.add()
    canvas.add(*cells(_TITLES, columns, ["dim"] * len(columns)))
    for row in table:
        *most, path = row
        canvas.add(*cells([*most, _end(path, columns[-1])], columns, _STYLES))


def _cells(image: Image, package: Package) -> tuple[str, ...]:
    kind = f"{package.type} {package.arch}".rstrip()
    values = (package.name, package.version, kind, _remark(package), layer_name(image, package.layer))
    short = (shorten(printable(value), most) for value, most in zip(values, _LONGEST, strict=True))
    path = package.locations[0].path if package.locations and package.type not in DISTRIBUTED else ""
    return (*short, printable(path))


def _remark(package: Package) -> str:
    """Where a package comes from, said only where that is something new: its source, what owns or bundles it, how it
    was recognised, which layer took it away."""
    if package.removed:
        return f"removed by layer {package.removed}"
    if package.owner:
        return package.owner.rpartition("/")[2].partition("@")[0]
    if host := bundled_in(package):
        return f"in {host}"
    if package.source_version and package.source_version != package.version:
        return f"{package.source} {package.source_version}"
    if package.source != package.name and package.source:
        return package.source
    return _EVIDENCE.get(package.evidence, "")


_EVIDENCE = {"static": "linked in", "declared": "lock file", "sbom": "SBOM", "binary": "program", "bundled": "copy"}


def _end(path: str, width: int) -> str:
    """The last part of a path tells more than the first."""
    return path if len(path) <= width else f"…{path[len(path) - width + 1 :]}" if width else ""


def _add_layers(canvas: Canvas, image: Image, packages: Sequence[Package]) -> None:
    types = Counter(package.type for package in packages)
    canvas.heading(counted(len(packages), "package"), ", ".join(f"{types[kind]:,} {kind}" for kind in sorted(types)))
    layers = Counter(package.layer for package in packages)
    for layer in sorted(layers):
        add_origin(canvas, image, layer, counted(layers[layer], "package"), indent="")


def _add_unknown_counts(canvas: Canvas, image: Image, unmanaged: Sequence[UnmanagedFile]) -> None:
    if unmanaged:
        canvas.heading(counted(len(unmanaged), "unknown"), "no package accounts for them; --unmanaged lists them")
        layers = Counter(unknown.layer for unknown in unmanaged)
        for layer in sorted(layers):
            add_origin(canvas, image, layer, counted(layers[layer], "file"), indent="")


def _add_unknowns(canvas: Canvas, image: Image, unmanaged: Sequence[UnmanagedFile]) -> None:
    table = [(layer_name(image, one.layer), printable(one.kind), printable(one.path)) for one in unmanaged]
    titles = ("LAYER", "KIND", "PATH")
    columns = widths([titles, *table])
    canvas.add()
    canvas.add(*cells(titles, columns, ["dim"] * len(columns)))
    for row in table:
        canvas.add(*cells(row, columns, ("dim", "", "bold")))
