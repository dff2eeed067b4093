"""`lading db export` and `lading db import`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lading.cli.db_lines import print_received
from lading.cli.options import sign_option, with_settings
from lading.cli.units import count_text, size_text
from lading.engine.settings import Settings

if TYPE_CHECKING:
    from lading.advisories.sets import ShardSet

keep_option = click.option("--keep", is_flag=True, help="Pin the set of shards this gives (see lading db pin).")
allow_older_option = click.option(
    "--allow-older", is_flag=True, help="Take shards that are older than those that are downloaded."
)


@click.command("export", short_help="Write shards into one file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--since",
    metavar="FILE|DIGEST|DATE",
    help="Leave out what the other site has by now: an exported file, or a set of shards that is kept here.",
)
@sign_option
def export_database(file: Path, names: tuple[str, ...], since: str | None, sign: Path | None) -> None:
    """Write the shards called NAME, or all, into one FILE, to be carried to another site.

    \b
    lading db export lading-db.tar.zst
    lading db export --sign ~/.ssh/lading debian.tar.zst debian-12 debian-13 kev epss
    lading db export --since lading-db.tar.zst changes.tar.zst

    The same shards give the same bytes. `lading scan --db FILE` matches by such a file as it is, unless it was made
    with --since: that one needs the shards that it leaves out, and is imported where they are.
    """
    from lading.advisories.exports import write_export
    from lading.advisories.store import ShardStore
    from lading.engine.environment import user_places

    database = user_places().database
    there = _set_of(since, database) if since else None
    exported = write_export(ShardStore(database), database, names, file, sign, since=there)
    size = size_text(file.stat().st_size)
    signed = ", signed" if sign else ""
    click.echo(f"{file}: {count_text(len(exported.shards), 'shard')}, {size}{signed}; {exported.digest}")


def _set_of(since: str, database: Path) -> "ShardSet":
    """The set that a file holds, or that is kept by this name. Raises UsageError, AdvisoryError."""
    from lading.advisories.exports import read_set
    from lading.advisories.sets import find_set
    from lading.safeio.trusted_keys import TrustedKeys

    if Path(since).is_file():
        return read_set(Path(since), TrustedKeys())
    return find_set(database, since)


@click.command("import", short_help="Take shards from an exported file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@keep_option
@allow_older_option
@with_settings("db_key")
def import_database(file: Path, names: tuple[str, ...], keep: bool, allow_older: bool, settings: Settings) -> None:
    """Take the shards called NAME, or all, from a FILE that `lading db export` wrote.

    Nothing is put in place before everything is found to be whole, and nothing that is older than what is downloaded.
    """
    from lading.advisories.exports import read_export
    from lading.cli.environment import databases_of
    from lading.cli.progress import progress_on_terminal

    places = databases_of(settings)
    with progress_on_terminal() as progress:
        received = read_export(file, names, places.directory, places.trust, progress, allow_older=allow_older, pin=keep)
    print_received(received, str(file))
