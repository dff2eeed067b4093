"""CISA's catalogue of Known Exploited Vulnerabilities.

Source: https://www.cisa.gov/known-exploited-vulnerabilities-catalog and its JSON schema.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit, read_document
from lading.model.advisory import KnownExploited, ShardName
from lading.model.errors import FeedError

_CATALOGUE = Document(
    "kev/known_exploited_vulnerabilities.json",
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
)
_LIMIT = 100_000_000


class _Row(Struct, frozen=True, rename="camel"):
    cve_id: str = msgspec.field(name="cveID")
    date_added: str
    due_date: str = ""
    known_ransomware_campaign_use: str = ""
    cwes: tuple[str, ...] = ()


class _Catalogue(Struct, frozen=True, rename="camel"):
    count: int
    vulnerabilities: list[msgspec.Raw]
    date_released: str = ""


def parse_catalogue(files: Mapping[str, Path], build: Build) -> None:
    """The shard "kev". Raises FeedError when the catalogue is broken or does not hold as many rows as it says."""
    path = files[_CATALOGUE.path]
    try:
        catalogue = msgspec.json.decode(read_document(path, _LIMIT), type=_Catalogue)
    except UNREADABLE as error:
        raise FeedError(f"{path}: not the KEV catalogue: {error}") from error
    found = len(catalogue.vulnerabilities)
    if found != catalogue.count:
        raise FeedError(f"{path}: states {catalogue.count:,} entries but holds {found:,}; a partial download?")
    writer = build.shard("kev", "")
    if writer is None:
        return
    build.date(catalogue.date_released)
    for raw in catalogue.vulnerabilities:
        try:
            row = msgspec.json.decode(raw, type=_Row)
        except UNREADABLE:
            build.skip(bytes(raw)[:60].decode("utf-8", "replace"))
            continue
        ransomware = row.known_ransomware_campaign_use.strip().lower() == "known"
        writer.add_exploited(KnownExploited(row.cve_id, row.date_added, row.due_date, ransomware, row.cwes))


_UNIT = Unit("kev", (_CATALOGUE,), parse_catalogue)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    return (_UNIT,) if held is None or _CATALOGUE.path in held else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNIT if shard == "kev" else None


FEED = Feed("kev", "CISA Known Exploited Vulnerabilities", _units, _unit_for, interval=14)
