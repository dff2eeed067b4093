"""How the OSV export and the Go vulnerability database list their records.

Sources: https://google.github.io/osv.dev/data/ (`all.zip`, `modified_id.csv` and `ID.json` of each ecosystem) and
https://go.dev/doc/security/vuln/database (`vulndb.zip`, `index/vulns.json`, `ID/GO-….json`).
"""

import csv
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from posixpath import dirname
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Document, read_document
from lading.feeds.listed import Listed, Listing
from lading.feeds.records import iter_records
from lading.model.errors import FeedError

_LIST_LIMIT: Final = 500_000_000
_MEMBER_LIMIT: Final = 20_000_000
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,150}", re.ASCII)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:(\.\d*?)0*)?(?:Z|\+00:00)", re.ASCII)
_GO: Final = "https://vuln.go.dev"
_GO_ID: Final = re.compile(r"GO-\d{4}-\d{4,10}", re.ASCII)


class _Record(Struct, frozen=True):
    modified: str = ""


class _GoRow(Struct, frozen=True):
    id: str
    modified: str


def export_listing(archive: Document, leave_out: Callable[[str], bool] = lambda _: False) -> Listing:
    """The records of one ecosystem of the export, by its `all.zip`; none whose id `leave_out` is true for."""
    folder = dirname(archive.path)
    site = dirname(archive.url)

    def read(files: Sequence[Path | None]) -> Listed | None:
        return _read_csv(files[0], leave_out) if files[0] is not None else None

    def single(name: str) -> Document:
        return Document(f"{folder}/{name}.json", f"{site}/{quote(name)}.json", optional=True)

    def compare(file: Path, _: str, times: Mapping[str, str]) -> tuple[Collection[str], Collection[str]]:
        return _compare(file, times, leave_out)

    csv_list = Document(f"{folder}/modified_id.csv", f"{site}/modified_id.csv", optional=True)
    return Listing(archive, (csv_list,), folder, read, single, compare, _time_of)


def go_listing(folder: str) -> Listing:
    """The Go vulnerability database, below `folder`."""
    archive = Document(f"{folder}/vulndb.zip", f"{_GO}/vulndb.zip", optional=True)
    index = Document(f"{folder}/index/vulns.json", f"{_GO}/index/vulns.json", optional=True)

    def single(name: str) -> Document:
        return Document(f"{folder}/ID/{name}.json", f"{_GO}/ID/{name}.json", optional=True)

    def compare(file: Path, _: str, times: Mapping[str, str]) -> tuple[Collection[str], Collection[str]]:
        return _compare(file, times, lambda name: not _GO_ID.fullmatch(name))

    return Listing(archive, (index,), f"{folder}/ID", _read_go_index, single, compare, _time_of)


def _read_csv(file: Path, leave_out: Callable[[str], bool]) -> Listed | None:
    """`time,id` a line; None when it is cut short or something else."""
    try:
        text = read_document(file, _LIST_LIMIT).decode()
    except (FeedError, UnicodeDecodeError):
        return None
    times = {}
    for row in csv.reader(text.replace("\0", "").splitlines()):
        time = _TIME.fullmatch(row[0]) if len(row) == 2 else None
        if time is None:
            return None
        if _ID.fullmatch(row[1]) and not leave_out(row[1]):
            times[row[1]] = _comparable(time)
    return Listed(times) if times else None


def _read_go_index(files: Sequence[Path | None]) -> Listed | None:
    try:
        rows = msgspec.json.decode(read_document(files[0], _LIST_LIMIT) if files[0] else b"", type=list[_GoRow])
    except (FeedError, *UNREADABLE):
        return None
    times = {row.id: _comparable(time) for row in rows if (time := _TIME.fullmatch(row.modified))}
    return Listed({name: time for name, time in times.items() if _GO_ID.fullmatch(name)}) if times else None


def _compare(
    archive: Path, times: Mapping[str, str], leave_out: Callable[[str], bool]
) -> tuple[Collection[str], Collection[str]]:
    """The records that the archive has older than listed or not at all, and those that it has unlisted."""
    have = {}
    for path, data in iter_records({"all.zip": archive}, _MEMBER_LIMIT):
        name = path.rpartition("/")[2].removesuffix(".json")
        if path.endswith(".json") and _ID.fullmatch(name) and not leave_out(name):
            have[name] = _time_in(data or b"")
    lagging = [name for name, time in times.items() if have.get(name, "") < time]
    return lagging, [name for name in have if name not in times]


def _time_of(file: Path) -> str:
    try:
        return _time_in(read_document(file, _MEMBER_LIMIT))
    except FeedError:
        return ""


def _time_in(record: bytes) -> str:
    try:
        time = _TIME.fullmatch(msgspec.json.decode(record, type=_Record).modified)
    except UNREADABLE:
        return ""
    return _comparable(time) if time is not None else ""


def _comparable(time: re.Match[str]) -> str:
    """Without the zeros at its end, so that times compare as texts."""
    fraction = time[2] or ""
    return time[1] + (fraction if fraction != "." else "")
