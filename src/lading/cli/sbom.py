"""`lading sbom`."""

import click

from lading import __version__
from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal


@click.command()
@click.argument("image")
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="cyclonedx (default, 1.6), spdx (2.3) or json, all of them JSON; repeatable with files.",
)
@click.option("--allow-incomplete", is_flag=True, help="Exit with 0 although part of the image could not be read.")
@image_options
def sbom(image: str, output: tuple[str, ...], allow_incomplete: bool, image_options: ImageOptions) -> int:
    """Write what is in IMAGE as a software bill of materials.

    `lading scan sbom:FILE` finds in it what it finds in the image, without the image; sbom:FILE in place of IMAGE
    turns one format into another. The same image gives the same bytes.

    Exits with 3 when part of the image could not be read.
    """
    outputs = parse_outputs(output, ("cyclonedx", "spdx", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)

    def render(format: str, screen: Screen) -> bytes:
        if format == "cyclonedx":
            from lading.formats.sbom.cyclonedx_writer import write_cyclonedx as write
        elif format == "spdx":
            from lading.formats.sbom.spdx_writer import write_spdx as write
        else:
            from lading.formats.native import write_inventory as write
        return write(taken.image, taken.inventory, taken.diagnostics, f"lading {__version__}")

    write_outputs(outputs, render)
    incomplete = any(diagnostic.level == "incomplete" for diagnostic in taken.diagnostics)
    return 3 if incomplete and not allow_incomplete else 0
