"""The Debian security tracker: one document for every release, by source package and CVE.

Source: https://security-tracker.debian.org/tracker/ ("Debian Security Tracker data", the JSON export), and the
tracker's own documentation of its states.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit, read_document
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, SeverityLabel, ShardName, State
from lading.model.errors import FeedError

_MOST_SUMMARY = 400
_TRACKER = Document("debian/tracker.json", "https://security-tracker.debian.org/tracker/data/json")
_LIMIT = 1_000_000_000
_RELEASES = {
    "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13",
    "forky": "14", "duke": "15", "sid": "sid",
}  # fmt: skip
_SEVERITIES: dict[str, SeverityLabel] = {
    "unimportant": "negligible",
    "low": "low",
    "medium": "medium",
    "high": "high",
}
_NO_DSA: dict[str, State] = {"": "minor", "postponed": "deferred", "ignored": "wont_fix"}


class _Release(Struct, frozen=True):
    status: Literal["resolved", "open", "undetermined"]
    urgency: str = ""
    fixed_version: str = ""
    nodsa_reason: str | None = None


class _Vulnerability(Struct, frozen=True):
    releases: dict[str, msgspec.Raw] | list[msgspec.Raw]  # an empty list where it concerns no release
    description: str = ""


def parse_tracker(files: Mapping[str, Path], build: Build) -> None:
    """Every release's shard. Raises FeedError when the document is not the tracker's."""
    document = read_document(files[_TRACKER.path], _LIMIT)
    try:
        sources = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    except UNREADABLE as error:
        raise FeedError(f"{files[_TRACKER.path]}: not the tracker's JSON: {error}") from error
    newest = ""
    for source, raw in sources.items():
        try:
            vulnerabilities = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        except UNREADABLE:
            build.skip(source)
            continue
        for name, vulnerability in vulnerabilities.items():
            _read_vulnerability(source, name, vulnerability, build)
            newest = max(newest, name[4:8]) if name.startswith("CVE-") else newest
    if newest:
        build.newest_year(newest)


def _read_vulnerability(source: str, name: str, raw: msgspec.Raw, build: Build) -> None:
    try:
        vulnerability = msgspec.json.decode(raw, type=_Vulnerability)
    except UNREADABLE:
        build.skip(f"{source} {name}")
        return
    releases = vulnerability.releases if isinstance(vulnerability.releases, dict) else {}
    for codename, body in releases.items():
        release = _RELEASES.get(codename)
        writer = build.shard(f"debian-{release}", "deb") if release else None
        if writer is None:
            continue
        try:
            advisory = advisory_of(source, name, msgspec.json.decode(body, type=_Release))
        except UNREADABLE:
            build.skip(f"{source} {name} {codename}")
            continue
        writer.add(advisory)
        if vulnerability.description and advisory.state != "not_affected":
            url = f"https://security-tracker.debian.org/tracker/{name}"
            writer.add_text(AdvisoryText(id=name, summary=short(vulnerability.description, _MOST_SUMMARY), url=url))


def advisory_of(source: str, name: str, release: _Release) -> Advisory:
    """One vulnerability of one source package in one release.

    Fixed in version "0" means that no version of the release was ever affected.
    """
    urgency = release.urgency.rstrip("*")
    state: State = "affected"
    ranges: tuple[Range, ...] = (Range(),)
    if release.status == "resolved":
        state = "not_affected" if release.fixed_version == "0" else "affected"
        ranges = () if state == "not_affected" else (Range(fixed=release.fixed_version),)
    elif release.status == "undetermined":
        state = "under_investigation"
    elif urgency == "end-of-life":
        state = "end_of_life"
    elif release.nodsa_reason is not None:
        state = _NO_DSA.get(release.nodsa_reason, "minor")
    return Advisory(
        id=name,
        package=source,
        state=state,
        ranges=ranges,
        severities=(Severity(_SEVERITIES.get(urgency, "unknown"), "debian", text=release.urgency),),
    )


_UNIT = Unit("debian", (_TRACKER,), parse_tracker)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    return (_UNIT,) if held is None or _TRACKER.path in held else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNIT if shard.removeprefix("debian-") in _RELEASES.values() and shard.startswith("debian-") else None


FEED = Feed("debian", "Debian security tracker", _units, _unit_for, interval=1)
