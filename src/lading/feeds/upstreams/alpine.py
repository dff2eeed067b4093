"""Alpine's security database, a shard for each branch, with what its people have rejected.

Source: https://secdb.alpinelinux.org/; https://gitlab.alpinelinux.org/alpine/security/security-rejections, a list of
vulnerabilities by package for each repository, for all branches.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit, read_document
from lading.feeds.secdb import parse_databases
from lading.feeds.yaml_records import list_field, parse_record
from lading.model.advisory import ShardName
from lading.model.errors import FormatError

_BRANCH = re.compile(r"alpine/(v\d+\.\d+|edge)/")
_SHARD = re.compile(r"alpine-(edge|\d+\.\d+)")
_REJECTIONS = "alpine/security-rejections/"
_REJECTED = "https://gitlab.alpinelinux.org/alpine/security/security-rejections/-/raw/master/"
_REPOSITORIES = ("main", "community")
_LIMIT = 20_000_000
_BRANCHES = ("edge", *(f"v3.{minor}" for minor in range(2, 24)))


def _parse(shard: str, files: Mapping[str, Path], build: Build) -> None:
    writer = build.shard(shard, "apk")
    if writer is None:
        return
    rejected: dict[str, tuple[str, ...]] = {}
    for path in (path for path in files if path.startswith(_REJECTIONS)):
        try:
            record = parse_record(read_document(files[path], _LIMIT))
        except FormatError:
            build.skip(path)
            continue
        for package in record:
            rejected[package] = (*rejected.get(package, ()), *list_field(record, package))
    databases = (file for path, file in files.items() if not path.startswith(_REJECTIONS))
    parse_databases(databases, writer, build, rejected)


def _unit(branch: str) -> Unit:
    shard = f"alpine-{branch.removeprefix('v')}"
    documents = tuple(
        # The first branches had no community repository.
        Document(f"alpine/{branch}/{name}.json", f"https://secdb.alpinelinux.org/{branch}/{name}.json", optional)
        for name, optional in (("main", False), ("community", True))
    )
    rejections = tuple(
        Document(f"{_REJECTIONS}{name}.yaml", f"{_REJECTED}{name}.yaml", optional=True) for name in _REPOSITORIES
    )
    return Unit(shard, (*documents, *rejections), partial(_parse, shard))


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(map(_unit, _BRANCHES))
    branches = {match[1] for path in held if (match := _BRANCH.match(path))}
    return tuple(_unit(branch) for branch in sorted(branches))


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    return None if match is None else _unit(match[1] if match[1] == "edge" else f"v{match[1]}")


FEED = Feed("alpine", "Alpine security database", _units, _unit_for)
