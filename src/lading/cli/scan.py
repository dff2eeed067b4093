"""`lading scan`."""

import click
from msgspec import structs

from lading.cli.environment import DatabaseOptions, database_options, open_environment
from lading.cli.options import image_options
from lading.cli.output import output_option, parse_outputs, write_outputs
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory, match
from lading.model.decision import Evaluated
from lading.policy.gate import FAIL_ON, FailOn, Policy, decide


@click.command()
@click.argument("image")
@output_option("report", "inventory")
@click.option("--all", "show_all", is_flag=True, help="Show what is hidden by default too.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON, case_sensitive=False),
    metavar="SEVERITY",
    help="Exit with 1 when a vulnerability has this severity or a higher one: negligible, low, medium, high, critical, "
    "or any, which counts those without a severity too. Hidden ones count; those in packages without a kernel do not.",
)
@click.option(
    "--fail-on-unmanaged", is_flag=True, help="Exit with 1 when there are programs that belong to no package."
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
    options: ScanOptions,
    cached: bool,
) -> int:
    """Show the known vulnerabilities of IMAGE, and what can be done about them.

    IMAGE is a reference (alpine:3.20, registry.example/app@sha256:…), or a path to an OCI layout, an image archive or
    a root filesystem; a prefix says which when it is not clear: registry:, oci:, docker-archive:, dir:. With sbom:FILE
    what a CycloneDX or SPDX document lists is matched.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on) failed,
    2 usage or operational error, 3 coverage is incomplete.
    """
    outputs = parse_outputs(output, "report", "inventory")
    sources = tuple(filter(None, map(str.strip, severity_sources.split(","))))
    options = structs.replace(options, severity_sources=sources)
    with open_environment(cached=cached, database=database_options) as environment:
        found = inventory(image, options, environment)
        report = match(found, options, environment)
    policy = Policy(fail_on, fail_on_unmanaged, allow_incomplete)
    decision = decide(report, policy)
    write_outputs(outputs, {"report": Evaluated(report, decision), "inventory": found}, show_all=show_all)
    return decision.exit_status
