"""`lading db search` and `lading db diff`."""

import click

from lading.cli.options import with_settings
from lading.cli.output import formats_text, outputs_of, write_outputs
from lading.engine.settings import Settings
from lading.formats.view import View


@click.command(short_help="Show what is known of a vulnerability or a package.")
@click.argument("query", metavar="VULNERABILITY|PACKAGE")
@click.option(
    "--type", "package_type", metavar="TYPE", default="", help="Only packages of this type (deb, pypi, npm …)."
)
@with_settings("output", "all", "db", formats=formats_text("search"))
def search(query: str, package_type: str, settings: Settings) -> None:
    """Show what the downloaded shards say of a vulnerability, or of a package.

    \b
    lading db search CVE-2023-38545          any name of a vulnerability or advisory
    lading db search curl                    every vulnerability of a package
    lading db search PyYAML --type pypi      … of one type
    """
    from lading.cli.environment import databases_of
    from lading.cli.progress import progress_on_terminal
    from lading.database.opening import open_database
    from lading.database.search import search as search_database
    from lading.model.errors import UsageError

    outputs = outputs_of(settings, "search")
    with progress_on_terminal() as progress:
        database = open_database(settings.db, databases_of(settings), progress)
    if not database.set.shards:
        raise UsageError(f"{database.directory}: holds no shards; lading db update fetches them")
    write_outputs(outputs, {"search": search_database(database, query, package_type)}, View(show_all=settings.all))


@click.command(short_help="Show in what two databases differ.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", default="")
@with_settings("output", "all", formats=formats_text("difference"))
def diff(old: str, new: str, settings: Settings) -> None:
    """Show which advisories were added, removed and changed between two databases.

    OLD and NEW are exported files, database directories, digests or dates, as for `lading scan --db`; without NEW it is
    what is downloaded now.

    \b
    lading db diff 2026-01-31
    lading db diff january.tar.zst february.tar.zst -o json=changes.json
    """
    from lading.cli.environment import databases_of
    from lading.cli.progress import progress_on_terminal
    from lading.database.opening import compare_databases, open_database

    outputs = outputs_of(settings, "difference")
    places = databases_of(settings)
    with progress_on_terminal() as progress:
        found = compare_databases(open_database(old, places, progress), open_database(new, places, progress))
    write_outputs(outputs, {"difference": found}, View(show_all=settings.all))
