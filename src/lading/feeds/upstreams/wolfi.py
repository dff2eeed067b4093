"""The security databases of Wolfi, Chainguard and SecureOS, which are never mixed."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.secdb import parse_databases
from lading.model.advisory import ShardName

_URLS = {
    "wolfi": "https://packages.wolfi.dev/os/security.json",
    "chainguard": "https://packages.cgr.dev/chainguard/security.json",
    "secureos": "https://security.secureos.io/v1/latest.json",
}


def _parse(shard: str, files: Mapping[str, Path], build: Build) -> None:
    writer = build.shard(shard, "apk")
    if writer is not None:
        parse_databases(files.values(), writer, build)


_UNITS = {
    shard: Unit(shard, (Document(f"{shard}/security.json", url),), partial(_parse, shard))
    for shard, url in _URLS.items()
}


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    return tuple(unit for unit in _UNITS.values() if held is None or unit.documents[0].path in held)


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNITS.get(shard)


FEED = Feed("wolfi", "Security databases of Wolfi and others", _units, _unit_for, interval=3)
