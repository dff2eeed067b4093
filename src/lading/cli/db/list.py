"""`lading db list`."""

from collections import defaultdict
from typing import TYPE_CHECKING

import click

from lading.cli.output import screen
from lading.cli.tables import print_table

if TYPE_CHECKING:
    from lading.advisories.store import ShardStore
    from lading.feeds.feed import Feed


@click.command("list", short_help="Show the feeds there are, and how fresh they are.")
@click.argument("name", metavar="[FEED]", default="")
def list_feeds(name: str) -> None:
    """Show the feeds there are, and how fresh what is downloaded of them is; of one FEED what it is made of."""
    from lading.advisories.store import ShardStore
    from lading.engine.environment import user_places
    from lading.feeds.registry import FEEDS
    from lading.model.errors import UsageError
    from lading.model.spelling import meant

    store = ShardStore(user_places().database)
    feeds = [feed for feed in FEEDS if name in ("", feed.name)]
    if not feeds:
        raise UsageError(
            f"{name}: no such feed{meant(name, [feed.name for feed in FEEDS])}; `lading db list` shows them"
        )
    if name:
        _print_one(feeds[0], store)
    else:
        _print_all(feeds, store)


def _print_all(feeds: "list[Feed]", store: "ShardStore") -> None:
    from lading.model.errors import AdvisoryError

    built = defaultdict(list)
    for shard in store.names():
        try:
            provenance = store.provenance(shard)
        except AdvisoryError:
            continue  # `lading db status` tells
        if provenance is not None:
            built[provenance.feed].append(provenance.built)
    rows = [
        (feed.name, str(len(built[feed.name])), min(built[feed.name], default="-")[:10], feed.title) for feed in feeds
    ]
    print_table(("feed", "shards", "oldest built", "what it is"), rows, right=(1,))


def _print_one(feed: "Feed", store: "ShardStore") -> None:
    from lading.feeds.registry import unit_for
    from lading.formats.encoders.text.canvas import UNBOUNDED
    from lading.formats.encoders.text.text import wrap

    downloaded = defaultdict(list)
    for shard in store.names():
        found = unit_for(shard)
        if found is not None:
            downloaded[found[1].name].append(shard)
    width = (screen().width or UNBOUNDED) - 2
    click.echo(f"{feed.name}: {feed.title}")
    for unit in feed.units(None):
        click.echo()
        click.echo(f"{unit.name}  {unit.documents[0].url}")
        for line in wrap(", ".join(downloaded[unit.name]) or "nothing of it is downloaded", width):
            click.echo(f"  {line}")
