"""`lading packages`."""

import click
from msgspec import structs

from lading.cli.environment import open_environment
from lading.cli.options import image_options
from lading.cli.output import output_option, parse_outputs, write_outputs
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory
from lading.model.decision import INCOMPLETE, PASSED, ExitStatus
from lading.model.package import Inventory, Package


@click.command()
@click.argument("image")
@output_option("inventory")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only packages of this type, such as deb or npm.")
@click.option("--name", default="", metavar="TEXT", help="Only packages whose name contains this.")
@click.option("--path", default="", metavar="TEXT", help="Only packages seen at a path that contains this.")
@click.option("--layer", "layers", multiple=True, type=int, metavar="NUMBER", help="Only what this layer introduced.")
@click.option("--unmanaged", is_flag=True, help="List the programs and archives that belong to no package instead.")
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
    options: ScanOptions,
    cached: bool,
) -> ExitStatus:
    """List the packages in IMAGE, and which layer introduced each.

    The options --type and --layer may be repeated; a package must meet every kind of option that is given.
    Exits with 3 when part of the image could not be read.
    """
    outputs = parse_outputs(output, "inventory")
    with open_environment(cached=cached) as environment:
        found = inventory(image, options, environment)

    def wanted(package: Package) -> bool:
        return (
            (not types or package.type in types)
            and (not layers or package.layer in layers)
            and name.casefold() in package.name.casefold()
            # What an SBOM lists may have no place.
            and (not path or any(path in location.path for location in package.locations))
        )

    kept = tuple(filter(wanted, found.inventory.packages))
    shown = structs.replace(found, inventory=_selected(found.inventory, kept, layers, path, unmanaged))
    write_outputs(outputs, {"inventory": shown})
    return INCOMPLETE if found.incomplete and not allow_incomplete else PASSED


def _selected(
    inventory: Inventory, packages: tuple[Package, ...], layers: tuple[int, ...], path: str, unmanaged: bool
) -> Inventory:
    """The inventory of these packages, or of the unmanaged alone."""
    kept = tuple(one for one in inventory.unmanaged if (not layers or one.layer in layers) and path in one.path)
    return structs.replace(inventory, packages=() if unmanaged else packages, unmanaged=kept)
