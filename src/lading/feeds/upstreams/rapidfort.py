"""RapidFort's advisories: the packages of the images that it keeps up, its own builds and those of the distributions.

Source: https://github.com/rapidfort/security-advisories, `OS/<distribution>/<package>.json`. A range is said of the
builds that its `identifier` names (`el9`, `fc42`, `rf` for RapidFort's own, `ubuntu`), without one of those that its
versions tell. It begins with the oldest build that RapidFort had, which is not where the vulnerability came in: of the
lowest the start is left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cmp_to_key
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from lading.feeds.feed import UNREADABLE, Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_matching
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Condition, Names, Range
from lading.model.distributions import release_of, shard_info
from lading.model.severities import word_severity
from lading.versions.schemes import compare

_ADDRESS: Final = "https://github.com/rapidfort/security-advisories/archive/refs/heads/main.tar.gz"
_MEMBER_LIMIT: Final = 50_000_000
_MOST_SUMMARY: Final = 200
_PREFIX: Final = "rapidfort-"
_NAMES: Final[Names] = "both"
_LAYOUT: Final = re.compile(r"rapidfort/(?:[^/]+\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|zip)|OS/[^/]+/[^/]+\.json)")
_RECORD: Final = re.compile(r"(?:^|/)OS/(?P<record>(?P<system>[^/]+)/[^/]+)\.json$")
_SYSTEMS: Final = {"redhat": "rhel"}
"""The distributions by the names of the folders, where os-release has another."""
_BUILT_FOR: Final = re.compile(r"[.+_](el|fc|rf)(\d*)", re.ASCII)
_OWN: Final = re.compile(r"[+~]rf\b|rfubu", re.ASCII)
_RELEASE: Final = re.compile(r"[1-9]\d?", re.ASCII)
_IDENTIFIER: Final = re.compile(r"(el|fc)(\d+)|(rf|ubuntu|)", re.ASCII)
_OF_MODULE: Final = re.compile(r"(?P<version>[^:]*:?[^:]+?)(?:\.(?:noarch|src|x86_64|aarch64|i686))?::(?P<module>\S+)")


class _Event(Struct, frozen=True, order=True):
    introduced: str = ""
    fixed: str = ""
    identifier: str = ""


class _Entry(Struct, frozen=True):
    title: str = ""
    summary: str = ""
    description: str = ""
    severity: str = ""
    events: tuple[_Event, ...] = ()


class _Document(Struct, frozen=True):
    package_name: str
    advisory: dict[str, dict[str, _Entry]]


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """The shards of the distributions' releases, and of RapidFort's own builds for each distribution. Raises FeedError
    when an archive cannot be read."""
    for path, data in iter_matching(files, _MEMBER_LIMIT, _RECORD):
        try:
            document = msgspec.json.decode(data or b"", type=_Document)
        except UNREADABLE:
            build.skip(f"{path['record']}.json")
            continue
        _read(document, _SYSTEMS.get(path["system"], path["system"]), build)


def _read(document: _Document, system: str, build: Build) -> None:
    found: dict[tuple[str, str, str], dict[_Event, None]] = defaultdict(dict)
    entries: dict[tuple[str, str], _Entry] = {}
    for key, vulnerabilities in document.advisory.items():
        for id, entry in vulnerabilities.items():
            for event in entry.events:
                stretch, module = _without_module(event)
                release = _release(system, key.removeprefix("el"), stretch)
                if not release:
                    build.skip(f"{document.package_name}: {id} of {system} {key} {event.identifier}".strip())
                    continue
                found[release, id, module][stretch] = None
                entries.setdefault((release, id), entry)
    for (release, id, module), events in found.items():
        _add(document.package_name, release, id, module, entries[release, id], events, build)


def _add(
    package: str, release: str, id: str, module: str, entry: _Entry, events: Iterable[_Event], build: Build
) -> None:
    info = shard_info(release)
    writer = build.shard(f"{_PREFIX}{release}", info.package_type if info is not None else "generic", _NAMES)
    if writer is None or info is None:
        return
    severity = word_severity(entry.severity, "rapidfort")
    writer.add(
        Advisory(
            id,
            package,
            ranges=_ranges(events, info.package_type),
            severities=(severity,) if severity else (),
            condition=Condition(module=module) if module else None,
        )
    )
    title = entry.title or entry.summary or entry.description
    writer.add_text(AdvisoryText(id, short(title, _MOST_SUMMARY), packages=(package,)))


def _ranges(events: Iterable[_Event], scheme: str) -> tuple[Range, ...]:
    spans = {Range(_bound(one.introduced), _bound(one.fixed)) for one in events}

    def order(left: Range, right: Range) -> int:
        return compare(scheme, left.introduced or "0", right.introduced or "0") or 0

    first, *others = sorted(sorted(spans, key=structs.astuple), key=cmp_to_key(order))
    return (structs.replace(first, introduced=""), *others)


def _bound(version: str) -> str:
    bare = version.removeprefix("0:")
    return "" if bare == "0" else bare


def _without_module(event: _Event) -> tuple[_Event, str]:
    """A stretch, and the module that stands behind its end (`1.0-1.module+el8.noarch::perl:5`)."""
    found = _OF_MODULE.fullmatch(event.fixed)
    return (event, "") if found is None else (structs.replace(event, fixed=found["version"]), found["module"])


def _release(system: str, number: str, event: _Event) -> str:
    """The release whose builds a stretch is said of, or the distribution for RapidFort's own; empty for none."""
    stated = _IDENTIFIER.fullmatch(event.identifier)
    if stated is None:
        return ""
    tag, digits = (stated[1], stated[2]) if stated[1] else (stated[3], "")
    if not tag:
        told = _BUILT_FOR.findall(event.fixed or event.introduced) if system == "rhel" else []
        tag, digits = told[-1] if told else ("rf" if _OWN.search(event.fixed or event.introduced) else "", "")
    if tag == "rf":
        return system
    if tag in ("el", "fc") and not _RELEASE.fullmatch(digits):
        return ""
    if tag in ("el", "fc"):
        return release_of("rhel" if tag == "el" else "fedora", digits)
    return release_of(system, number)


FEED = feed_of_one_unit(
    "rapidfort",
    "RapidFort security advisories",
    Document("rapidfort/security-advisories-main.tar.gz", _ADDRESS),
    _LAYOUT,
    lambda shard: shard.startswith(_PREFIX),
    parse_advisories,
)
