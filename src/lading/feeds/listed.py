"""Refreshing the copy of an upstream that serves an archive of all records, each record by itself, and a list of when
each was changed last.

Only what the list shows to be new or changed is fetched, and kept beside the archive. The archive is fetched again
when so much has changed that it is the shorter way, and whenever the list cannot be relied on. Archive, list and
records are not written together: what is found to lag behind the list is asked for again the next time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from lading.feeds.feed import Copy, Document

_LEAST: Final = 0.8
_MOST_BESIDE_NEW: Final = 20_000


class Listed(Struct, frozen=True):
    """A list as it was read: when each record was changed last, and the records that were taken back (None: those that
    are listed no more)."""

    times: Mapping[str, str]
    gone: frozenset[str] | None = None


class Listing(Struct, frozen=True):
    """How an upstream lists its records.

    `lists` are the documents of the list and `read` reads them (None for one that is not there), giving None when they
    are not in order. `single` is the document of one record; all of those lie below `folder`. `compare` tells, of an
    archive that was just fetched and its Last-Modified, which records it has older than listed, and which it has
    though they are not listed. `time_of` gives the time that a record itself states, "" where that is not comparable.
    Beyond `most` records beside the archive, that is fetched again if there is a newer one.
    """

    archive: Document
    lists: tuple[Document, ...]
    folder: str
    read: Callable[[Sequence[Path | None]], Listed | None]
    single: Callable[[str], Document]
    compare: Callable[[Path, str, Mapping[str, str]], tuple[Collection[str], Collection[str]]]
    time_of: Callable[[Path], str]
    most: int = 2000


class _Mark(Struct, frozen=True):
    """`unsettled` are records that lagged behind the list."""

    unsettled: tuple[str, ...] = ()


class _Marks(Struct, frozen=True):
    """By the path of the archive. Where one list cannot be relied on there are none: one archive may have what
    another's list leaves out."""

    archives: dict[str, _Mark] = field(default_factory=dict)


def refresh_listed(listings: Sequence[Listing], copy: Copy) -> None:
    """Brings the copy of all of them up to date. Raises NetError and FeedError."""
    try:
        before = msgspec.json.decode(copy.mark or b"{}", type=_Marks).archives
    except (msgspec.DecodeError, UnicodeDecodeError):
        before = {}
    after = {}
    for listing in listings:
        mark = _refresh(listing, before.get(listing.archive.path), copy)
        if mark is not None:
            after[listing.archive.path] = mark
    if len(after) == len(listings):
        copy.note(msgspec.json.encode(_Marks(after)).decode())


def _refresh(listing: Listing, mark: _Mark | None, copy: Copy) -> _Mark | None:
    held = copy.held()
    before = listing.read([held.get(one.path) for one in listing.lists]) if mark is not None else None
    now = listing.read([copy.fetch(one) for one in listing.lists])
    if mark is not None and before is not None and now is not None and listing.archive.path in held:
        gone = before.times.keys() - now.times.keys() if now.gone is None else now.gone
        changed = {name for name, time in now.times.items() if before.times.get(name) != time}
        changed |= {name for name in mark.unsettled if name in now.times}
        beside = {path for path in held if _is_single(listing, path)}
        new = {listing.single(name).path for name in (changed | gone if now.gone is None else changed)}
        count = len(beside | new)
        is_long = count > _MOST_BESIDE_NEW or len(now.times) < _LEAST * len(before.times)
        # Where there is no newer archive, fetching it is no way at all.
        if not is_long and (count <= listing.most or copy.fetch(listing.archive) == held[listing.archive.path]):
            return _refresh_some(listing, now, sorted(changed - gone), sorted(gone), copy)
    return _refresh_all(listing, now, copy)


def _refresh_some(listing: Listing, now: Listed, changed: Sequence[str], gone: Sequence[str], copy: Copy) -> _Mark:
    copy.keep(listing.archive.path)
    taken_back = {listing.single(name).path for name in gone}
    for path in copy.held():
        if _is_single(listing, path) and path not in taken_back:
            copy.keep(path)
    if now.gone is None:
        for path in sorted(taken_back):
            copy.hide(path)
    return _fetch_singles(listing, now, changed, copy)


def _refresh_all(listing: Listing, now: Listed | None, copy: Copy) -> _Mark | None:
    archive = copy.fetch(listing.archive)
    if archive is None or now is None:
        return None
    lagging, unlisted = listing.compare(archive, copy.modified(listing.archive.path), now.times)
    if len(lagging) + len(unlisted) > _MOST_BESIDE_NEW:
        return None
    # The archive is newer than the list, or older: the record itself will tell.
    unknown = [listing.single(name) for name in sorted(unlisted)]
    for document, path in zip(unknown, copy.fetch_all(unknown), strict=True):
        if path is None:
            copy.hide(document.path)
    return _fetch_singles(listing, now, sorted(lagging), copy)


def _fetch_singles(listing: Listing, now: Listed, names: Sequence[str], copy: Copy) -> _Mark:
    paths = copy.fetch_all([listing.single(name) for name in names])
    unsettled = []
    for name, path in zip(names, paths, strict=True):
        stated = listing.time_of(path) if path is not None else ""
        if path is None or (stated and stated < now.times[name]):
            unsettled.append(name)
    return _Mark(tuple(unsettled))


def _is_single(listing: Listing, path: str) -> bool:
    return path.startswith(f"{listing.folder}/") and path.endswith(".json")
