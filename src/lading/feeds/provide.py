"""What a scan needs of the builder: shards, fetched from upstream."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from lading.advisories.freshness import stale
from lading.advisories.store import ShardStore
from lading.feeds.registry import unit_for
from lading.feeds.sources import FeedSource
from lading.feeds.update import update
from lading.model.advisory import ShardName, fallback_shard
from lading.model.ports import Progress

OpenSource = Callable[[], AbstractContextManager[FeedSource]]
"""Opens what documents are fetched from."""


def fetch_stale(
    shards: Sequence[ShardName], open_source: OpenSource, database: Path, progress: Progress, now: datetime
) -> tuple[str, ...]:
    """Fetches those of the shards that have to be (lading.advisories.freshness); for one that upstream no longer has,
    its fallback. The source is opened when there is something to fetch. Gives a line for each that could not be
    fetched; an old one then goes on serving."""
    old = _stale(shards, database, now)
    if not old:
        return ()
    with open_source() as source:
        failures = update(old, source, database, progress).failures
        absent = [shard for shard in old if ShardStore(database).provenance(shard) is None]
        instead = _stale([other for shard in absent if (other := fallback_shard(shard))], database, now)
        if instead:
            failures += update(instead, source, database, progress).failures
    return failures


def _stale(shards: Sequence[ShardName], database: Path, now: datetime) -> list[ShardName]:
    """Those that a feed makes."""
    return stale([shard for shard in shards if unit_for(shard) is not None], ShardStore(database), now)
