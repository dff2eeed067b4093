"""`lading db export` and `lading db import`."""

from pathlib import Path

import click

from lading.cli.db_lines import print_received
from lading.cli.options import sign_option, with_settings
from lading.cli.units import count_text, size_text
from lading.engine.settings import Settings

keep_option = click.option("--keep", is_flag=True, help="Pin the set of shards this gives (see lading db pin).")
allow_older_option = click.option(
    "--allow-older", is_flag=True, help="Take shards that are older than those that are downloaded."
)


@click.command("export", short_help="Write shards into one file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@sign_option
def export_database(file: Path, names: tuple[str, ...], sign: Path | None) -> None:
    """Write the shards called NAME, or all, into one FILE, to be carried to another site.

    \b
    lading db export lading-db.tar.zst
    lading db export --sign ~/.ssh/lading debian.tar.zst debian-12 debian-13 kev epss

    The same shards give the same bytes. `lading scan --db FILE` matches by such a file as it is.
    """
    from lading.advisories.exports import write_export
    from lading.advisories.store import ShardStore
    from lading.engine.environment import user_places

    database = user_places().database
    exported = write_export(ShardStore(database), database, names, file, sign)
    size = size_text(file.stat().st_size)
    signed = ", signed" if sign else ""
    click.echo(f"{file}: {count_text(len(exported.shards), 'shard')}, {size}{signed}; {exported.digest}")


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
