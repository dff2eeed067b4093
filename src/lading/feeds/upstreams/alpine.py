"""Alpine's security database, a shard for each branch, and one of what its people have rejected.

Source: https://secdb.alpinelinux.org/; https://gitlab.alpinelinux.org/alpine/security/security-rejections, a list of
vulnerabilities by package for each repository, for all branches.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit, read_document
from lading.feeds.secdb import iter_ids, parse_databases
from lading.feeds.yaml_records import list_field, parse_record
from lading.model.advisory import ALPINE_REJECTIONS, Advisory, ShardName
from lading.model.errors import FormatError

_BRANCH = re.compile(r"alpine/(v\d+\.\d+|edge)/")
_SHARD = re.compile(r"alpine-(edge|\d+\.\d+)")
_REJECTED = "https://gitlab.alpinelinux.org/alpine/security/security-rejections/-/raw/master/"
_LIMIT = 20_000_000
_BRANCHES = ("edge", *(f"v3.{minor}" for minor in range(2, 24)))


def _parse(shard: str, files: Mapping[str, Path], build: Build) -> None:
    writer = build.shard(shard, "apk")
    if writer is not None:
        parse_databases(files.values(), writer, build)


def parse_rejections(files: Mapping[str, Path], build: Build) -> None:
    """The shard "alpine-rejections": that a package never had a vulnerability."""
    writer = build.shard(ALPINE_REJECTIONS, "apk")
    if writer is None:
        return
    for path, file in files.items():
        try:
            record = parse_record(read_document(file, _LIMIT))
        except FormatError:
            build.skip(path)
            continue
        for package in record:
            for name in iter_ids(list_field(record, package)):
                writer.add(Advisory(name, package, "not_affected"))


_REJECTIONS = Unit(
    ALPINE_REJECTIONS,
    tuple(
        Document(f"alpine/security-rejections/{name}.yaml", f"{_REJECTED}{name}.yaml", optional)
        for name, optional in (("main", False), ("community", True))
    ),
    parse_rejections,
)


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
        return (*map(_unit, _BRANCHES), _REJECTIONS)
    branches = {match[1] for path in held if (match := _BRANCH.match(path))}
    rejections = [_REJECTIONS] if any(document.path in held for document in _REJECTIONS.documents) else []
    return (*map(_unit, sorted(branches)), *rejections)


def _unit_for(shard: ShardName) -> Unit | None:
    if shard == ALPINE_REJECTIONS:
        return _REJECTIONS
    match = _SHARD.fullmatch(shard)
    return None if match is None else _unit(match[1] if match[1] == "edge" else f"v{match[1]}")


FEED = Feed("alpine", "Alpine security database", _units, _unit_for)
