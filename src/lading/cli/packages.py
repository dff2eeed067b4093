"""`lading packages`."""

import click
from msgspec import structs

from lading import __version__
from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal
from lading.model.package import Inventory, Package


@click.command()
@click.argument("image")
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="table (default), tree (by layer) or json; repeatable with files.",
)
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only packages of this type, such as deb or npm.")
@click.option("--name", default="", metavar="TEXT", help="Only packages whose name contains this.")
@click.option("--path", default="", metavar="TEXT", help="Only packages seen at a path that contains this.")
@click.option("--layer", "layers", multiple=True, type=int, metavar="NUMBER", help="Only what this layer brought.")
@click.option("--unmanaged", is_flag=True, help="List the programs and archives that no package accounts for instead.")
@click.option("--allow-incomplete", is_flag=True, help="Exit with 0 although part of the image could not be read.")
@image_options
def packages(
    image: str,
    output: tuple[str, ...],
    types: tuple[str, ...],
    name: str,
    path: str,
    layers: tuple[int, ...],
    unmanaged: bool,
    allow_incomplete: bool,
    image_options: ImageOptions,
) -> int:
    """List what is in the image of IMAGE, and which layer brought it.

    The options --type and --layer may be repeated; a package must meet every kind of option that is given.
    Exits with 3 when part of the image could not be read.
    """
    outputs = parse_outputs(output, ("table", "tree", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)

    def wanted(package: Package) -> bool:
        return (
            (not types or package.type in types)
            and (not layers or package.layer in layers)
            and name.casefold() in package.name.casefold()
            # What an SBOM lists may have no place.
            and (not path or any(path in location.path for location in package.locations))
        )

    inventory = _selected(taken.inventory, tuple(filter(wanted, taken.inventory.packages)), layers, path, unmanaged)

    def render(format: str, screen: Screen) -> bytes:
        if format == "json":
            from lading.formats.native import write_inventory

            return write_inventory(taken.image, inventory, taken.diagnostics, f"lading {__version__}")
        from lading.formats.text.inventory import write_inventory_table, write_inventory_tree

        write = write_inventory_tree if format == "tree" else write_inventory_table
        text = write(taken.image, inventory, taken.diagnostics, width=screen.width, colour=screen.colour)
        return text.encode("utf-8", "backslashreplace")

    write_outputs(outputs, render)
    incomplete = any(diagnostic.level == "incomplete" for diagnostic in taken.diagnostics)
    return 3 if incomplete and not allow_incomplete else 0


def _selected(
    inventory: Inventory, packages: tuple[Package, ...], layers: tuple[int, ...], path: str, unmanaged: bool
) -> Inventory:
    """The inventory of these packages, or of the unmanaged alone."""
    kept = tuple(one for one in inventory.unmanaged if (not layers or one.layer in layers) and path in one.path)
    return structs.replace(inventory, packages=() if unmanaged else packages, unmanaged=kept)
