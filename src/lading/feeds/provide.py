"""What a scan needs of the builder: shards, fetched from upstream."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from lading.advisories.freshness import stale
from lading.advisories.store import ShardStore
from lading.feeds.registry import unit_for
from lading.feeds.update import update
from lading.feeds.web import WebSource
from lading.model.advisory import ShardName, fallback_shard
from lading.model.ports import Progress


def fetch_stale(
    shards: Sequence[ShardName],
    database: Path,
    progress: Progress,
    now: datetime,
    *,
    mirror: str = "",
    ca_cert: Path | None = None,
    insecure: bool = False,
    timeout: float = 120.0,
) -> tuple[str, ...]:
    """Fetches those of the shards that have to be (lading.advisories.freshness); for one that upstream no longer has,
    its fallback. `mirror` is the address of a mirror to ask in place of each upstream; the rest is how
    to talk (lading.net.client). Gives a line for each that could
    not be fetched; an old one then goes on serving."""
    old = _stale(shards, database, now)
    if not old:
        return ()
    from lading.net.client import HttpClient

    client = HttpClient(str(ca_cert or ""), insecure, timeout=timeout)
    source = WebSource(client, database, mirror)
    try:
        failures = update(old, source, database, progress).failures
        absent = [shard for shard in old if ShardStore(database).provenance(shard) is None]
        instead = _stale([other for shard in absent if (other := fallback_shard(shard))], database, now)
        if instead:
            failures += update(instead, source, database, progress).failures
    finally:
        client.close()
    return failures


def _stale(shards: Sequence[ShardName], database: Path, now: datetime) -> list[ShardName]:
    """Those that a feed makes."""
    return stale([shard for shard in shards if unit_for(shard) is not None], ShardStore(database), now)
