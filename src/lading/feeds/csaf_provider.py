"""How a CSAF provider lists its documents.

Source: CSAF 2.0, section 7.1.13 (`changes.csv`), and Red Hat's `deletions.csv`
(https://docs.redhat.com/en/documentation/red_hat_security_data). SUSE's list is sorted by file name: all of it is read.
"""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lading.feeds.csaf_mirror import CHANGES, DELETIONS
from lading.feeds.feed import Document, read_document
from lading.feeds.listed import Listed, Listing
from lading.model.errors import FeedError

_LIST_LIMIT: Final = 200_000_000
_NAME: Final = re.compile(r"(?:\d{4}/)?[a-z0-9_-]{3,100}\.json", re.ASCII)
_BEFORE: Final = timedelta(hours=1)
"""An archive may have been some time in the making."""
_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def csaf_listing(archive: Document, folder: str, site: str, *, deletions: bool) -> Listing:
    """The documents of a provider below `site`, kept below `folder`; whether it lists what it has deleted."""
    names = (CHANGES, DELETIONS) if deletions else (CHANGES,)

    def read(files: Sequence[Path | None]) -> Listed | None:
        return _read(files[0], files[1] if deletions else None, lists_deletions=deletions)

    def single(name: str) -> Document:
        return Document(f"{folder}/{name}", f"{site}/{name}", optional=True)

    return Listing(
        archive,
        tuple(Document(f"{folder}/{name}", f"{site}/{name}", optional=True) for name in names),
        folder,
        read,
        single,
        _compare,
        lambda _: "",
        most=5000,
    )


def _read(changes: Path | None, deletions: Path | None, *, lists_deletions: bool) -> Listed | None:
    changed = _times(changes) if changes is not None else None
    deleted = _times(deletions) if deletions is not None else {}
    if not changed or deleted is None:
        return None
    gone = {name for name, time in deleted.items() if time >= changed.get(name, "")}
    times = {name: time for name, time in changed.items() if name not in gone}
    return Listed(times, frozenset(gone) if lists_deletions else None)


def _times(file: Path) -> dict[str, str] | None:
    """`"2023/cve-2023-1.json","RFC 3339"` a line; of several lines on one document the latest counts. None when it is
    cut short or something else."""
    times: dict[str, str] = {}
    try:
        lines = read_document(file, _LIST_LIMIT).decode().replace("\0", "").splitlines()
        for name, time in csv.reader(lines, strict=True):
            if _NAME.fullmatch(name):
                stamp = datetime.fromisoformat(time).astimezone(UTC).strftime(_FORMAT)
                times[name] = max(times.get(name, ""), stamp)
    except (FeedError, ValueError, OverflowError, csv.Error):
        return None
    return times


def _compare(_: Path, modified: str, times: Mapping[str, str]) -> tuple[Collection[str], Collection[str]]:
    """What changed since the archive was written; everything when nobody says when that was."""
    since = (datetime.strptime(modified, _FORMAT) - _BEFORE).strftime(_FORMAT) if modified else ""  # noqa: DTZ007
    return [name for name, time in times.items() if time >= since], ()
