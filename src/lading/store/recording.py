"""Advisories that remember what they were asked for: what a result rests on, to the row."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct, structs
from msgspec.msgpack import encode

from lading.database.provider import Advisories, DatabaseProvider
from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    LifeCycle,
    Provenance,
    ShardName,
    VulnerabilityRecords,
)
from lading.model.distributions import end_of_support
from lading.model.ports import AdvisoryStore, Progress
from lading.store.result import Need

ADVISORY: Final = "advisory"
TEXT: Final = "text"
RECORD: Final = "record"
LIFE: Final = "life"
PROVENANCE: Final = "provenance"
DAY: Final = "day"
"""The tables of a Need. A `day` is one on which the support of a release ends: data of later days say something
else."""

_DIGEST_SIZE: Final = 12


class Recorder:
    """An AdvisoryStore that asks another one. `needs` has everything that was asked for."""

    def __init__(self, store: AdvisoryStore) -> None:
        self._store = store
        self._needs: dict[tuple[str, str, str], bytes] = {}

    @property
    def needs(self) -> tuple[Need, ...]:
        """What was asked for, sorted."""
        return tuple(Need(*key, digest) for key, digest in sorted(self._needs.items()))

    def provenance(self, shard: ShardName) -> Provenance | None:
        found = self._store.provenance(shard)
        self._needs[shard, PROVENANCE, ""] = digest_of_provenance(found)
        if end := end_of_support(shard):
            self._needs["", DAY, end] = b""
        return found

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        names = list(packages)
        found = self._store.advisories(shard, names)
        self._note(shard, ADVISORY, names, found)
        return found

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """Not asked by matching, and so not remembered."""
        return self._store.mentions(shard, names)

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        names = list(ids)
        found = self._store.texts(shard, names)
        self._note(shard, TEXT, names, found)
        return found

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        names = list(ids)
        found = self._store.records(names)
        self._note("", RECORD, names, record_rows(found, names))
        return found

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        names = list(products)
        found = self._store.life_cycles(names)
        self._note("", LIFE, names, found)
        for life in found.values():
            for cycle in life.cycles:
                if cycle.end[:1].isdigit():
                    self._needs["", DAY, cycle.end] = b""
        return found

    def _note(self, shard: str, table: str, keys: Sequence[str], found: Mapping[str, object]) -> None:
        for key in keys:
            if (shard, table, key) not in self._needs:
                self._needs[shard, table, key] = digest_of(found.get(key))


class RecordingDatabase(Struct):
    """A DatabaseProvider that gives what another one gives, recorded; `recorder` is that of the last advisories."""

    inner: DatabaseProvider
    recorder: Recorder | None = None

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        found = self.inner.provide(shards, progress)
        self.recorder = Recorder(found.store)
        return structs.replace(found, store=self.recorder)


def record_rows(found: VulnerabilityRecords, ids: Iterable[str]) -> dict[str, object]:
    """What the shards of records know, by vulnerability; nothing of those that none knows."""
    rows = {id: (found.exploited.get(id), found.epss.get(id), found.nvd.get(id), found.cve.get(id)) for id in ids}
    return {id: row for id, row in rows.items() if any(one is not None for one in row)}


def digest_of(row: object) -> bytes:
    """What tells one content of a row from another, empty for a row that is not there."""
    return b"" if row is None else blake2b(encode(row), digest_size=_DIGEST_SIZE).digest()


def digest_of_provenance(found: Provenance | None) -> bytes:
    """What of a shard's provenance decides how packages are matched: not which edition of the data it is."""
    return b"" if found is None else digest_of((found.shard, found.scheme, found.names, found.feed, found.schema))
