"""`lading explain`."""

import click

from lading.cli.environment import DatabaseOptions, database_options, open_environment
from lading.cli.options import image_options
from lading.cli.output import output_option, parse_outputs, write_outputs
from lading.engine.options import ScanOptions
from lading.engine.scan import explain as explain_target


@click.command()
@click.argument("image")
@click.argument("id", metavar="ID")
@click.argument("package", required=False, default="")
@output_option("explanation")
@database_options
@image_options
def explain(
    image: str,
    id: str,
    package: str,
    output: tuple[str, ...],
    database_options: DatabaseOptions,
    options: ScanOptions,
    cached: bool,
) -> None:
    """Show why the vulnerability ID is reported in IMAGE, or why it is not.

    ID is any name of the vulnerability or of an advisory on it (CVE-2023-38545, GHSA-…, DSA-5523-1). PACKAGE, by its
    name, source or package URL, leaves out all others.
    """
    outputs = parse_outputs(output, "explanation")
    with open_environment(cached=cached, database=database_options) as environment:
        explanation = explain_target(image, id, package, options, environment)
    write_outputs(outputs, {"explanation": explanation})
