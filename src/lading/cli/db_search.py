"""`lading db search` and `lading db diff`."""

import click

from lading.cli.output import output_option, parse_outputs, write_outputs


@click.command(short_help="Show what is known of a vulnerability or a package.")
@click.argument("query", metavar="VULNERABILITY|PACKAGE")
@click.option(
    "--type", "package_type", metavar="TYPE", default="", help="Only packages of this type (deb, pypi, npm …)."
)
@click.option("--all", "show_all", is_flag=True, help="Show the vulnerabilities that do not affect the package too.")
@click.option("--db", metavar="PATH|DIGEST|DATE", default="", help="Search this database instead of your own.")
@output_option("search")
def search(query: str, package_type: str, show_all: bool, db: str, output: tuple[str, ...]) -> None:
    """Show what the downloaded shards say of a vulnerability, or of a package.

    \b
    lading db search CVE-2023-38545          any name of a vulnerability or advisory
    lading db search curl                    every vulnerability of a package
    lading db search PyYAML --type pypi      … of one type
    """
    from lading.cli.progress import progress_on_terminal
    from lading.database.opening import open_database
    from lading.database.search import search as search_database
    from lading.engine.environment import user_databases, user_places
    from lading.model.errors import UsageError

    outputs = parse_outputs(output, "search")
    with progress_on_terminal() as progress:
        database = open_database(db, user_databases(user_places()), progress)
    if not database.set.shards:
        raise UsageError(f"{database.directory}: holds no shards; lading db update fetches them")
    write_outputs(outputs, {"search": search_database(database, query, package_type)}, show_all=show_all)


@click.command(short_help="Show in what two databases differ.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", default="")
@click.option("--all", "show_all", is_flag=True, help="List every change, however many there are.")
@output_option("difference")
def diff(old: str, new: str, show_all: bool, output: tuple[str, ...]) -> None:
    """Show which advisories were added, removed and changed between two databases.

    OLD and NEW are exported files, database directories, digests or dates, as for `lading scan --db`; without NEW it is
    what is downloaded now.

    \b
    lading db diff 2026-01-31
    lading db diff january.tar.zst february.tar.zst -o json=changes.json
    """
    from lading.cli.progress import progress_on_terminal
    from lading.database.opening import compare_databases, open_database
    from lading.engine.environment import user_databases, user_places

    outputs = parse_outputs(output, "difference")
    places = user_databases(user_places())
    with progress_on_terminal() as progress:
        found = compare_databases(open_database(old, places, progress), open_database(new, places, progress))
    write_outputs(outputs, {"difference": found}, show_all=show_all)
