"""Alpine's security database, a shard for each branch."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.secdb import parse_databases
from lading.model.advisory import ShardName

_BRANCH = re.compile(r"alpine/(v\d+\.\d+|edge)/")
_SHARD = re.compile(r"alpine-(edge|\d+\.\d+)")
_BRANCHES = ("edge", *(f"v3.{minor}" for minor in range(2, 24)))


def _parse(shard: str, files: Mapping[str, Path], build: Build) -> None:
    writer = build.shard(shard, "apk")
    if writer is not None:
        parse_databases(files.values(), writer, build)


def _unit(branch: str) -> Unit:
    shard = f"alpine-{branch.removeprefix('v')}"
    documents = tuple(
        # The first branches had no community repository.
        Document(f"alpine/{branch}/{name}.json", f"https://secdb.alpinelinux.org/{branch}/{name}.json", optional)
        for name, optional in (("main", False), ("community", True))
    )
    return Unit(shard, documents, partial(_parse, shard))


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(map(_unit, _BRANCHES))
    branches = {match[1] for path in held if (match := _BRANCH.match(path))}
    return tuple(_unit(branch) for branch in sorted(branches))


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    return None if match is None else _unit(match[1] if match[1] == "edge" else f"v{match[1]}")


FEED = Feed("alpine", "Alpine security database", _units, _unit_for)
