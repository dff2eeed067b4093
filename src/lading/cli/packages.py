"""`lading packages`."""

import click

from lading import __version__
from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal


@click.command()
@click.argument("image")
@click.option(
    "-o", "--output", multiple=True, metavar="FORMAT[=FILE]", help="table (default) or json; repeatable with files."
)
@click.option("--allow-incomplete", is_flag=True, help="Exit with 0 although part of the image could not be read.")
@image_options
def packages(image: str, output: tuple[str, ...], allow_incomplete: bool, image_options: ImageOptions) -> int:
    """List what is installed in IMAGE, and which layer brought it.

    Exits with 3 when part of the image could not be read.
    """
    outputs = parse_outputs(output, ("table", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)

    def render(format: str, screen: Screen) -> bytes:
        if format == "json":
            from lading.formats.native import write_inventory

            return write_inventory(taken.image, taken.inventory, taken.diagnostics, f"lading {__version__}")
        from lading.formats.table.inventory import write_inventory_table

        text = write_inventory_table(
            taken.image, taken.inventory, taken.diagnostics, width=screen.width, colour=screen.colour
        )
        return text.encode("utf-8", "backslashreplace")

    write_outputs(outputs, render)
    incomplete = any(diagnostic.level == "incomplete" for diagnostic in taken.diagnostics)
    return 3 if incomplete and not allow_incomplete else 0
