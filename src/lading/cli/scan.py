"""`lading scan`."""

from collections.abc import Sequence
from pathlib import Path

import click
from msgspec import structs

from lading.cli.accounts import bind
from lading.cli.environment import vex_of
from lading.cli.options import DATABASE, IMAGE, VEX, sign_files_option, with_settings
from lading.cli.output import Output, encode_outputs, formats_text, outputs_of, signing_of, with_template
from lading.cli.results import baseline_of, result_bytes
from lading.cli.selection import tell_unselected, with_selection
from lading.cli.worker import Done, run_work
from lading.engine.environment import Environment
from lading.engine.scan import scan_inventories
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.formats.view import View
from lading.model.decision import Scanned
from lading.model.errors import UsageError

GATE = (
    "fail_on",
    "fail_on_unmanaged",
    "ignore_unfixed",
    "ignore_base",
    "only_base",
    "policy_file",
    "policy_key",
    "ignore_file",
    "baseline",
    "report_key",
    "exit_code",
    "severity_source",
    "allow_incomplete",
    "max_db_age",
)


@click.command()
@click.argument("image")
@sign_files_option
@with_settings(
    "output",
    "all",
    "group_by",
    "template",
    "checks",
    "dockerfile",
    "sbom_author",
    "sbom_supplier",
    *GATE,
    *VEX,
    *DATABASE,
    *IMAGE,
    formats=formats_text("report", "scanned", "inventory"),
)
@with_selection
def scan(image: str, sign: Path | None, settings: Settings, view: View) -> int:
    """Show the known vulnerabilities of IMAGE, and what can be done about them.

    IMAGE is a reference (alpine:3.20, registry.example/app@sha256:…), or a path to an OCI layout, an image archive,
    a root filesystem or a single file; a prefix says which when it is not clear: docker:, podman:, registry:, oci:,
    docker-archive:, dir:, file:. With sbom:FILE what a CycloneDX or SPDX document lists is matched, with purl:FILE a
    list of package URLs. - is standard input.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on, or a policy's)
    failed, 2 usage or operational error, 3 coverage is incomplete.
    """
    return run_scan(image, settings, view, sign)


def run_scan(image: str, settings: Settings, view: View, sign: Path | None = None) -> int:
    """Scans an image, writes the results, signed by the key in the file `sign`, and gives the exit status. Raises
    LadingError."""
    from lading.engine.policies import policy_of
    from lading.policy.gate import evaluate

    settings = bind(settings, image)
    outputs = outputs_of(settings, "report", "scanned", "inventory")
    signing = signing_of(sign, "report", outputs)
    tell_unselected(outputs, view)
    _check_platforms(settings, outputs)
    view = with_template(view, settings, outputs)
    view = structs.replace(view, author=settings.sbom_author, supplier=settings.sbom_supplier)
    policy = policy_of(settings)
    if settings.exit_code and settings.origins["exit_code"].level == "flag" and not policy.is_gate:
        raise UsageError(
            f"--exit-code {settings.exit_code}: there is no rule that could fail: add --fail-on any (for whatever is "
            "found), --fail-on high or the like, or a policy"
        )
    vex = vex_of(settings)
    earlier = result_bytes(settings.baseline, settings) if settings.baseline else b""

    def work(environment: Environment) -> Done:
        environment = structs.replace(environment, vex=vex)
        baseline = baseline_of(earlier, settings.baseline)
        listed, report = scan_inventories(image, settings, environment)
        found = listed[0]
        evaluated = evaluate(report, policy, environment.clock().date(), baseline=baseline)
        values: dict[Subject, object] = {
            "report": evaluated,
            "scanned": Scanned(found, evaluated),
            "inventory": found,
        }
        return Done(evaluated.decision.exit_status, encode_outputs(outputs, values, view))

    read = [settings.dockerfile] if settings.dockerfile else []
    return run_work(work, image, settings, outputs, read, signing=signing)


def _check_platforms(settings: Settings, outputs: Sequence[Output]) -> None:
    """Raises UsageError for an output that holds one image, where several are asked for."""
    single = next((one for one in outputs if one.format.subject != "report"), None)
    if settings.platform == "all" and single is not None:
        raise UsageError(
            f"--platform all: -o {single.format.id} holds one image: name a platform, or write another format"
        )
