"""`lading scan`."""

from collections.abc import Sequence

import click

from lading.cli.images import take_image
from lading.cli.options import ImageOptions, image_options
from lading.cli.output import Screen, parse_outputs, write_outputs
from lading.cli.progress import progress_on_terminal
from lading.engine.judge import judge
from lading.engine.plan import shards_for
from lading.model.advisory import ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Report
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore, Progress
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
@click.option("--all", "show_all", is_flag=True, help="Open the folded lines of the table.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    metavar="SEVERITY",
    help="Exit with 1 when a flaw is this grave or graver: negligible, low, medium, high, critical, or any, which "
    "counts flaws without a severity too. Folded flaws count; those in packages without a kernel do not.",
)
@click.option(
    "--fail-on-unknown", is_flag=True, help="Exit with 1 when there are programs that no package accounts for."
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
@click.option("--offline", is_flag=True, help="Use the advisories that are here; never fetch any.")
@click.option("--starter", is_flag=True, help="Judge by the small built-in starter set instead of the database.")
@image_options
def scan(
    image: str,
    output: tuple[str, ...],
    show_all: bool,
    fail_on: FailOn | None,
    fail_on_unknown: bool,
    severity_sources: str,
    allow_incomplete: bool,
    offline: bool,
    starter: bool,
    image_options: ImageOptions,
) -> int:
    """Show what is known to be wrong with IMAGE, and what can be done about it.

    IMAGE is a reference (alpine:3.20, registry.example/app@sha256:…), or a path to an OCI layout, an image archive or
    a root filesystem; a prefix says which when it is not clear: registry:, oci:, docker-archive:, dir:. With sbom:FILE
    what a CycloneDX or SPDX document says is judged.

    \b
    Exit status: 0 clean of what was asked, 1 --fail-on failed, 2 error, 3 coverage is incomplete.
    """
    outputs = parse_outputs(output, ("table", "json"))
    with progress_on_terminal() as progress:
        taken = take_image(image, image_options, progress)
        store, failures = open_advisories(taken.inventory, progress, offline=offline, starter=starter)
        report = judge(
            taken.image,
            taken.inventory,
            (*taken.diagnostics, *failures),
            store,
            starter=starter,
            severity_order=[word for word in (part.strip() for part in severity_sources.split(",")) if word],
        )
    if fail_on is not None or fail_on_unknown:
        report = with_gate(report, fail_on, fail_on_unknown=fail_on_unknown)
    status = exit_status(report, allow_incomplete=allow_incomplete)
    write_outputs(outputs, lambda format, screen: _render(report, format, screen, show_all, status))
    return status


def open_advisories(
    inventory: Inventory, progress: Progress, *, offline: bool, starter: bool
) -> tuple[AdvisoryStore, tuple[Diagnostic, ...]]:
    """The advisories an inventory is judged by, fetched before when they are missing or old, and what went wrong."""
    shards = shards_for(inventory)
    # An update makes the shards anew: the store looks at them only afterwards.
    failures = _provide(shards, progress) if shards and not offline and not starter else ()
    return _open_store(starter), failures


def _provide(shards: Sequence[ShardName], progress: Progress) -> tuple[Diagnostic, ...]:
    """Fetch the shards that are missing or old; what cannot be fetched is said in the result."""
    from lading.advisories.store import default_directory
    from lading.feeds.provide import fetch_missing

    return fetch_missing(shards, default_directory(), progress)


def _open_store(starter: bool) -> AdvisoryStore:
    if starter:
        from lading.engine.starter import StarterStore

        return StarterStore()
    from lading.advisories.store import ShardStore, default_directory

    return ShardStore(default_directory())


def _render(report: Report, format: str, screen: Screen, show_all: bool, status: int) -> bytes:
    if format == "json":
        from lading.formats.native import write_report

        return write_report(report)
    from lading.formats.table.report import View, write_table

    view = View(screen.width, screen.colour, show_all, status)
    return write_table(report, view).encode("utf-8", "backslashreplace")
