"""Fedora: the advisories of its updates repositories, a shard for each release, and of its packages for RHEL (EPEL).

Source: `updateinfo` of https://dl.fedoraproject.org/pub/fedora/linux/updates/ and of
https://dl.fedoraproject.org/pub/epel/, written by Bodhi (https://fedoraproject.org/wiki/Bodhi). Only fixes are
published. Vulnerabilities stand in the titles of the bugs that an update closes, or only in its description. CentOS
Stream has no advisories of its own, see redhat.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.advisories.writer import ShardWriter
from lading.feeds.builds import by_condition
from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.updateinfo import Update, iter_updates
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.severities import word_severity

_BASE = "https://dl.fedoraproject.org/pub/fedora/linux/updates"
_EPEL_BASE = "https://dl.fedoraproject.org/pub/epel"
_RELEASES = tuple(range(38, 46))
_EPEL_RELEASES = (8, 9, 10)
_PATH = re.compile(
    r"(fedora|epel)[^/]*/(?:.*/)?(\d+)/(?:.*/)?[^/]*updateinfo[^/]*\.xml(?:\.(?:bz2|gz|xz|zst))?", re.ASCII
)
_SHARD = re.compile(r"(fedora|epel)-(\d+)", re.ASCII)
_VULNERABILITY = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_TITLE = re.compile(r"(?:(?:CVE-[\d-]+|EMBARGOED|TRIAGE)[\s,]*)*(.*?)(?:\s*\[[\w.-]+\])*", re.DOTALL)
_ARCHES = ("aarch64", "x86_64")


def parse_updates(shard: str, files: Mapping[str, Path], build: Build) -> None:
    """One release. Raises FeedError when a document is broken."""
    writer = build.shard(shard, "rpm", "binary")
    if writer is None:
        return
    for path in (files[name] for name in sorted(files)):
        for update in iter_updates(path):
            if not update.id:
                build.skip(f"{path.name}: an update without a name")
                continue
            build.date(max(update.issued, update.updated))
            _read_update(update, writer)


def _read_update(update: Update, writer: ShardWriter) -> None:
    summaries = _vulnerabilities(update)
    severity = word_severity(update.severity, "fedora")
    builds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for part in update.collections:
        for package in part.packages:
            if not package.name.endswith(("-debuginfo", "-debugsource")):
                builds.setdefault((package.name, part.module), []).append((package.arch, package.version))
    for (name, module), listed in builds.items():
        for condition, versions in by_condition(listed, module=module):
            for vulnerability in summaries:
                advisory = Advisory(
                    id=vulnerability,
                    package=name,
                    ranges=tuple(Range(fixed=version) for version in versions),
                    severities=(severity,) if severity else (),
                    note=_notice(update, vulnerability),
                    condition=condition,
                    fix_date=update.issued,
                )
                writer.add(advisory)
    for vulnerability, summary in summaries.items():
        url = f"https://bodhi.fedoraproject.org/updates/{update.id}"
        writer.add_text(AdvisoryText(vulnerability, summary, url, notice=_notice(update, vulnerability)))


def _notice(update: Update, vulnerability: str) -> str:
    return update.id if vulnerability != update.id else ""


def _vulnerabilities(update: Update) -> dict[str, str]:
    """What the update fixes, with a line on each. A security update that names no vulnerability is one itself; a
    description also tells of vulnerabilities that other kinds of updates have nothing to do with."""
    found: dict[str, str] = {}
    for reference in update.references:
        for vulnerability in _VULNERABILITY.findall(f"{reference.id} {reference.title}"):
            match = _TITLE.fullmatch(reference.title)
            found.setdefault(vulnerability, match[1] if match else "")
    if update.kind == "security":
        for vulnerability in _VULNERABILITY.findall(update.description):
            found.setdefault(vulnerability, "")
    if not found and update.kind == "security":
        found[update.id] = update.title
    return {vulnerability: summary or update.title for vulnerability, summary in sorted(found.items())}


def _unit(shard: str, documents: Sequence[Document]) -> Unit:
    return Unit(shard, tuple(documents), partial(parse_updates, shard))


def _public(family: str, release: str) -> Unit:
    folder, base = ("fedora/linux/updates", _BASE) if family == "fedora" else ("epel", _EPEL_BASE)
    documents = [
        Document(
            f"{folder}/{release}/Everything/{arch}/updateinfo.xml",
            f"{base}/{release}/Everything/{arch}/repodata/repomd.xml",
            repository="updateinfo",
        )
        for arch in _ARCHES
    ]
    return _unit(f"{family}-{release}", documents)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        public = [_public("fedora", str(release)) for release in _RELEASES]
        return (*public, *(_public("epel", str(release)) for release in _EPEL_RELEASES))
    shards: dict[str, list[Document]] = {}
    for path in sorted(held):
        match = _PATH.fullmatch(path)
        if match is not None:
            shards.setdefault(f"{match[1]}-{match[2]}", []).append(Document(path, ""))
    return tuple(_unit(shard, documents) for shard, documents in shards.items())


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    return _public(match[1], match[2]) if match else None


FEED = Feed("fedora", "Fedora updates", _units, _unit_for)
