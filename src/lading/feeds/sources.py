"""Where a feed's documents come from: upstream itself, a mirror, or a directory laid out like one."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from msgspec import Struct

from lading.feeds.base import Document
from lading.feeds.repositories import locate
from lading.model.errors import FeedError, NetError
from lading.model.ports import Progress

if TYPE_CHECKING:
    from lading.net.client import HttpClient
    from lading.net.resume import Fetched

_LIMIT = 4_000_000_000
_MOST_INDEX = 10_000_000
_SAMPLES = "samples"
_CHUNK = 1024 * 1024
NOT_FOUND = 404
_STALE_SECONDS = 24 * 3600


class Fetch(Struct, frozen=True):
    """Documents at hand. `files` maps their layout paths to local files; `urls` and `validators` are in the order of
    the documents that are there; `date` is the newest modification time that is known (ISO 8601), or empty."""

    files: dict[str, Path]
    urls: tuple[str, ...]
    validators: tuple[str, ...]
    date: str


class FeedSource(Protocol):
    """`held` lists the layout paths that are there, None when only asking will tell. `partial` is set for a mirror,
    which need not have every feed. `fetch` gives the documents for
    as long as its context lasts, or None when all are still those that `validators` (by URL) name. It raises
    FeedError or NetError."""

    @property
    def partial(self) -> bool: ...

    def held(self) -> Sequence[str] | None: ...

    @contextmanager
    def fetch(
        self, documents: Sequence[Document], validators: Mapping[str, str], progress: Progress, key: str
    ) -> Iterator[Fetch | None]: ...


class DirectorySource:
    """A directory in the layout of a mirror; a file may have the suffix .xz. What lies in its directory `samples` is
    read as if it lay in the directory itself."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise FeedError(f"--from {root}: no such directory")
        self._root = root
        self.partial = False

    def held(self) -> Sequence[str]:
        found = []
        for folder, _, names in os.walk(self._root):
            base = Path(folder).relative_to(self._root)
            if base.parts[:1] == (_SAMPLES,):
                base = base.relative_to(_SAMPLES)
            found += [str(base / name.removesuffix(".xz")) for name in names]
        return sorted(set(found))

    @contextmanager
    def fetch(
        self, documents: Sequence[Document], validators: Mapping[str, str], progress: Progress, key: str
    ) -> Iterator[Fetch | None]:
        files = {}
        newest = 0.0
        for document in documents:
            path = self._find(document)
            if path is not None:
                files[document.path] = path
                newest = max(newest, path.stat().st_mtime)
        date = datetime.fromtimestamp(newest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield Fetch(files, tuple(path.name for path in files.values()), ("",) * len(files), date)

    def _find(self, document: Document) -> Path | None:
        for root in (self._root, self._root / _SAMPLES):
            for path in (root / document.path, root / f"{document.path}.xz"):
                if path.is_file():
                    return path
        if document.optional:
            return None
        raise FeedError(f"{self._root / document.path}: no such file (nor with .xz)")


class WebSource:
    """Upstream's public addresses, or with `base` a mirror of the layout at that address."""

    def __init__(self, client: "HttpClient", spool: Path, base: str = "") -> None:
        self._client = client
        self._spool = spool
        self._base = base.rstrip("/")
        self.partial = bool(base)

    def held(self) -> None:
        return None

    @contextmanager
    def fetch(
        self, documents: Sequence[Document], validators: Mapping[str, str], progress: Progress, key: str
    ) -> Iterator[Fetch | None]:
        with _spool_folder(self._spool) as folder:
            got = [self._download(one, validators, folder, progress, key) for one in documents]
            if not any(one is _UNCHANGED for one in got):
                fetched = got
            elif all(one is _UNCHANGED or one is None for one in got):
                yield None
                return
            else:
                # Some changed: the parser needs them all.
                fetched = [self._download(one, {}, folder, progress, key) for one in documents]
            files = {one.path: one.file for one in fetched if one is not None}
            present = [one for one in fetched if one is not None]
            dates = [_iso_date(one.validator) for one in present]
            yield Fetch(
                files,
                tuple(one.url for one in present),
                tuple(one.validator for one in present),
                max(dates, default=""),
            )

    def _download(
        self, document: Document, validators: Mapping[str, str], folder: Path, progress: Progress, key: str
    ) -> "_Downloaded | None":
        try:
            url, fetched = self._open(document, validators)
        except NetError as error:
            if document.optional and error.status == NOT_FOUND:
                return None
            raise
        if fetched is None:
            return _UNCHANGED
        path = folder / document.path.replace("/", "_")
        try:
            with path.open("wb") as file:
                while piece := fetched.stream.read(_CHUNK):
                    file.write(piece)
                    progress.advance(key, len(piece))
        except OSError as error:
            raise FeedError(f"{path}: cannot be written: {error.strerror}") from error
        finally:
            fetched.close()
        return _Downloaded(document.path, path, url, fetched.validator)

    def _open(self, document: Document, validators: Mapping[str, str]) -> "tuple[str, Fetched | None]":
        """The address that has the document, and its reply. A mirror may hold it compressed."""
        if not self._base:
            url = locate(document.url, document.repository, self._read) if document.repository else document.url
            return url, self._client.fetch(url, validator=validators.get(url, ""), limit=_LIMIT)
        url = f"{self._base}/{quote(document.path)}"
        try:
            return url, self._client.fetch(url, validator=validators.get(url, ""), limit=_LIMIT)
        except NetError as error:
            if error.status != NOT_FOUND:
                raise
            try:
                packed = f"{url}.xz"
                return packed, self._client.fetch(packed, validator=validators.get(packed, ""), limit=_LIMIT)
            except NetError:
                raise error from None

    def _read(self, url: str) -> bytes:
        """A small document."""
        fetched = self._client.fetch(url, limit=_MOST_INDEX)
        if fetched is None:
            return b""
        try:
            return b"".join(iter(lambda: fetched.stream.read(_CHUNK), b""))
        finally:
            fetched.close()


@contextmanager
def _spool_folder(spool: Path) -> Iterator[Path]:
    """A folder for one fetch. Those that a killed process left behind are removed."""
    try:
        spool.mkdir(parents=True, exist_ok=True)
        _sweep(spool)
        folder = tempfile.mkdtemp(prefix="fetch-", dir=spool)
    except OSError as error:
        raise FeedError(f"{spool}: cannot be written: {error.strerror}") from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(spool: Path) -> None:
    for old in spool.iterdir():
        with suppress(FileNotFoundError):  # another process may be sweeping too
            if time.time() - old.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


class _Downloaded(Struct, frozen=True):
    path: str
    file: Path
    url: str
    validator: str


_UNCHANGED = _Downloaded("", Path(), "", "")


def _iso_date(validator: str) -> str:
    """The date in a Last-Modified; an ETag has none."""
    try:
        return parsedate_to_datetime(validator).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
