"""Refreshing the copy of the NVD's feeds: one for each year, and one of what changed in the last eight days.

Source: https://nvd.nist.gov/vuln/data-feeds. Beside each feed a `.meta` states the date and SHA-256 of its uncompressed
JSON. Every feed is written anew each day; within a week nearly every year has some record that changed.

Whoever refreshes at least once a week needs the feed of changes alone: one small file, from a server without limits
and keys. After a longer time the API is asked for what was modified since (feeds.nvd_windows): some pages instead of
all years. It is slow without a key, and fails more often, so that the years are fetched where it does not serve.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from lading.feeds.feed import Copy, Document, open_document, read_document
from lading.feeds.nvd_windows import fetch_window, window_pages
from lading.model.errors import FeedError, SafeIOError

_MODIFIED: Final = "modified"
_COVERED: Final = timedelta(days=7)
_OVERLAP: Final = timedelta(days=2)  # feeds are written at different times of a day
_CHUNK: Final = 1024 * 1024
_LIMIT: Final = 100_000
_LINE: Final = re.compile(r"^(lastModifiedDate|sha256):\s*(\S+)\s*$", re.MULTILINE)


class _Mark(Struct, frozen=True):
    """Up to when (date of the feed of changes) the copy is complete without that feed, and by feed the digest it
    stated."""

    whole: str = ""
    digests: dict[str, str] = field(default_factory=dict)


class _Meta(Struct, frozen=True):
    date: datetime
    digest: str


def feed_documents(folder: str, base: str, years: Sequence[str], optional: frozenset[str]) -> tuple[Document, ...]:
    """The feeds of these years; of some `optional`."""
    return tuple(_documents(folder, base, year, year in optional)[0] for year in years)


def refresh_feeds(folder: str, base: str, years: Sequence[str], optional: frozenset[str], copy: Copy) -> None:
    """Fetches the feed of changes; when that does not reach back to where the copy ends, what was modified since; and
    if that cannot be had the years whose `.meta` shows that they have changed. Raises NetError and FeedError."""
    mark = _read_mark(copy.mark)
    digests: dict[str, str] = {}
    now = _refresh(_documents(folder, base, _MODIFIED, False), mark, digests, copy)
    assert now is not None
    pairs = [_documents(folder, base, year, year in optional) for year in years]
    known = all(feed.path in copy.held() or feed.optional for feed, _ in pairs)
    before = datetime.fromisoformat(mark.whole) if mark.whole and known else None
    is_recent = before is not None and now.date - before <= _COVERED
    if before is not None and (is_recent or fetch_window(folder, before - _OVERLAP, now.date, copy)):
        for path in window_pages(folder, copy):
            copy.keep(path)
        for pair in pairs:
            _keep(pair, mark, digests, copy)
    else:
        for pair in pairs:
            _refresh(pair, mark, digests, copy)
    whole = mark.whole if is_recent else now.date.isoformat()
    copy.note(msgspec.json.encode(_Mark(whole, digests)).decode())


def _keep(pair: tuple[Document, Document], mark: _Mark, digests: dict[str, str], copy: Copy) -> None:
    for document in pair:
        if document.path in copy.held():
            copy.keep(document.path)
    if pair[0].path in mark.digests:
        digests[pair[0].path] = mark.digests[pair[0].path]


def _refresh(pair: tuple[Document, Document], mark: _Mark, digests: dict[str, str], copy: Copy) -> _Meta | None:
    """None for an optional feed that is missing."""
    feed, meta_document = pair
    file = copy.fetch(meta_document)
    if file is None:
        return None
    meta = _read_meta(file)
    if meta.digest == mark.digests.get(feed.path) and feed.path in copy.held():
        copy.keep(feed.path)
    else:
        fetched = copy.fetch(feed)
        if fetched is None:
            return None
        if _digest(fetched) != meta.digest:
            raise FeedError(f"{feed.url}: its digest is not the one in its .meta; try again later")
    digests[feed.path] = meta.digest
    return meta


def _documents(folder: str, base: str, name: str, optional: bool) -> tuple[Document, Document]:
    feed, meta = (f"nvdcve-2.0-{name}{suffix}" for suffix in (".json.gz", ".meta"))
    return (
        Document(f"{folder}/{feed}", f"{base}{feed}", optional),
        Document(f"{folder}/{meta}", f"{base}{meta}", optional),
    )


def _read_mark(text: str) -> _Mark:
    try:
        return msgspec.json.decode(text or b"{}", type=_Mark)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Mark()


def _read_meta(file: Path) -> _Meta:
    lines = dict(_LINE.findall(read_document(file, _LIMIT).decode("utf-8", "replace").replace("\r", "")))
    try:
        date = datetime.fromisoformat(lines["lastModifiedDate"]).astimezone(UTC)
        return _Meta(date, lines["sha256"].lower())
    except (KeyError, ValueError, OverflowError) as error:
        raise FeedError(f"{file}: not the .meta of a feed: {error}") from error


def _digest(file: Path) -> str:
    hashed = hashlib.sha256()
    stream = open_document(file)
    try:
        while chunk := stream.read(_CHUNK):
            hashed.update(chunk)
    except SafeIOError as error:
        raise FeedError(f"{file}: cannot be read: {error}") from error
    finally:
        stream.close()
    return hashed.hexdigest()
