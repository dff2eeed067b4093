"""Arch Linux's security tracker: groups of vulnerabilities that were found, and fixed, together.

Source: https://security.archlinux.org/ (its `all.json`, and a JSON document for each group) and the tracker's own code
(archlinux/arch-security-tracker) for the states of a group.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit
from lading.feeds.records import iter_records
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, SeverityLabel, ShardName, State
from lading.model.errors import FeedError

_SITE: Final = "https://security.archlinux.org"
_ALL: Final = Document("arch/all.json", f"{_SITE}/all.json")
_PATH: Final = re.compile(r"arch/(all|AVG-\d+)\.json", re.ASCII)
_LIMIT: Final = 200_000_000
_STATES: Final[Mapping[str, State]] = {
    "Fixed": "affected",
    "Not affected": "not_affected",
    "Testing": "affected",
    "Unknown": "under_investigation",
    "Vulnerable": "affected",
}
_WORDS: Final[Mapping[str, SeverityLabel]] = {
    "Critical": "critical",
    "High": "high",
    "Low": "low",
    "Medium": "medium",
}


class _Group(Struct, frozen=True):
    name: str
    packages: list[str]
    status: str
    severity: str = ""
    type: str = ""
    fixed: str | None = None
    issues: list[str] = []
    advisories: list[str] = []


def parse_groups(files: Mapping[str, Path], build: Build) -> None:
    """The one shard. A group that lies there by itself is newer than the same one in the list of all.

    Raises FeedError when the list is not the tracker's.
    """
    writer = build.shard("arch", "pacman", "binary")
    if writer is None:
        return
    groups: dict[str, msgspec.Raw] = {}
    lists = []
    for path, data in iter_records(files, _LIMIT):
        if path == _ALL.path:
            lists.append(_read_list(files[path], data))
        elif data is None:
            build.skip(path)
        else:
            groups[path.rpartition("/")[2].removesuffix(".json")] = msgspec.Raw(data)
    for name, raw in (pair for one in lists for pair in one.items()):
        groups.setdefault(name, raw)
    for name, raw in groups.items():
        try:
            group = msgspec.json.decode(raw, type=_Group)
        except UNREADABLE:
            build.skip(name)
            continue
        _write(group, writer)


def _read_list(path: Path, data: bytes | None) -> dict[str, msgspec.Raw]:
    """The groups by name; one without a name by its place."""
    try:
        entries = msgspec.json.decode(data or b"", type=list[msgspec.Raw])
    except UNREADABLE as error:
        raise FeedError(f"{path}: not the tracker's list of groups: {error}") from error
    named = {}
    for place, raw in enumerate(entries):
        try:
            name = msgspec.json.decode(raw, type=_Named).name
        except UNREADABLE:
            name = f"all.json: entry {place}"
        named[name] = raw
    return named


class _Named(Struct, frozen=True):
    name: str


def _write(group: _Group, writer: ShardWriter) -> None:
    for package in group.packages:
        for vulnerability in dict.fromkeys(group.issues or [group.name]):
            writer.add(advisory_of(group, package, vulnerability))
    for vulnerability in group.issues or [group.name]:
        writer.add_text(AdvisoryText(id=vulnerability, summary=group.type, url=f"{_SITE}/{vulnerability}"))


def advisory_of(group: _Group, package: str, vulnerability: str) -> Advisory:
    """One vulnerability of a group in one of its packages.

    A group's `affected` is the version in which the vulnerability was found, and its first one is not known: every
    version before the fix counts. A group with a status that is new has not been decided.
    """
    state = _STATES.get(group.status, "under_investigation")
    ranges = () if state == "not_affected" else (Range(fixed=group.fixed or ""),)
    announced = ", ".join(sorted(set(group.advisories)))
    remark = f"announced in {announced}" if announced else ""
    if group.status == "Testing" and group.fixed:
        remark = f"in Arch's testing repositories: {group.fixed}"
    return Advisory(
        id=vulnerability,
        package=package,
        state=state,
        ranges=ranges,
        severities=(Severity(_WORDS.get(group.severity, "unknown"), "arch", text=group.severity),),
        note=group.name,
        remark=remark,
    )


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    paths = [_ALL.path] if held is None else [path for path in held if _PATH.fullmatch(path)]
    documents = tuple(Document(path, f"{_SITE}/{path.removeprefix('arch/')}") for path in paths)
    return (Unit("arch", documents, parse_groups),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _units(None)[0] if shard == "arch" else None


FEED = Feed("arch", "Arch Linux security tracker", _units, _unit_for)
