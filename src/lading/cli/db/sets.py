"""`lading db pin` and `lading db unpin`."""

from pathlib import Path

import click

from lading.cli.tables import print_table


@click.command(short_help="Keep a set of shards for ever.")
@click.argument("wanted", metavar="[DIGEST|DATE]", default="")
def pin(wanted: str) -> None:
    """Keep a set of shards for ever: what is downloaded now, or the set that DIGEST or DATE names.

    \b
    lading db pin                              what is downloaded now
    lading scan IMAGE --db sha256:0123456789ab the same result, years later

    Sets that are not pinned can be named for three days after another one took their place.
    """
    from lading.advisories import sets
    from lading.engine.environment import user_places
    from lading.model.errors import UsageError

    database = user_places().database
    found = sets.find_set(database, wanted) if wanted else sets.current_set(database)
    if not found.shards:
        raise UsageError(f"{database}: holds no shards to pin; lading db update fetches them")
    sets.pin(database, found)
    click.echo(f"{found.digest}: pinned, as of {found.date}")


@click.command(short_help="Let go of a pinned set.")
@click.argument("wanted", metavar="DIGEST|DATE")
def unpin(wanted: str) -> None:
    """Let go of a pinned set: its shards are removed once nothing else needs them."""
    from lading.advisories import sets
    from lading.engine.environment import user_places
    from lading.model.errors import UsageError

    database = user_places().database
    found = sets.find_set(database, wanted)
    if not sets.unpin(database, found):
        raise UsageError(f"{found.digest}: is not pinned; lading db status shows those that are")
    click.echo(f"{found.digest}: not pinned any more")


def print_sets(database: Path) -> None:
    """The sets that `--db` can name, newest first: what is downloaded now, then those that are kept."""
    from lading.advisories.sets import current_set, kept_sets

    now = current_set(database)
    if not now.shards:
        return
    kept = {one.set.digest: one for one in kept_sets(database)}
    sets = [now, *(one.set for one in kept.values() if one.set.digest != now.digest)]
    rows = [
        (
            one.digest[:19],
            one.date,
            str(len(one.shards)),
            " ".join(
                word
                for word, said in (
                    ("current", one.digest == now.digest),
                    ("pinned", one.digest in kept and kept[one.digest].pinned),
                )
                if said
            ),
        )
        for one in sets
    ]
    print_table(("set of shards", "as of", "shards", ""), rows, right=(2,))
