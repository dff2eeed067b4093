"""`lading explain`."""

from pathlib import Path

import click

from lading.cli.options import ATTACHED, DATABASE, IMAGE, VEX, with_settings
from lading.cli.output import encode_outputs, formats_text, outputs_of
from lading.cli.processes.worker import Done, files_to_read, run_work
from lading.engine.before import before_deciding
from lading.engine.environment import Environment
from lading.engine.scan import explain as explain_target
from lading.engine.scan import explain_against
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.errors import UsageError


@click.command()
@click.argument("image")
@click.argument("id", metavar="[ID]", required=False, default="")
@click.argument("package", required=False, default="")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="REPORT",
    help="Another scanner's report on IMAGE, in place of ID: JSON of Trivy, Grype or OSV-Scanner, or their SARIF.",
)
@with_settings(
    "output",
    "all",
    "policy_file",
    "ignore_file",
    "severity_source",
    "fingerprint_key",
    "dockerfile",
    *VEX,
    *ATTACHED,
    *DATABASE,
    *IMAGE,
    formats=formats_text("explanation", "comparison"),
)
def explain(image: str, id: str, package: str, against: Path | None, settings: Settings) -> int:
    """Show why the vulnerability or check ID is reported in IMAGE, or why it is not.

    The policy and the VEX documents of settings and options count as they do in a scan.

    ID is any name of the vulnerability or of an advisory on it (CVE-2023-38545, GHSA-…, DSA-5523-1). PACKAGE, by its
    name, source or package URL, leaves out all others. Of a check (lading checks list) it shows what that finds, and
    PACKAGE is a part of the places.

    With --against it shows for each row that only Lading or only the other scanner has how that came about.
    """
    if against is not None:
        if id:
            raise UsageError(f"--against explains every row: leave {id!r} out")
        return _explain_against(image, against, settings)
    if not id:
        raise UsageError("which vulnerability? Give its ID, or --against another scanner's report")
    outputs = outputs_of(settings, "explanation")
    policy, equip = before_deciding(settings)

    def work(environment: Environment) -> Done:
        explanation = explain_target(image, id, package, settings, equip(environment), policy)
        return Done(0, encode_outputs(outputs, {"explanation": explanation}))

    return run_work(work, image, settings, outputs, files_to_read(settings))


def _explain_against(image: str, report: Path, settings: Settings) -> int:
    outputs = outputs_of(settings, "comparison")
    policy, equip = before_deciding(settings)

    def work(environment: Environment) -> Done:
        comparison = explain_against(image, report, settings, equip(environment), policy)
        return Done(0, encode_outputs(outputs, {"comparison": comparison}, View(show_all=settings.all)))

    return run_work(work, image, settings, outputs, (report,))
