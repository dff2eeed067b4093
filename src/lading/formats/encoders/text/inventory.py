"""The inventory for people: as a table, or as a tree by layer."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from lading.formats.encoders.text.attached import add_attached
from lading.formats.encoders.text.canvas import UNBOUNDED, Canvas, widths
from lading.formats.encoders.text.footer import add_diagnostics
from lading.formats.encoders.text.header import add_header
from lading.formats.encoders.text.layers import add_origin, layer_name
from lading.formats.encoders.text.text import cells, counted, printable, shorten
from lading.formats.view import View
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Package, UnmanagedFile
from lading.model.properties import bundled_in
from lading.model.report import InventoryResult


def encode_inventory_table(result: InventoryResult, view: View) -> bytes:
    """The packages one a line, then how many came with which layer, as text ending in a newline. Programs that belong
    to no package are listed when there are no packages to list, and counted otherwise."""
    canvas = Canvas(view.width, colour=view.colour)
    image, inventory = result.image, result.inventory
    _add_header(canvas, result, view)
    add_attached(canvas, result.attached)
    if inventory.packages:
        _add_packages(canvas, image, inventory.packages)
        _add_layers(canvas, image, inventory.packages)
        _add_unmanaged_counts(canvas, image, inventory.unmanaged)
    elif inventory.unmanaged:
        _add_unmanaged(canvas, image, inventory.unmanaged)
    elif view.packages is not None:
        canvas.add()
        canvas.add("Nothing in the image is what was asked for.")
    add_diagnostics(canvas, [one for one in result.diagnostics if one.code != _SAID_ABOVE])
    return canvas.render()


def encode_inventory_tree(result: InventoryResult, view: View) -> bytes:
    """The packages below the layer that introduced them and their type, as text ending in a newline."""
    canvas = Canvas(view.width, colour=view.colour)
    image, inventory = result.image, result.inventory
    _add_header(canvas, result, view)
    add_attached(canvas, result.attached)
    by_layer: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for package in inventory.packages:
        by_layer[package.layer][package.type].append(_leaf(package))
    for one in inventory.unmanaged:
        by_layer[one.layer][_UNMANAGED].append(f"{one.path}  {one.kind}")
    for layer in sorted(by_layer):
        canvas.add()
        types = by_layer[layer]
        add_origin(canvas, image, layer, counted(sum(map(len, types.values())), "line"), indent="")
        for place, kind in enumerate(sorted(types), 1):
            _add_branch(canvas, kind, types[kind], last=place == len(types))
    add_diagnostics(canvas, [one for one in result.diagnostics if one.code != _SAID_ABOVE])
    return canvas.render()


def _add_header(canvas: Canvas, result: InventoryResult, view: View) -> None:
    distribution, packages = result.inventory.distribution, len(result.inventory.packages)
    if view.packages is None:
        add_header(canvas, result.image, distribution, packages)
    else:
        add_header(canvas, result.image, distribution, view.packages, listed=packages)


_TITLES = ("NAME", "VERSION", "TYPE", "FROM", "LAYER", "PATH")
_STYLES = ("bold", "", "dim", "", "dim", "dim")
_LONGEST = (48, 32, 20, 32, 12)
_LEAST_PATH = 16
_UNMANAGED = "unmanaged"
_SAID_ABOVE = "packages-left-out"


def _add_branch(canvas: Canvas, kind: str, leaves: Sequence[str], *, last: bool) -> None:
    canvas.add(("└─ " if last else "├─ ", "dim"), (printable(kind), "bold"), (f"  {len(leaves):,}", "dim"))
    for place, leaf in enumerate(leaves, 1):
        stem = ("   " if last else "│  ") + ("└─ " if place == len(leaves) else "├─ ")
        canvas.add((stem, "dim"), shorten(printable(leaf), max(canvas.width - len(stem), 24)))


def _leaf(package: Package) -> str:
    note = _note(package)
    return f"{package.name} {package.version}".rstrip() + (f"  {note}" if note else "")


def _add_packages(canvas: Canvas, image: Image, packages: Sequence[Package]) -> None:
    table = [_cells(image, package, shortened=canvas.width < UNBOUNDED) for package in packages]
    columns = widths([_TITLES, *table])
    room = canvas.width - sum(columns[:-1]) - 2 * (len(columns) - 1)
    kept = min(columns[-1], room) if room >= _LEAST_PATH and any(row[-1] for row in table) else 0
    rows = [(*most, _end(path, kept)) for *most, path in table]
    canvas.add()
    titles = (*_TITLES[:-1], _TITLES[-1] if kept else "")
    canvas.table([titles, *rows], [["dim"] * len(_TITLES), *[_STYLES] * len(rows)])


def _cells(image: Image, package: Package, *, shortened: bool) -> tuple[str, ...]:
    kind = f"{package.type} {package.arch}".rstrip()
    values = (package.name, package.version, kind, _note(package), layer_name(image, package.layer))
    fit = [printable(value) for value in values]
    if shortened:
        fit = [shorten(value, most) for value, most in zip(fit, _LONGEST, strict=True)]
    path = package.locations[0].path if package.locations and package.type not in DISTRIBUTED else ""
    return (*fit, printable(path))


def _note(package: Package) -> str:
    """Where a package comes from, said only where that is something new: its source, what owns or bundles it, how it
    was recognised, which layer took it away."""
    if package.removed:
        return f"removed by layer {package.removed}"
    if package.owner:
        return package.owner_name
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
    if cells(path) <= width:
        return path
    while path and cells(path) >= width:
        path = path[1:]
    return f"…{path}" if width else ""


def _add_layers(canvas: Canvas, image: Image, packages: Sequence[Package]) -> None:
    types = Counter(package.type for package in packages)
    canvas.heading(counted(len(packages), "package"), ", ".join(f"{types[kind]:,} {kind}" for kind in sorted(types)))
    layers = Counter(package.layer for package in packages)
    for layer in sorted(layers):
        add_origin(canvas, image, layer, counted(layers[layer], "package"), indent="")


def _add_unmanaged_counts(canvas: Canvas, image: Image, unmanaged: Sequence[UnmanagedFile]) -> None:
    if unmanaged:
        canvas.heading(counted(len(unmanaged), "unmanaged file"), "they belong to no package; --unmanaged lists them")
        layers = Counter(one.layer for one in unmanaged)
        for layer in sorted(layers):
            add_origin(canvas, image, layer, counted(layers[layer], "file"), indent="")


def _add_unmanaged(canvas: Canvas, image: Image, unmanaged: Sequence[UnmanagedFile]) -> None:
    table = [(layer_name(image, one.layer), printable(one.kind), printable(one.path)) for one in unmanaged]
    canvas.add()
    canvas.table([("LAYER", "KIND", "PATH"), *table], [["dim"] * 3, *[("dim", "", "bold")] * len(table)])
