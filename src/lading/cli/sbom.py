"""`lading sbom`."""

import click

from lading.cli.options import IMAGE, with_settings
from lading.cli.output import encode_outputs, outputs_of
from lading.cli.worker import Done, run_work
from lading.engine.environment import Environment
from lading.engine.scan import inventory
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.decision import INCOMPLETE, PASSED
from lading.policy.coverage import EVERY

_FORMATS = ("cyclonedx", "cyclonedx-1.7", "spdx", "spdx-3", "json")


@click.command()
@click.argument("image")
@with_settings(
    "output",
    "sbom_author",
    "sbom_supplier",
    "allow_incomplete",
    *IMAGE,
    formats="cyclonedx (the default, 1.6), cyclonedx-1.7, spdx (2.3), spdx-3 (3.0.1), json, all of them JSON",
)
def sbom(image: str, settings: Settings) -> int:
    """Write what is in IMAGE as a software bill of materials.

    `lading scan sbom:FILE` finds in it what it finds in the image, without the image; sbom:FILE in place of IMAGE
    turns one format into another. The same image gives the same bytes.

    Exits with 3 when part of the image could not be read.
    """
    outputs = outputs_of(settings, "inventory", among=_FORMATS)
    view = View(author=settings.sbom_author, supplier=settings.sbom_supplier)

    def work(environment: Environment) -> Done:
        found = inventory(image, settings, environment)
        status = INCOMPLETE if found.incomplete and EVERY not in settings.allow_incomplete else PASSED
        return Done(status, encode_outputs(outputs, {"inventory": found}, view))

    return run_work(work, image, settings, outputs)
