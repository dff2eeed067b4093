"""The built-in starter set: the vulnerabilities that mattered most in containers, for `lading demo` and `scan
--starter`.

One OSV record a vulnerability (`lading/data/starter/CVE-….json`, https://ossf.github.io/osv-schema/), written by us,
its sources among its references. Two things stand beside what OSV can say: `database_specific.kev` with CISA's dates,
and `affected[].ecosystem_specific.state` where a distribution has decided on a vulnerability it does not fix.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, structs

from lading.formats.decoders.osv.documents import read_record, shard_of
from lading.model.advisory import (
    KEV,
    Advisory,
    AdvisoryText,
    KnownExploited,
    LifeCycle,
    Provenance,
    ShardName,
    State,
    VulnerabilityRecords,
)

_DATE: Final = "2026-11-23"
"""The day on which the set was last checked against its sources."""
_shard_of: Final = cache(shard_of)
_read: Final = cache(read_record)


class StarterStore:
    """The starter set as an AdvisoryStore. Holds a shard for each ecosystem and release that a record names.

    Records are indexed at once and parsed when asked for: most scans ask for a few.
    """

    def __init__(self) -> None:
        digest = hashlib.sha256()
        self._shards: dict[str, dict[str, list[_Record]]] = defaultdict(lambda: defaultdict(list))
        self._schemes: dict[str, str] = {KEV: ""}
        self._records: dict[str, bytes] = {}
        self._exploited: dict[str, KnownExploited] = {}
        for data in _read_records():
            digest.update(data)
            self._add(data, _DECODER.decode(data))
        self._digest = f"sha256:{digest.hexdigest()}"

    def provenance(self, shard: ShardName) -> Provenance | None:
        """What is said of the whole set: `digest` and `size` are those of all records, whatever the shard."""
        if shard not in self._schemes:
            return None
        return Provenance(
            shard=shard,
            digest=self._digest,
            size=sum(map(len, self._records.values())),
            scheme=self._schemes[shard],
            feed="starter",
            upstream_date=_DATE,
            records=len(self._exploited) if shard == KEV else sum(map(len, self._shards[shard].values())),
        )

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """As the port says."""
        held = self._shards.get(shard, {})
        return {
            package: tuple(advisory for record in held[package] for advisory in _parse(record, shard, package))
            for package in sorted(held.keys() & set(packages))
        }

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """As the port says."""
        wanted = {name.upper() for name in names}
        every = self.advisories(shard, self._shards.get(shard, {}))
        found = {
            package: tuple(one for one in held if wanted & {name.upper() for name in (one.id, *one.aliases)})
            for package, held in every.items()
        }
        return {package: held for package, held in found.items() if held}

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        """As the port says."""
        return frozenset(names) & {package.rpartition(":")[2] for package in self._shards.get(shard, {})}

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        """As the port says; a vulnerability has the same text in every shard."""
        return {name: (_read(self._records[name]).text,) for name in ids if name in self._records}

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        """As the port says; all else that the set knows is in its advisories."""
        return VulnerabilityRecords({name: self._exploited[name] for name in ids if name in self._exploited})

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        """None."""
        return {}

    def _add(self, data: bytes, facts: "_Facts") -> None:
        self._records[facts.id] = data
        for affected in facts.affected:
            shard, scheme = _shard_of(affected.package.ecosystem)
            self._schemes[shard] = scheme
            self._shards[shard][affected.package.name].append(_Record(data, affected.ecosystem_specific.state))
        if kev := facts.database_specific.kev:
            self._exploited[facts.id] = KnownExploited(facts.id, kev.added, kev.due, kev.ransomware)


class _Record(NamedTuple):
    """A record, and the state of the vulnerability in the package that it was looked up by."""

    data: bytes
    state: State


class _Package(Struct, frozen=True):
    ecosystem: str
    name: str


class _AffectedFacts(Struct, frozen=True):
    state: State = "affected"


class _Affected(Struct, frozen=True):
    package: _Package
    ecosystem_specific: _AffectedFacts = _AffectedFacts()


class _Exploited(Struct, frozen=True):
    added: str
    due: str
    ransomware: bool = False


class _DatabaseFacts(Struct, frozen=True):
    kev: _Exploited | None = None


class _Facts(Struct, frozen=True):
    """The parts of a starter record that the index is made of."""

    id: str
    affected: list[_Affected]
    database_specific: _DatabaseFacts = _DatabaseFacts()


_DECODER: Final = msgspec.json.Decoder(_Facts)


def _read_records() -> Iterable[bytes]:
    """The records, by id."""
    folder = resources.files("lading").joinpath("data", "starter")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        yield path.read_bytes()


def _parse(record: _Record, shard: str, package: str) -> list[Advisory]:
    """What a record says of one package in one shard."""
    return [
        structs.replace(advisory, state=record.state)
        for ecosystem, advisory in _read(record.data).advisories
        if advisory.package == package and _shard_of(ecosystem)[0] == shard
    ]
