"""`lading sbom`."""

import click

from lading.cli.environment import open_environment
from lading.cli.options import image_options
from lading.cli.output import parse_outputs, write_outputs
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory
from lading.model.decision import INCOMPLETE, PASSED, ExitStatus


@click.command()
@click.argument("image")
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="cyclonedx (the default, 1.6), spdx (2.3) or json, all of them JSON; to standard output, or with =FILE to a "
    "file. Repeatable.",
)
@click.option("--allow-incomplete", is_flag=True, help="Exit with 0 although part of the image could not be read.")
@image_options
def sbom(image: str, output: tuple[str, ...], allow_incomplete: bool, options: ScanOptions, cached: bool) -> ExitStatus:
    """Write what is in IMAGE as a software bill of materials.

    `lading scan sbom:FILE` finds in it what it finds in the image, without the image; sbom:FILE in place of IMAGE
    turns one format into another. The same image gives the same bytes.

    Exits with 3 when part of the image could not be read.
    """
    outputs = parse_outputs(output or ("cyclonedx",), "inventory")
    with open_environment(cached=cached) as environment:
        found = inventory(image, options, environment)
    write_outputs(outputs, {"inventory": found})
    return INCOMPLETE if found.incomplete and not allow_incomplete else PASSED
