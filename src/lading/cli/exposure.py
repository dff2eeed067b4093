"""`lading exposure`."""

from pathlib import Path

import click

from lading.cli.options import with_settings
from lading.cli.output import formats_text, outputs_of, write_outputs
from lading.engine.settings import NO_STORE, Settings
from lading.formats.view import View
from lading.model.errors import UsageError


@click.command()
@click.argument("query", metavar="PACKAGE|CVE")
@click.option("--version", metavar="VERSION", default="", help="Only packages of this version.")
@with_settings("output", "all", "store", formats=formats_text("exposure"))
def exposure(query: str, version: str, settings: Settings) -> int:
    """Show which images carry a package or a vulnerability, through which layer and base, and what to rebuild first.

    The store of results is asked: what scans of several images (or with --store) have found. A package goes by its
    name, that of its source, or a package URL; a vulnerability by any of its names.

    \b
    lading exposure CVE-2024-3094
    lading exposure xz-utils
    lading exposure pkg:npm/lodash@4.17.20 -o json=exposed.json

    Exit status: 0 done, whether any image carries it or not, 2 usage or operational error.
    """
    from lading.store.exposure import exposure as ask
    from lading.store.store import ResultStore

    outputs = outputs_of(settings, "exposure")
    store = ResultStore(store_of(settings), create=False)
    try:
        found = ask(store, query, version)
    finally:
        store.close()
    write_outputs(outputs, {"exposure": found}, View(show_all=settings.all))
    return 0


def store_of(settings: Settings) -> Path:
    """The file of the store that is asked. Raises UsageError where none is to be kept."""
    if settings.store == NO_STORE:
        raise UsageError(f"{settings.origins['store'].label('store')}: says that no results are kept")
    return Path(settings.store) if settings.store else settings.places.results
