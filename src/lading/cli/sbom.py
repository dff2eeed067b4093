"""`lading sbom`."""

import click

from lading.cli.options import ATTACHED, IMAGE, with_settings
from lading.cli.output import TOOL, encode_outputs, outputs_of
from lading.cli.processes.worker import Done, run_work
from lading.engine.before import before_listing
from lading.engine.documents import document_path
from lading.engine.environment import Environment
from lading.engine.scan import inventory_for_bill
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.decision import FAILED, INCOMPLETE, PASSED
from lading.model.errors import UsageError
from lading.policy.coverage import EVERY

_FORMATS = ("cyclonedx", "cyclonedx-1.7", "spdx", "spdx-3", "json")


@click.command()
@click.argument("image")
@click.option("--check", is_flag=True, help="Tell what guidelines ask for and the SBOM does not state (table, json).")
@click.option("--files", is_flag=True, help="List the files of packages too, with their digests.")
@with_settings(
    "output",
    "sbom_author",
    "sbom_supplier",
    "allow_incomplete",
    *ATTACHED,
    *IMAGE,
    formats="cyclonedx (the default, 1.6), cyclonedx-1.7, spdx (2.3), spdx-3 (3.0.1), json, all of them JSON",
)
def sbom(image: str, check: bool, files: bool, settings: Settings) -> int:
    """Write what is in IMAGE as a software bill of materials.

    `lading scan sbom:FILE` finds in it what it finds in the image, without the image; sbom:FILE in place of IMAGE
    turns one format into another. The same image gives the same bytes.

    With --check nothing is written: of the SBOM of an image, or any of sbom:FILE, a table tells which elements it has
    that NTIA, CISA and BSI ask for.

    With --files every file that a package manager lists (dpkg, rpm, apk, pacman, opkg; wheels by their RECORD) and that
    is there stands in the SBOM with its SHA-1, SHA-256 and SHA-512, and what its package states of it where that is
    another content. The layers are read once more for this.

    Exits with 3 when part of the image could not be read; with --check, with 1 when anything is missing.
    """
    if files:
        _check_files(image, check, settings)
    view = View(author=settings.sbom_author, supplier=settings.sbom_supplier, tool=TOOL)
    if check:
        return _check(image, settings, view)
    outputs, equip = outputs_of(settings, "inventory", among=_FORMATS), before_listing(settings)

    def work(environment: Environment) -> Done:
        found = inventory_for_bill(image, settings, equip(environment), files=files)
        status = INCOMPLETE if found.incomplete and EVERY not in settings.allow_incomplete else PASSED
        return Done(status, encode_outputs(outputs, {"inventory": found}, view))

    return run_work(work, image, settings, outputs)


def _check_files(image: str, check: bool, settings: Settings) -> None:
    """Raises UsageError where --files would change nothing."""
    if check:
        raise UsageError("--files: with --check no SBOM is written; leave one of them out")
    if document_path(image) is not None:
        raise UsageError(f"--files: {image} is a document, of which the files are not there: name the image")
    if any(one.format.id == "json" for one in outputs_of(settings, "inventory", among=_FORMATS)):
        bills = ", ".join(name for name in _FORMATS if name != "json")
        raise UsageError(f"--files: json has no place for files: write one of {bills}")


def _check(image: str, settings: Settings, view: View) -> int:
    outputs = outputs_of(settings, "completeness")

    def work(environment: Environment) -> Done:
        from lading.engine.completeness import check_completeness

        found = check_completeness(image, settings, environment, view)
        return Done(PASSED if found.is_whole else FAILED, encode_outputs(outputs, {"completeness": found}))

    return run_work(work, image, settings, outputs)
