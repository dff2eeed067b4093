"""`lading db push` and `lading db pull`."""

from pathlib import Path

import click

from lading.cli.db.files import allow_older_option, keep_option
from lading.cli.db.lines import print_received
from lading.cli.options import REGISTRY, sign_option, with_settings
from lading.cli.units import count_text
from lading.engine.settings import Settings


@click.command(short_help="Put the database into a registry.")
@click.argument("reference", metavar="REF")
@sign_option
@with_settings(*REGISTRY)
def push(reference: str, sign: Path | None, settings: Settings) -> None:
    """Put the database into a registry, for others to pull.

    \b
    lading db push registry.example/security/lading-db

    REF without a tag becomes `latest`; the day of the newest shard is a tag too. What the registry has is not sent
    again. Accounts are those of the Docker configuration.
    """
    from lading.advisories.store import ShardStore
    from lading.cli.progress import progress_on_terminal
    from lading.database.artifacts import push_database
    from lading.engine.environment import user_places
    from lading.engine.registries import registry_of

    database = user_places().database
    with progress_on_terminal() as progress:
        pushed = push_database(reference, ShardStore(database), database, registry_of(settings), sign, progress)
    click.echo(
        f"{pushed.name}: {' '.join(pushed.tags)}: {count_text(pushed.shards, 'shard')}, {pushed.sent:,} of them sent; "
        f"{pushed.digest}"
    )


@click.command(short_help="Take shards from a registry.")
@click.argument("reference", metavar="REF")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@keep_option
@allow_older_option
@with_settings("db_key", *REGISTRY)
def pull(reference: str, names: tuple[str, ...], keep: bool, allow_older: bool, settings: Settings) -> None:
    """Take the shards called NAME, or all, from a registry.

    \b
    lading db pull registry.example/security/lading-db debian-12 epss kev

    Only what changed is fetched. LADING_DB_SOURCE=REF makes scans do so by themselves.
    """
    from lading.cli.environment import databases_of
    from lading.cli.progress import progress_on_terminal
    from lading.database.artifacts import pull_database
    from lading.engine.registries import registry_of

    places = databases_of(settings)
    with progress_on_terminal() as progress:
        received = pull_database(
            reference,
            names,
            places.directory,
            registry_of(settings),
            places.trust,
            progress,
            allow_older=allow_older,
            pin=keep,
        )
    print_received(received, reference)
