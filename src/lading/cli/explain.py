"""`lading explain`."""

import click

from lading.cli.environment import open_environment
from lading.cli.options import DATABASE, IMAGE, with_settings
from lading.cli.output import formats_text, outputs_of, write_outputs
from lading.engine.scan import explain as explain_target
from lading.engine.settings import Settings


@click.command()
@click.argument("image")
@click.argument("id", metavar="ID")
@click.argument("package", required=False, default="")
@with_settings("output", "severity_source", *DATABASE, *IMAGE, formats=formats_text("explanation"))
def explain(image: str, id: str, package: str, settings: Settings) -> None:
    """Show why the vulnerability ID is reported in IMAGE, or why it is not.

    ID is any name of the vulnerability or of an advisory on it (CVE-2023-38545, GHSA-…, DSA-5523-1). PACKAGE, by its
    name, source or package URL, leaves out all others.
    """
    outputs = outputs_of(settings, "explanation")
    with open_environment(settings) as environment:
        explanation = explain_target(image, id, package, settings, environment)
    write_outputs(outputs, {"explanation": explanation})
