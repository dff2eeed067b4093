"""`lading explain`."""

import click
from msgspec import structs

from lading.cli.databases import DatabaseOptions, database_options, open_advisories
from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal


@click.command()
@click.argument("image")
@click.argument("vulnerability", metavar="ID")
@click.argument("package", required=False, default="")
@click.option("-o", "--output", multiple=True, metavar="FORMAT[=FILE]", help="text (default) or json.")
@database_options
@image_options
def explain(
    image: str,
    vulnerability: str,
    package: str,
    output: tuple[str, ...],
    database_options: DatabaseOptions,
    image_options: ImageOptions,
) -> None:
    """Show why the vulnerability ID is reported in IMAGE, or why it is not.

    ID is any name of the vulnerability or of an advisory on it (CVE-2023-38545, GHSA-…, DSA-5523-1). PACKAGE, by its
    name, source or package URL, leaves out all others.
    """
    outputs = parse_outputs(output, ("text", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)
        held = open_advisories(taken.inventory, database_options, progress)
    from lading.match.explain import explain as explain_vulnerability

    explanation = explain_vulnerability(taken.image, taken.inventory, held.store, vulnerability, package)
    explanation = structs.replace(explanation, database=held.database)

    def render(format: str, screen: Screen) -> bytes:
        if format == "json":
            from lading.formats.native import write_explanation as write_json

            return write_json(explanation)
        from lading.formats.text.explanation import write_explanation

        count = len(taken.inventory.packages)
        text = write_explanation(explanation, packages=count, width=screen.width, colour=screen.colour)
        return text.encode("utf-8", "backslashreplace")

    write_outputs(outputs, render)
