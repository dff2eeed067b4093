"""Which shards have to be fetched before a scan: the one rule for every place that they come from."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from lading.advisories.moments import built
from lading.advisories.store import ShardStore
from lading.model.advisory import ShardName
from lading.model.errors import AdvisoryError

FRESH: Final = timedelta(hours=24)


def stale(shards: Iterable[ShardName], store: ShardStore, now: datetime) -> list[ShardName]:
    """Those that are not downloaded, cannot be read, or were last compared with their source more than a day ago. A
    date in the future says nothing, and counts as old."""
    return [shard for shard in shards if not _is_fresh(shard, store, now)]


def _is_fresh(shard: ShardName, store: ShardStore, now: datetime) -> bool:
    try:
        provenance = store.provenance(shard)
    except AdvisoryError:
        return False
    return provenance is not None and now - built(provenance, now) < FRESH
