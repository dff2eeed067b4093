"""VEX documents and VEX repositories at addresses, fetched because the user names them; archives of repositories are
kept, and asked for anew when the interval of their manifest is over."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from lading.engine.vex.files import MOST_BYTES, MOST_SIGNATURE
from lading.model.errors import NetError, UsageError
from lading.safeio.atomic import write_atomic
from lading.safeio.trust import SIGNATURE

if TYPE_CHECKING:
    from lading.net.client import HttpClient

_MOST_ARCHIVE: Final = 1_000_000_000
_NOT_FOUND: Final = (401, 403, 404, 410)
_PIECE: Final = 1 << 20


class _Kept(Struct):
    """What is known of an archive that is kept: its address, its ETag or Last-Modified, and when it was asked for."""

    url: str
    validator: str
    asked: str


class VexWeb:
    """Fetches by `client`; `cache` is the directory of archives, None to keep none. `offline` takes nothing but what is
    kept. `notes` collects what has to be told, by address."""

    def __init__(
        self, client: "HttpClient", cache: Path | None, clock: Callable[[], datetime], *, offline: bool = False
    ) -> None:
        self._client = client
        self._cache = cache
        self._clock = clock
        self._offline = offline
        self.notes: dict[str, str] = {}

    def document(self, url: str) -> tuple[bytes, bytes | None]:
        """What lies at an address, and the signature beside it. Raises NetError and UsageError."""
        data = self.read(url)
        try:
            return data, self._read(f"{url}{SIGNATURE}", MOST_SIGNATURE)
        except NetError as error:
            if error.status in _NOT_FOUND:
                return data, None
            raise

    def read(self, url: str) -> bytes:
        """What lies at an address. Raises NetError and UsageError."""
        return self._read(url, MOST_BYTES)

    def archive(self, url: str, interval: timedelta, temporary: Path) -> Path:
        """The archive at an address as a file: the one that is kept, where it is younger than `interval` or the same
        still, or cannot be had anew; in the directory `temporary` where none is kept. Raises NetError and
        UsageError."""
        directory = self._cache or temporary
        path = directory / hashlib.sha256(url.encode()).hexdigest()
        kept = self._kept(path)
        if kept is not None and (self._offline or self._now() - _time(kept.asked) < interval):
            return path
        try:
            self._refresh(url, path, kept)
        except NetError as error:
            if kept is None:
                raise
            self.notes[url] = f"{error}; the copy of {kept.asked[:16]} is used"
        return path

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _refresh(self, url: str, path: Path, kept: _Kept | None) -> None:
        self._check(url)
        fetched = self._client.fetch(url, validator=kept.validator if kept else "", limit=_MOST_ARCHIVE)
        validator = kept.validator if kept else ""
        if fetched is not None:
            validator = fetched.validator
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                part = path.with_name(f".{path.name}.part")
                with part.open("wb") as file:
                    while piece := fetched.stream.read(_PIECE):
                        file.write(piece)
                part.replace(path)
            except OSError as error:
                raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
            finally:
                fetched.close()
        record = _Kept(url, validator, self._now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        write_atomic(path.with_name(f"{path.name}.json"), msgspec.json.encode(record))

    def _kept(self, path: Path) -> _Kept | None:
        try:
            record = msgspec.json.decode(path.with_name(f"{path.name}.json").read_bytes(), type=_Kept)
            _time(record.asked)
        except (OSError, ValueError):
            return None
        return record if path.is_file() else None

    def _read(self, url: str, most: int) -> bytes:
        self._check(url)
        fetched = self._client.fetch(url, limit=most)
        assert fetched is not None  # nothing was known of it before
        try:
            return b"".join(iter(lambda: fetched.stream.read(_PIECE), b""))
        finally:
            fetched.close()

    def _check(self, url: str) -> None:
        """Raises UsageError for what is not to be asked."""
        from lading.net.address import is_loopback, split_address

        if self._offline:
            raise UsageError(f"--vex {url}: is not kept here, and --offline lets nothing be fetched")
        parts = split_address(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise UsageError(f"--vex {url}: VEX documents are fetched over https alone: others could change them")

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)


def _time(text: str) -> datetime:
    """Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
