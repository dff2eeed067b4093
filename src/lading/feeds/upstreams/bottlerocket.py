"""Bottlerocket's advisories (BRSA), by the packages that its images are built from.

Source: https://advisories.bottlerocket.aws/updateinfo.xml.gz, and https://github.com/bottlerocket-os/bottlerocket's
`SECURITY_ADVISORIES.md`. Only fixes are published. The packages and their versions are those of an image's
`application-inventory.json`.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lading.feeds.builds import by_condition
from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.updateinfo import Update, iter_updates
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.severities import word_severity

_MOST_SUMMARY = 400
_ADDRESS: Final = "https://advisories.bottlerocket.aws/updateinfo.xml.gz"
_PUBLIC: Final = Document("bottlerocket/updateinfo.xml.gz", _ADDRESS)
_PATH: Final = re.compile(r"bottlerocket/(?:.*/)?[\w.-]*updateinfo\.xml(?:\.\w+)?", re.ASCII)
_ARCHES: Final = ("aarch64", "x86_64")


def parse_updates(files: Mapping[str, Path], build: Build) -> None:
    """The one shard. Raises FeedError when a document is broken."""
    for path in (files[name] for name in sorted(files)):
        for update in iter_updates(path):
            _read_update(update, build)


def _read_update(update: Update, build: Build) -> None:
    writer = build.shard("bottlerocket", "rpm", "binary")
    if writer is None or update.kind not in ("security", ""):
        return
    builds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for collection in update.collections:
        for package in collection.packages:
            builds[package.name].append((package.arch or "noarch", package.version))
    if not builds or not update.id:
        build.skip(update.id or update.title or "an update without a name")
        return
    build.date(max(update.issued, update.updated))
    vulnerabilities = update.vulnerabilities() or (update.id,)
    severity = word_severity(update.severity, "bottlerocket")
    for name, listed in builds.items():
        for condition, versions in by_condition(listed, _ARCHES):
            for vulnerability in vulnerabilities:
                advisory = Advisory(
                    id=vulnerability,
                    package=name,
                    ranges=tuple(Range(fixed=version) for version in versions),
                    severities=(severity,) if severity else (),
                    note=update.id if vulnerability != update.id else "",
                    condition=condition,
                    fix_date=update.issued,
                )
                writer.add(advisory)
    urls = {one.id: one.url for one in update.references}
    for vulnerability in vulnerabilities:
        text = update.description.strip() or update.title
        writer.add_text(
            AdvisoryText(
                vulnerability,
                short(text, _MOST_SUMMARY),
                urls.get(vulnerability, ""),
                published=update.issued,
                notice=update.id if vulnerability != update.id else "",
            )
        )


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (Unit("bottlerocket", (_PUBLIC,), parse_updates),)
    documents = tuple(Document(path, _ADDRESS) for path in held if _PATH.fullmatch(path))
    return (Unit("bottlerocket", documents, parse_updates),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _units(None)[0] if shard == "bottlerocket" else None


FEED = Feed("bottlerocket", "Bottlerocket security advisories", _units, _unit_for)
