"""`lading db push` and `lading db pull`."""

from pathlib import Path

import click

from lading.cli.db_files import allow_older_option, keep_option, key_option, sign_option
from lading.cli.options import registry_options
from lading.cli.units import count_text


@click.command(short_help="Put the database into a registry.")
@click.argument("reference", metavar="REF")
@sign_option
@registry_options
def push(reference: str, sign: Path | None, plain_http: bool, insecure: bool, ca_cert: Path | None) -> None:
    """Put the database into a registry, for others to pull.

    \b
    lading db push registry.example/security/lading-db

    REF without a tag becomes `latest`; the day of the newest shard is a tag too. What the registry has is not sent
    again. Accounts are those of the Docker configuration.
    """
    from lading.advisories.store import ShardStore
    from lading.cli.progress import progress_on_terminal
    from lading.database.artifacts import Registry, push_database
    from lading.engine.environment import user_places

    database = user_places().database
    with progress_on_terminal() as progress:
        registry = Registry(plain_http, insecure, ca_cert)
        pushed = push_database(reference, ShardStore(database), database, registry, sign, progress)
    click.echo(
        f"{pushed.name}: {' '.join(pushed.tags)}: {count_text(pushed.shards, 'shard')}, {pushed.sent:,} of them sent; "
        f"{pushed.digest}"
    )


@click.command(short_help="Take shards from a registry.")
@click.argument("reference", metavar="REF")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@key_option
@keep_option
@allow_older_option
@registry_options
def pull(
    reference: str,
    names: tuple[str, ...],
    key: Path | None,
    keep: bool,
    allow_older: bool,
    plain_http: bool,
    insecure: bool,
    ca_cert: Path | None,
) -> None:
    """Take the shards called NAME, or all, from a registry.

    \b
    lading db pull registry.example/security/lading-db debian-12 epss kev

    Only what changed is fetched. LADING_DB_SOURCE=REF makes scans do so by themselves.
    """
    from lading.cli.progress import progress_on_terminal
    from lading.database.artifacts import Registry, pull_database
    from lading.engine.environment import user_databases, user_places

    places = user_databases(user_places(), key)
    with progress_on_terminal() as progress:
        received = pull_database(
            reference,
            names,
            places.directory,
            Registry(plain_http, insecure, ca_cert),
            places.trust,
            progress,
            allow_older=allow_older,
            pin=keep,
        )
    click.echo(f"{reference}: {received.summary}; now {received.set.digest}")
