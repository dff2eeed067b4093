"""Catalogues of exploited vulnerabilities beside CISA's: that of the European database, and VulnCheck's.

Source: https://euvd.enisa.europa.eu (its list of exploited vulnerabilities: `cveId`, `dateAdded`, and in `sources`
who reported it); https://docs.vulncheck.com/community/vulncheck-kev/schema (has to be downloaded with a key, so there
is no public address).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit, read_document
from lading.model.advisory import KEV_EUVD, KEV_VULNCHECK, KnownExploited, ShardName
from lading.model.errors import FeedError

_EUVD: Final = Document("kev/euvd.json", "https://euvdservices.enisa.europa.eu/api/kev/dump")
_VULNCHECK: Final = Document("kev/vulncheck_known_exploited_vulnerabilities.json", "")
_OWN: Final = "eukev_kev"
_LIMIT: Final = 200_000_000


class _European(Struct, frozen=True, rename="camel"):
    cve_id: str
    date_added: str = ""
    sources: tuple[str, ...] = ()


class _VulnCheck(Struct, frozen=True):
    cve: tuple[str, ...]
    date_added: str = ""
    due: str | None = msgspec.field(default=None, name="dueDate")
    ransomware: str = msgspec.field(default="", name="knownRansomwareCampaignUse")
    cwes: tuple[str, ...] | None = None


class _Wrapped(Struct, frozen=True):
    data: list[msgspec.Raw]


def _european(raw: msgspec.Raw) -> Iterable[KnownExploited]:
    """What the union's own members have reported: it also repeats CISA's catalogue."""
    row = msgspec.json.decode(raw, type=_European)
    if _OWN in row.sources or not row.sources:
        yield KnownExploited(row.cve_id, row.date_added[:10], catalogues=("EUVD",))


def _vulncheck(raw: msgspec.Raw) -> Iterable[KnownExploited]:
    row = msgspec.json.decode(raw, type=_VulnCheck)
    ransomware = row.ransomware.strip().lower() == "known"
    for name in row.cve:
        due, cwes = (row.due or "")[:10], row.cwes or ()
        yield KnownExploited(name, row.date_added[:10], due, ransomware, cwes, catalogues=("VulnCheck",))


def parse_catalogue(
    shard: ShardName,
    read: Callable[[msgspec.Raw], Iterable[KnownExploited]],
    files: Mapping[str, Path],
    build: Build,
) -> None:
    """The shard of one catalogue. Raises FeedError when it is broken."""
    writer = build.shard(shard, "")
    if writer is None:
        return
    for path in files.values():
        try:
            held = msgspec.json.decode(read_document(path, _LIMIT), type=list[msgspec.Raw] | _Wrapped)
        except UNREADABLE as error:
            raise FeedError(f"{path}: not a catalogue of exploited vulnerabilities: {error}") from error
        for raw in held.data if isinstance(held, _Wrapped) else held:
            try:
                entries = list(read(raw))
            except UNREADABLE:
                build.skip(bytes(raw)[:60].decode("utf-8", "replace"))
                continue
            for entry in entries:
                build.date(entry.added)
                writer.add_exploited(entry)


_UNITS: Final = (
    Unit(KEV_EUVD, (_EUVD,), lambda files, build: parse_catalogue(KEV_EUVD, _european, files, build)),
    Unit(KEV_VULNCHECK, (_VULNCHECK,), lambda files, build: parse_catalogue(KEV_VULNCHECK, _vulncheck, files, build)),
)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(unit for unit in _UNITS if unit.documents[0].url)
    return tuple(unit for unit in _UNITS if unit.documents[0].path in held)


def _unit_for(shard: ShardName) -> Unit | None:
    return next((unit for unit in _UNITS if unit.name == shard), None)


FEED = Feed("kev-others", "Other catalogues of exploited vulnerabilities", _units, _unit_for, interval=14)
