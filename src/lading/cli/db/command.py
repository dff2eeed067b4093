"""`lading db`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lading.cli.db.files import export_database, import_database, keep_option
from lading.cli.db.lines import print_failures, print_result, print_shards
from lading.cli.db.list import list_feeds
from lading.cli.db.raw import clean, rebuild
from lading.cli.db.registry import pull, push
from lading.cli.db.search import diff, search
from lading.cli.db.sets import pin, print_sets, unpin
from lading.cli.log import say
from lading.cli.options import with_settings
from lading.cli.units import count_text, size_text
from lading.engine.settings import Settings

if TYPE_CHECKING:
    from lading.feeds.sources import FeedSource


@click.group()
def db() -> None:
    """Update and inspect the advisory database.

    The database is a set of shards, one for each distribution release or ecosystem. A scan fetches those it needs by
    itself; these commands are for doing it beforehand, and for sites without a network.
    """


@db.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--from", "source", metavar="DIR|URL", default="", help="Read a local copy or a mirror instead of each upstream."
)
@click.option("--allow-shrink", is_flag=True, help="Take a shard that holds far fewer records than the one before.")
@keep_option
@with_settings("insecure", "ca_cert", "timeout", "max_bandwidth")
def update(names: tuple[str, ...], source: str, allow_shrink: bool, keep: bool, settings: Settings) -> int:
    """Refresh the feeds or shards called NAME; without a name, all there are.

    \b
    lading db update debian-12 kev        these two shards, from upstream
    lading db update --from ../feeds      everything a local copy has

    The CVE list, more than 1 GB, is fetched by its name (cvelist), and without names where it is downloaded already.
    """
    from lading.advisories import sets
    from lading.cli.progress import progress_on_terminal
    from lading.engine.environment import user_places
    from lading.feeds.update import announcements
    from lading.feeds.update import update as refresh

    database = user_places().database
    with _open_source(source, database, settings) as opened, progress_on_terminal() as progress:
        for line in announcements(names, opened, database):
            say("info", line)
        result = refresh(names, opened, database, progress, allow_shrink=allow_shrink)
    if keep:
        sets.pin(database, sets.current_set(database))
    return print_result(result)


@db.command()
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(("table", "json")),
    default="table",
    help="table, or json: the list of the shards (docs/schema/database-1.json); its SHA-256 is the set's digest.",
)
def status(form: str) -> int:
    """Show the downloaded shards, and check them."""
    from lading.advisories.store import ShardStore
    from lading.engine.environment import user_places
    from lading.feeds.raw import RawStore
    from lading.model.errors import AdvisoryError

    database = user_places().database
    store = ShardStore(database)
    held = []
    broken = []
    for name in store.names():
        try:
            held.append(store.check(name))
        except AdvisoryError as error:
            broken.append(str(error))
    if form == "json":
        from lading.advisories.sets import set_of

        click.echo(set_of(held).document, nl=False)
        print_failures(broken)
        return 2 if broken else 0
    click.echo(
        f"{user_places().database}: {count_text(len(held), 'shard')}, {size_text(sum(one.size for one in held))}"
    )
    documents = RawStore(user_places().database).size()
    if documents:
        click.echo(f"beside them {size_text(documents)} of upstream documents, which `lading db clean` removes")
    print_shards(held)
    if held:
        click.echo()
    print_sets(database)
    print_failures(broken)
    return 2 if broken else 0


for command in (
    list_feeds, rebuild, clean, export_database, import_database, push, pull, search, diff, pin, unpin
):  # fmt: skip
    db.add_command(command)


@contextmanager
def _open_source(source: str, database: Path, settings: Settings) -> "Iterator[FeedSource]":
    from lading.cli.environment import open_web
    from lading.feeds.sources import DirectorySource

    if source and not source.startswith(("http://", "https://")):
        yield DirectorySource(Path(source))
        return
    with open_web(database, source, settings) as opened:
        yield opened
