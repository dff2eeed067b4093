"""The documents as they were fetched, kept so that shards can be built from them again.

Layout below a database directory: `raw/PATH` is a document by its layout path, `raw/.units/NAME.json` says what a
unit has there, and `spool/NAME/` holds what is being fetched for it. A document is complete before it gets its place:
what was fetched moves there in one step for the whole unit, which is written down first and finished after a crash.
"""

import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct, structs

from lading.model.errors import FeedError, SafeIOError
from lading.safeio.atomic import write_atomic
from lading.safeio.locking import LONG, holding

_UNITS: Final = ".units"
_LOG: Final = "fetched"
_STALE_SECONDS: Final = 24 * 3600


class RawFile(Struct, frozen=True, omit_defaults=True):
    """A document: where it is from, its ETag or Last-Modified there, the latter once more as a date (ISO 8601), its
    bytes and SHA-256."""

    url: str
    validator: str
    modified: str
    size: int
    digest: str


class _Kept(Struct, frozen=True, omit_defaults=True):
    """What a unit has. While it changes, `moves` are the paths that are to come from the spool and `drops` those that
    are to go."""

    files: dict[str, RawFile] = {}
    mark: str = ""
    moves: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


class _Logged(Struct, frozen=True):
    path: str
    file: RawFile


class RawStore:
    """The raw documents of a database directory."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._root = database / "raw"

    @contextmanager
    def unit(self, name: str) -> Iterator["RawUnit"]:
        """The documents of a unit, for one process at a time. Raises FeedError when they cannot be read or written."""
        own = quote(name, safe="")
        folder = self._root / _UNITS
        with ExitStack() as stack:
            with _as_feed_error(self._root):
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(holding(folder / f"{own}.lock", LONG))
                _sweep(self._database / "spool")
                unit = RawUnit(self._root, folder / f"{own}.json", self._database / "spool" / own)
            yield unit

    def names(self) -> tuple[str, ...]:
        """The units that have documents, sorted."""
        return tuple(sorted(unquote(path.stem) for path in (self._root / _UNITS).glob("*.json")))

    def size(self) -> int:
        """Bytes on disk."""
        return sum(_size(path) for root in (self._root, self._database / "spool") for path in root.rglob("*"))

    def clear(self) -> int:
        """Removes all documents; gives their bytes. Raises FeedError."""
        before = self.size()
        for name in self.names():
            with self.unit(name) as unit:
                unit.clear()
        for folder in sorted((path for path in self._root.rglob("*") if path.is_dir()), reverse=True):
            with suppress(OSError):  # not empty: another process is at work there
                folder.rmdir()
        return before - self.size()


class RawUnit:
    """The documents of one unit. `held` are those of the last refresh, `mark` what it noted."""

    def __init__(self, root: Path, state: Path, spool: Path) -> None:
        self._root = root
        self._state = state
        self._spool = spool
        kept = self._load()
        if kept.moves or kept.drops:
            self._finish(kept)
        self.held = {path: file for path, file in kept.files.items() if _size(self._root / path) == file.size}
        self.mark = kept.mark if len(self.held) == len(kept.files) else ""
        self.spooled = dict(self._read_log())

    def path(self, path: str, file: RawFile) -> Path:
        """Where a document lies."""
        return (self._spool if self.spooled.get(path) == file else self._root) / path

    def spool_path(self, path: str) -> Path:
        """Where to put a document that is being fetched. Raises FeedError for a path that would lead elsewhere."""
        if not is_confined(path):
            raise FeedError(f"{path[:200]!r}: not the path of a document")
        target = self._spool / path
        with _as_feed_error(self._spool):
            target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def log(self, path: str, file: RawFile) -> None:
        """Notes that a document in the spool is complete: should this refresh be cut short, the next one uses it."""
        self.spooled[path] = file
        with _as_feed_error(self._spool), (self._spool / _LOG).open("ab") as log:
            log.write(msgspec.json.encode(_Logged(path, file)) + b"\n")

    def commit(self, files: Mapping[str, RawFile], mark: str) -> None:
        """Makes these the unit's documents, from the spool where they are there, and forgets all others."""
        moves = tuple(path for path, file in files.items() if self.spooled.get(path) == file)
        drops = tuple(path for path in self.held if path not in files)
        kept = _Kept(dict(files), mark, moves, drops)
        if moves or drops or files != self.held or mark != self.mark:
            with _as_feed_error(self._root):
                self._write(kept)
                self._finish(kept)
        self.discard()
        self.held, self.mark = dict(files), mark

    def discard(self) -> None:
        """Throws away what was fetched."""
        shutil.rmtree(self._spool, ignore_errors=True)
        self.spooled = {}

    def clear(self) -> None:
        """Removes every document."""
        self.commit({}, "")
        self._state.unlink(missing_ok=True)

    def _finish(self, kept: _Kept) -> None:
        for path in kept.moves:
            place = self._root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # moved before a crash
                (self._spool / path).replace(place)
        for path in kept.drops:
            (self._root / path).unlink(missing_ok=True)
        self._write(structs.replace(kept, moves=(), drops=()))

    def _load(self) -> _Kept:
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=_Kept)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return _Kept()

    def _write(self, kept: _Kept) -> None:
        write_atomic(self._state, msgspec.json.encode(kept))

    def _read_log(self) -> Iterator[tuple[str, RawFile]]:
        try:
            lines = (self._spool / _LOG).read_bytes().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return
        for line in lines:
            with suppress(msgspec.DecodeError, OSError):  # cut short, or not written to disk before a crash
                logged = msgspec.json.decode(line, type=_Logged)
                with (self._spool / logged.path).open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() == logged.file.digest:
                        yield logged.path, logged.file


@contextmanager
def _as_feed_error(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FeedError(f"{place}: cannot be written: {error.strerror}") from error
    except SafeIOError as error:
        raise FeedError(str(error)) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if not path.is_dir() else 0
    except FileNotFoundError:
        return -1


def is_confined(path: str) -> bool:
    """Whether a layout path stays below the directory it is meant for."""
    return bool(path) and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))


def _sweep(spool: Path) -> None:
    """Removes what refreshes left behind that were given up."""
    for old in spool.iterdir() if spool.is_dir() else ():
        with suppress(FileNotFoundError):  # another process may be sweeping too
            if time.time() - old.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
