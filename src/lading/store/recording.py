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
ARTIFACT: Final = "artifact"
TEXT: Final = "text"
RECORD: Final = "record"
LIFE: Final = "life"
PROVENANCE: Final = "provenance"
DAY: Final = "day"
"""The tables of a Need. A `day` is one on which the support of a release ends, by the data of a shard: its digest says
whether the data is of a later day."""

_DIGEST_SIZE: Final = 12


Digests = dict[tuple[str, str, str], bytes]
"""The digests of rows by shard, table and key."""


class Recorder:
    """An AdvisoryStore that asks another one. `needs` has everything that was asked for. Recorders of one store may
    share the digests that are `known`."""

    def __init__(self, store: AdvisoryStore, known: Digests | None = None) -> None:
        self._store = store
        self._known: Digests = {} if known is None else known
        self._needs: dict[tuple[str, str, str], bytes] = {}
        self._provenances: dict[ShardName, Provenance | None] = {}
        self._ends: set[str] = set()

    @property
    def needs(self) -> tuple[Need, ...]:
        """What was asked for, sorted."""
        days: dict[tuple[str, str, str], bytes] = {
            (shard, DAY, end): _is_past(found, end) for shard, found in self._provenances.items() for end in self._ends
        }
        return tuple(Need(*key, digest) for key, digest in sorted({**self._needs, **days}.items()))

    def provenance(self, shard: ShardName) -> Provenance | None:
        found = self._store.provenance(shard)
        self._needs[shard, PROVENANCE, ""] = _digest_of_provenance(found)
        self._provenances[shard] = found
        if end := end_of_support(shard):
            self._ends.add(end)
        return found

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        names = list(packages)
        found = self._store.advisories(shard, names)
        self._note(shard, ADVISORY, names, found)
        return found

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """Not asked by matching, and so not remembered."""
        return self._store.mentions(shard, names)

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        wanted = list(names)
        found = self._store.artifacts(shard, wanted)
        self._note(shard, ARTIFACT, wanted, dict.fromkeys(found, True))
        return found

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        names = list(ids)
        found = self._store.texts(shard, names)
        self._note(shard, TEXT, names, found)
        return found

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        names = list(ids)
        found = self._store.records(names)
        self._note("", RECORD, names, _record_rows(found, names))
        return found

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        names = list(products)
        found = self._store.life_cycles(names)
        self._note("", LIFE, names, found)
        for life in found.values():
            for cycle in life.cycles:
                if cycle.end[:1].isdigit():
                    self._ends.add(cycle.end)
        return found

    def _note(self, shard: str, table: str, keys: Sequence[str], found: Mapping[str, object]) -> None:
        for key in keys:
            place = (shard, table, key)
            if place not in self._needs:
                digest = self._known.get(place)
                if digest is None:
                    digest = self._known[place] = digest_of(found.get(key))
                self._needs[place] = digest


class RecordingDatabase(Struct):
    """A DatabaseProvider that gives what another one gives, recorded; `recorder` is that of the last advisories, and
    `known` as Recorder has it."""

    inner: DatabaseProvider
    recorder: Recorder | None = None
    known: Digests | None = None

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        found = self.inner.provide(shards, progress)
        self.recorder = Recorder(found.store, self.known)
        return structs.replace(found, store=self.recorder)


def current_digests(store: AdvisoryStore, shard: str, table: str, keys: Sequence[str]) -> Mapping[str, bytes]:
    """The digests that a Need of each of these keys would have now; those of a shard that is not there, but for that
    of its provenance, are left out. Raises AdvisoryError."""
    name = ShardName(shard)
    if table == RECORD:
        return _digests(keys, _record_rows(store.records(keys), keys))
    if table == LIFE:
        return _digests(keys, store.life_cycles(keys))
    found = store.provenance(name)
    if table == PROVENANCE:
        return dict.fromkeys(keys, _digest_of_provenance(found))
    if found is None:
        return {}
    if table == DAY:
        return {end: _is_past(found, end) for end in keys}
    if table == ARTIFACT:
        return _digests(keys, dict.fromkeys(store.artifacts(name, keys), True))
    return _digests(keys, store.advisories(name, keys) if table == ADVISORY else store.texts(name, keys))


def _digests(keys: Sequence[str], rows: Mapping[str, object]) -> Mapping[str, bytes]:
    return {key: digest_of(rows.get(key)) for key in keys}


def _record_rows(found: VulnerabilityRecords, ids: Iterable[str]) -> dict[str, object]:
    """What the shards of records know, by vulnerability; nothing of those that none knows."""
    rows = {id: (found.exploited.get(id), found.epss.get(id), found.nvd.get(id), found.cve.get(id)) for id in ids}
    return {id: row for id, row in rows.items() if any(one is not None for one in row)}


def digest_of(row: object) -> bytes:
    """What tells one content of a row from another, empty for a row that is not there."""
    return b"" if row is None else blake2b(encode(row), digest_size=_DIGEST_SIZE).digest()


def _digest_of_provenance(found: Provenance | None) -> bytes:
    """What of a shard's provenance decides how packages are matched: not which edition of the data it is."""
    return b"" if found is None else digest_of((found.shard, found.scheme, found.names, found.feed, found.schema))


def _is_past(found: Provenance | None, day: str) -> bytes:
    """Whether the data is of a later day."""
    return b"" if found is None or max(found.upstream_date[:10], found.built[:10]) <= day else b"past"
