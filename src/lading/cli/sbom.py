"""`lading sbom`."""

import click

from lading.cli.environment import open_environment
from lading.cli.options import IMAGE, with_settings
from lading.cli.output import outputs_of, write_outputs
from lading.engine.scan import inventory
from lading.engine.settings import Settings
from lading.model.decision import INCOMPLETE, PASSED, ExitStatus

_FORMATS = ("cyclonedx", "spdx", "json")


@click.command()
@click.argument("image")
@with_settings(
    "output",
    "allow_incomplete",
    *IMAGE,
    formats="cyclonedx (the default, 1.6), spdx (2.3), json, all of them JSON",
)
def sbom(image: str, settings: Settings) -> ExitStatus:
    """Write what is in IMAGE as a software bill of materials.

    `lading scan sbom:FILE` finds in it what it finds in the image, without the image; sbom:FILE in place of IMAGE
    turns one format into another. The same image gives the same bytes.

    Exits with 3 when part of the image could not be read.
    """
    outputs = outputs_of(settings, "inventory", among=_FORMATS)
    with open_environment(settings) as environment:
        found = inventory(image, settings, environment)
    write_outputs(outputs, {"inventory": found})
    return INCOMPLETE if found.incomplete and not settings.allow_incomplete else PASSED
