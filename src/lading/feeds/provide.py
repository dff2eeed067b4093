"""What a scan needs of the builder: the shards that are missing or old, fetched from upstream."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lading.advisories.store import ShardStore
from lading.feeds.sources import WebSource
from lading.feeds.table import unit_for
from lading.feeds.update import update
from lading.model.advisory import Provenance, ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.errors import AdvisoryError
from lading.model.ports import Progress

_FRESH = timedelta(hours=24)


def fetch_missing(shards: Sequence[ShardName], database: Path, progress: Progress) -> tuple[Diagnostic, ...]:
    """Fetches the shards among these that are not held, or were built more than a day ago. What could not be fetched
    is told; an old shard then goes on serving."""
    store = ShardStore(database)
    old = [shard for shard in shards if unit_for(shard) is not None and not _is_fresh(store, shard)]
    if not old:
        return ()
    from lading.net.client import HttpClient

    client = HttpClient()
    try:
        result = update(old, WebSource(client, database / "spool"), database, progress)
    finally:
        client.close()
    return tuple(Diagnostic("warning", "update-failed", failure) for failure in result.failures)


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
