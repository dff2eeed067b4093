"""`lading packages`."""

from typing import Final

import click
from msgspec import structs

from lading.cli.options import ATTACHED, IMAGE, with_settings
from lading.cli.output import encode_outputs, formats_text, outputs_of
from lading.cli.processes.worker import Done, run_work
from lading.engine.before import before_listing
from lading.engine.environment import Environment
from lading.engine.scan import inventory
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.decision import INCOMPLETE, PASSED
from lading.model.diagnostics import diagnostic
from lading.model.package import Inventory, Package
from lading.policy.coverage import EVERY

_LEFT_OUT: Final = "this lists a part of the image by a filter: what was left out is not in it"


@click.command()
@click.argument("image")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only packages of this type, such as deb or npm.")
@click.option("--name", default="", metavar="TEXT", help="Only packages whose name contains this.")
@click.option("--path", default="", metavar="TEXT", help="Only packages seen at a path that contains this.")
@click.option("--layer", "layers", multiple=True, type=int, metavar="NUMBER", help="Only what this layer introduced.")
@click.option("--unmanaged", is_flag=True, help="List the programs and archives that belong to no package instead.")
@with_settings("output", "allow_incomplete", *ATTACHED, *IMAGE, formats=formats_text("inventory"))
def packages(
    image: str,
    types: tuple[str, ...],
    name: str,
    path: str,
    layers: tuple[int, ...],
    unmanaged: bool,
    settings: Settings,
) -> int:
    """List the packages in IMAGE, and which layer introduced each.

    The options --type and --layer may be repeated; a package must meet every kind of option that is given.
    Exits with 3 when part of the image could not be read.
    """
    outputs, equip = outputs_of(settings, "inventory"), before_listing(settings)

    def wanted(package: Package) -> bool:
        return (
            (not types or package.type in types)
            and (not layers or package.layer in layers)
            and name.casefold() in package.name.casefold()
            # What an SBOM lists may have no place.
            and (not path or any(path in location.path for location in package.locations))
        )

    def work(environment: Environment) -> Done:
        found = inventory(image, settings, equip(environment))
        status = INCOMPLETE if found.incomplete and EVERY not in settings.allow_incomplete else PASSED
        if not (types or layers or name or path or unmanaged):
            return Done(status, encode_outputs(outputs, {"inventory": found}))
        kept = tuple(filter(wanted, found.inventory.packages))
        part = structs.replace(
            found,
            inventory=_selected(found.inventory, kept, layers, path, unmanaged),
            diagnostics=(*found.diagnostics, diagnostic("packages-left-out", _LEFT_OUT)),
        )
        return Done(status, encode_outputs(outputs, {"inventory": part}, View(packages=len(found.inventory.packages))))

    return run_work(work, image, settings, outputs)


def _selected(
    inventory: Inventory, packages: tuple[Package, ...], layers: tuple[int, ...], path: str, unmanaged: bool
) -> Inventory:
    """The inventory of these packages, or of the unmanaged alone."""
    kept = tuple(one for one in inventory.unmanaged if (not layers or one.layer in layers) and path in one.path)
    return structs.replace(inventory, packages=() if unmanaged else packages, unmanaged=kept)
