"""The built-in starter set: the flaws that mattered most in containers, for `lading demo` and `scan --starter`.

One OSV record a flaw (`lading/data/starter/CVE-….json`, https://ossf.github.io/osv-schema/), written by us, its sources
among its references. Two things stand beside what OSV can say: `database_specific.kev` with CISA's dates, and
`affected[].ecosystem_specific.state` where a distribution has decided on a flaw it does not fix.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from importlib import resources
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, structs

from lading.formats.osv import parse_osv, to_advisories
from lading.model.advisory import Advisory, AdvisoryText, KnownExploited, Provenance, ShardName, State

_DATE: Final = "2026-11-23"
"""The day on which the set was last checked against its sources."""
_KEV: Final = ShardName("kev")
_SCHEMES: Final = {
    "debian": "deb",
    "alpine": "apk",
    "pypi": "pep440",
    "npm": "semver",
    "go": "semver",
    "crates.io": "semver",
    "maven": "maven",
    "rubygems": "gem",
}


class StarterStore:
    """The starter set as an AdvisoryStore. Holds a shard for each ecosystem and release that a record names.

    Records are indexed at once and parsed when asked for: most scans ask for a few.
    """

    def __init__(self) -> None:
        digest = hashlib.sha256()
        self._shards: dict[str, dict[str, list[_Record]]] = defaultdict(lambda: defaultdict(list))
        self._facts: dict[str, _Facts] = {}
        self._size = 0
        for data in _read_records():
            digest.update(data)
            self._size += len(data)
            facts = _DECODER.decode(data)
            self._facts[facts.id] = facts
            for affected in facts.affected:
                held = self._shards[_shard(affected.package.ecosystem)][affected.package.name]
                held.append(_Record(data, affected.ecosystem_specific.state))
        self._digest = f"sha256:{digest.hexdigest()}"

    def provenance(self, shard: ShardName) -> Provenance | None:
        """What is said of the whole set: `digest` and `size` are those of all records, whatever the shard."""
        held = self._shards.get(shard)
        if held is None and shard != _KEV:
            return None
        return Provenance(
            shard=shard,
            digest=self._digest,
            size=self._size,
            scheme=_SCHEMES.get(shard.partition("-")[0], ""),
            feed="starter",
            upstream_date=_DATE,
            records=len(self.known_exploited(self._facts)) if held is None else sum(map(len, held.values())),
        )

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """As the port says."""
        held = self._shards.get(shard, {})
        return {
            package: tuple(advisory for record in held[package] for advisory in _parse(record, shard, package))
            for package in sorted(held.keys() & set(packages))
        }

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, AdvisoryText]:
        """As the port says; a flaw has the same text in every shard."""
        known = [self._facts[name] for name in ids if name in self._facts]
        return {
            facts.id: AdvisoryText(facts.id, facts.summary, facts.references[0].url, modified=facts.modified)
            for facts in known
        }

    def known_exploited(self, ids: Iterable[str]) -> dict[str, KnownExploited]:
        """As the port says."""
        dates = {name: self._facts[name].database_specific.kev for name in ids if name in self._facts}
        return {name: KnownExploited(name, kev.added, kev.due, kev.ransomware) for name, kev in dates.items() if kev}


class _Record(NamedTuple):
    """A record, and the state of the flaw in the package that it was looked up by."""

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


class _Reference(Struct, frozen=True):
    url: str


class _Exploited(Struct, frozen=True):
    added: str
    due: str
    ransomware: bool = False


class _DatabaseFacts(Struct, frozen=True):
    kev: _Exploited | None = None


class _Facts(Struct, frozen=True):
    """The parts of a starter record that the index is made of."""

    id: str
    summary: str
    modified: str
    affected: list[_Affected]
    references: list[_Reference]
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
        for ecosystem, advisory in to_advisories(parse_osv(record.data))
        if advisory.package == package and _shard(ecosystem) == shard
    ]


def _shard(ecosystem: str) -> str:
    """`Debian:12` is judged by `debian-12`, `Alpine:v3.20` by `alpine-3.20`, `PyPI` by `pypi`."""
    family, _, release = ecosystem.lower().partition(":")
    return f"{family}-{release.removeprefix('v')}" if release else family
