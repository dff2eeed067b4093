"""What a scan needs of the builder: the shards that are missing or old, fetched from upstream."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lading.advisories.store import ShardStore
from lading.feeds.registry import unit_for
from lading.feeds.update import update
from lading.feeds.web import WebSource
from lading.model.advisory import Provenance, ShardName, fallback_shard
from lading.model.diagnostic import Diagnostic
from lading.model.errors import AdvisoryError
from lading.model.ports import Progress

_FRESH = timedelta(hours=24)


def fetch_missing(
    shards: Sequence[ShardName], database: Path, progress: Progress, *, mirror: str = ""
) -> tuple[Diagnostic, ...]:
    """Fetches the shards among these that are not held, or were built more than a day ago; for one that upstream no
    longer has, its fallback. `mirror` is the address of a mirror to ask in place of each upstream. What could not be
    fetched is told; an old shard then goes on serving."""
    old = _old(shards, database)
    if not old:
        return ()
    from lading.net.client import HttpClient

    client = HttpClient()
    source = WebSource(client, database, mirror)
    try:
        failures = update(old, source, database, progress).failures
        absent = [shard for shard in old if ShardStore(database).provenance(shard) is None]
        instead = _old([other for shard in absent if (other := fallback_shard(shard))], database)
        if instead:
            failures += update(instead, source, database, progress).failures
    finally:
        client.close()
    return tuple(Diagnostic("warning", "update-failed", failure) for failure in failures)


def _old(shards: Sequence[ShardName], database: Path) -> list[ShardName]:
    """Those a feed can make that are missing or not fresh."""
    store = ShardStore(database)
    return [shard for shard in shards if unit_for(shard) is not None and not _is_fresh(store, shard)]


def _is_fresh(store: ShardStore, shard: ShardName) -> bool:
    try:
        provenance = store.provenance(shard)
    except AdvisoryError:
        return False
    return provenance is not None and datetime.now(UTC) - _built(provenance) < _FRESH


def _built(provenance: Provenance) -> datetime:
    try:
        return datetime.strptime(provenance.built, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
