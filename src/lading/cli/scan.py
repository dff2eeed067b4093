"""`lading scan`."""

import click
from msgspec import structs

from lading.cli.databases import DatabaseOptions, database_options, open_advisories
from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal
from lading.match.inventory import match
from lading.model.finding import Report
from lading.policy.gate import FAIL_ON, FailOn, exit_status, with_gate


@click.command()
@click.argument("image")
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="table (default) or json, to standard output or a file. Repeatable: -o table -o json=out.json.",
)
@click.option("--all", "show_all", is_flag=True, help="Open the hidden lines of the table.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    metavar="SEVERITY",
    help="Exit with 1 when a vulnerability has this severity or a higher one: negligible, low, medium, high, critical, "
    "or any, which counts those without a severity too. Hidden ones count; those in packages without a kernel do not.",
)
@click.option(
    "--fail-on-unmanaged", is_flag=True, help="Exit with 1 when there are programs that no package accounts for."
)
@click.option(
    "--severity-source",
    "severity_sources",
    default="",
    metavar="SOURCE,…",
    help="Whose severity counts, first come first served: distribution, cvss4, cvss3, cvss2, record, nvd, cna (this is "
    "the default order), or the name of any source, such as redhat. All are kept in the JSON.",
)
@click.option("--allow-incomplete", is_flag=True, help="Exit with 0 instead of 3 when coverage is incomplete.")
@database_options
@image_options
def scan(
    image: str,
    output: tuple[str, ...],
    show_all: bool,
    fail_on: FailOn | None,
    fail_on_unmanaged: bool,
    severity_sources: str,
    allow_incomplete: bool,
    database_options: DatabaseOptions,
    image_options: ImageOptions,
) -> int:
    """Show what is known to be wrong with IMAGE, and what can be done about it.

    IMAGE is a reference (alpine:3.20, registry.example/app@sha256:…), or a path to an OCI layout, an image archive or
    a root filesystem; a prefix says which when it is not clear: registry:, oci:, docker-archive:, dir:. With sbom:FILE
    what a CycloneDX or SPDX document says is matched.

    \b
    Exit status: 0 clean of what was asked, 1 the gate (--fail-on) failed,
    2 usage or operational error, 3 coverage is incomplete.
    """
    outputs = parse_outputs(output, ("table", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)
        held = open_advisories(taken.inventory, database_options, progress)
        report = match(
            taken.image,
            taken.inventory,
            (*taken.diagnostics, *held.failures),
            held.store,
            starter=database_options.starter,
            severity_order=[word for word in (part.strip() for part in severity_sources.split(",")) if word],
        )
    report = structs.replace(report, database=held.database)
    if fail_on is not None or fail_on_unmanaged:
        report = with_gate(report, fail_on, fail_on_unmanaged=fail_on_unmanaged)
    status = exit_status(report, allow_incomplete=allow_incomplete)
    write_outputs(outputs, lambda format, screen: _render(report, format, screen, show_all, status))
    return status


def _render(report: Report, format: str, screen: Screen, show_all: bool, status: int) -> bytes:
    if format == "json":
        from lading.formats.native import write_report

        return write_report(report)
    from lading.formats.text.report import View, write_table

    view = View(screen.width, screen.colour, show_all, status)
    return write_table(report, view).encode("utf-8", "backslashreplace")
