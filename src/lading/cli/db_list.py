"""`lading db list`."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lading.cli.columns import aligned

if TYPE_CHECKING:
    from lading.advisories.store import ShardStore
    from lading.feeds.feed import Feed


@click.command("list", short_help="Show the feeds there are, and how fresh they are.")
@click.argument("name", metavar="[FEED]", default="")
def list_feeds(name: str) -> None:
    """Show the feeds there are, and how fresh what is held of them is; of one FEED what it is made of."""
    from lading.advisories.store import ShardStore, default_directory
    from lading.feeds.registry import FEEDS
    from lading.model.errors import UsageError
    from lading.model.spelling import meant

    store = ShardStore(default_directory())
    feeds = [feed for feed in FEEDS if name in ("", feed.name)]
    if not feeds:
        raise UsageError(
            f"{name}: no such feed{meant(name, [feed.name for feed in FEEDS])}; `lading db list` shows them"
        )
    for line in _one(feeds[0], store) if name else _all(feeds, store):
        click.echo(line)


def _all(feeds: "list[Feed]", store: "ShardStore") -> Iterator[str]:
    from lading.model.errors import AdvisoryError

    built = defaultdict(list)
    for shard in store.names():
        try:
            provenance = store.provenance(shard)
        except AdvisoryError:
            continue  # `lading db status` tells
        if provenance is not None:
            built[provenance.feed].append(provenance.built)
    rows = [(feed.name, str(len(built[feed.name])), min(built[feed.name], default="-"), feed.title) for feed in feeds]
    yield from aligned(("feed", "shards", "oldest built", "what it is"), rows)


def _one(feed: "Feed", store: "ShardStore") -> Iterator[str]:
    from lading.cli.output import screen
    from lading.feeds.registry import unit_for
    from lading.formats.text.text import wrap

    held = defaultdict(list)
    for shard in store.names():
        found = unit_for(shard)
        if found is not None:
            held[found[1].name].append(shard)
    yield f"{feed.name}: {feed.title}"
    for unit in feed.units(None):
        yield ""
        yield f"{unit.name}  {unit.documents[0].url}"
        shards = ", ".join(held[unit.name]) or "nothing of it is held"
        yield from (f"  {line}" for line in wrap(shards, screen().width - 2))
