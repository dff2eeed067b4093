"""Documents from upstream's public addresses or a mirror, kept in the database so that a refresh asks only for what has
changed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from lading.feeds.feed import TAKEN_BACK, Document, Service, Unit
from lading.feeds.raw import RawFile, RawStore, RawUnit
from lading.feeds.repositories import Located, locate
from lading.feeds.sources import Fetch, fetch_of
from lading.model.errors import FeedError, NetError
from lading.model.ports import Progress

if TYPE_CHECKING:
    from lading.net.client import HttpClient
    from lading.net.resume import Fetched

NOT_FOUND: Final = 404
_LIMIT: Final = 4_000_000_000
_MOST_INDEX: Final = 10_000_000
_CHUNK: Final = 1024 * 1024
_AT_ONCE: Final = 8
_GONE: Final = RawFile("", "", "", len(TAKEN_BACK), hashlib.sha256(TAKEN_BACK).hexdigest())


class WebSource:
    """Upstream's public addresses, or with `base` a mirror of the layout at that address. Documents are kept in the
    directory `database`. `keys` are those of services, by the variables that hold them."""

    def __init__(
        self, client: "HttpClient", database: Path, base: str = "", keys: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._client = client
        self._raw = RawStore(database)
        self._base = base.rstrip("/")
        self._keys = keys
        self.partial = bool(base)
        self._served: set[str] = set()

    def held(self) -> None:
        return None

    @contextmanager
    def fetch(self, unit: Unit, progress: Progress) -> Iterator[Fetch]:
        with self._raw.unit(unit.name) as raw:
            copy = _Copy(self, raw, progress, unit.name)
            if unit.refresh is not None:
                unit.refresh(copy)
            else:
                for document in unit.documents:
                    copy.fetch(document)
            accepted = False

            def accept() -> None:
                nonlocal accepted
                raw.commit(copy.files, copy.next_mark)
                accepted = True

            try:
                yield fetch_of(unit, raw, copy.files, accept)
            finally:
                if not accepted:
                    raw.discard()

    def download(
        self, document: Document, known: RawFile | None, target: Path, progress: Progress, key: str
    ) -> RawFile | None:
        """A document, put at `target` unless it is still the `known` one; None for an optional one that is missing.
        Raises NetError and FeedError."""
        try:
            located, fetched = self._open(document, known)
        except NetError as error:
            if document.optional and error.status == NOT_FOUND:
                return None
            raise
        if fetched is None:
            return known
        try:
            digest, size = _write(fetched, target, progress, key)
        except OSError as error:
            raise FeedError(f"{target}: cannot be written: {error.strerror}") from error
        finally:
            fetched.close()
        if located.digest not in ("", digest):
            target.unlink(missing_ok=True)
            raise FeedError(f"{located.url}: not the document that its repository names; try again later")
        return RawFile(located.url, fetched.validator, _iso_date(fetched.modified), size, digest)

    def _open(self, document: Document, known: RawFile | None) -> "tuple[Located, Fetched | None]":
        """Where the document is, and the reply; None when it is the known one. A mirror may hold it compressed."""
        if not self._base:
            located = Located(document.url)
            if document.repository:
                located = locate(document.url, document.repository, self._read)
            if known is not None and located.digest == known.digest:
                return located, None
            return located, self._ask(located.url, known, self._admission(document.service))
        url = f"{self._base}/{quote(document.path)}"
        try:
            return Located(url), self._ask(url, known)
        except NetError as error:
            if error.status != NOT_FOUND:
                raise
            try:
                return Located(f"{url}.xz"), self._ask(f"{url}.xz", known)
            except NetError:
                raise error from None

    def _ask(self, url: str, known: RawFile | None, headers: Mapping[str, str] | None = None) -> "Fetched | None":
        validator = known.validator if known is not None and known.url == url else ""
        return self._client.fetch(url, validator=validator, limit=_LIMIT, headers=headers)

    def _admission(self, service: Service | None) -> dict[str, str]:
        """Waits until a service may be asked again; gives the headers that it wants."""
        if service is None:
            return {}
        key = self._keys.get(service.variable, "")
        if service.variable in self._served:
            self._client.wait(service.pause_with_key if key else service.pause)
        self._served.add(service.variable)
        return {service.header: key} if key else {}

    def _read(self, url: str) -> bytes:
        """A small document."""
        fetched = self._client.fetch(url, limit=_MOST_INDEX)
        if fetched is None:
            return b""
        try:
            return b"".join(iter(lambda: fetched.stream.read(_CHUNK), b""))
        finally:
            fetched.close()


class _Copy:
    """feeds.base.Copy. `files` and `next_mark` are what the refresh has come to."""

    def __init__(self, web: WebSource, raw: RawUnit, progress: Progress, key: str) -> None:
        self._web = web
        self._raw = raw
        self._progress = progress
        self._key = key
        self.files: dict[str, RawFile] = {}
        self.next_mark = ""

    @property
    def mark(self) -> str:
        return self._raw.mark

    def note(self, mark: str) -> None:
        self.next_mark = mark

    def held(self) -> Mapping[str, Path]:
        return {path: self._raw.path(path, file) for path, file in self._raw.held.items()}

    def modified(self, path: str) -> str:
        file = self.files.get(path) or self._raw.held.get(path)
        return file.modified if file is not None else ""

    def fetch(self, document: Document) -> Path | None:
        return self._take(document, self._download(document))

    def fetch_all(self, documents: Sequence[Document]) -> list[Path | None]:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch")
        try:
            fetched = pool.map(self._download, documents)
            return [self._take(document, file) for document, file in zip(documents, fetched, strict=True)]
        finally:
            pool.shutdown(cancel_futures=True)

    def keep(self, path: str) -> None:
        self.files[path] = self._raw.held[path]

    def drop(self, path: str) -> None:
        self.files.pop(path, None)

    def hide(self, path: str) -> None:
        if self._raw.held.get(path) != _GONE:
            target = self._raw.spool_path(path)
            target.write_bytes(TAKEN_BACK)
            self._raw.log(path, _GONE)
        self.files[path] = _GONE

    def _known(self, path: str) -> RawFile | None:
        return self._raw.spooled.get(path) or self._raw.held.get(path)

    def _download(self, document: Document) -> RawFile | None:
        target = self._raw.spool_path(document.path)
        return self._web.download(document, self._known(document.path), target, self._progress, self._key)

    def _take(self, document: Document, file: RawFile | None) -> Path | None:
        if file is None:
            return None
        if file != self._known(document.path):
            self._raw.log(document.path, file)
        self.files[document.path] = file
        return self._raw.path(document.path, file)


def _write(fetched: "Fetched", target: Path, progress: Progress, key: str) -> tuple[str, int]:
    """The SHA-256 and size of what was written; `target` appears whole or not at all. Raises OSError, NetError."""
    hashed = hashlib.sha256()
    size = 0
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as file:
        while piece := fetched.stream.read(_CHUNK):
            file.write(piece)
            hashed.update(piece)
            size += len(piece)
            progress.advance(key, len(piece))
    part.replace(target)
    return hashed.hexdigest(), size


def _iso_date(modified: str) -> str:
    try:
        return parsedate_to_datetime(modified).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
