"""Writing a shard and putting it in place.

Layout of a database directory: `shards/NAME.json` is the pointer (a Provenance) and names by digest the one file
`shards/NAME/DIGEST.sqlite`. The file is complete and on disk before the pointer is replaced, so a crash at any moment
leaves the old shard or the new one.
"""

import fcntl
import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import msgspec

from lading.advisories import stamps
from lading.advisories.bodies import pack_body
from lading.advisories.schema import APPLICATION_ID, SUFFIX, TABLES, VERSION, check_name
from lading.model.advisory import Advisory, AdvisoryText, FlawFacts, KnownExploited, LifeCycle, Provenance, ShardName
from lading.model.errors import AdvisoryError
from lading.safeio.atomic import sync_directory, write_atomic


class ShardWriter:
    """One shard being built. Advisories may come in any order; the same ones give the same bytes.

    Use as a context manager: what was not published is removed. Raises AdvisoryError when it cannot be written.
    """

    def __init__(self, database: Path, name: str) -> None:
        self.name: ShardName = check_name(name)
        self._database = database
        self._directory = database / "shards" / name
        self._advisories: dict[str, dict[tuple[str, str, bytes], bytes]] = {}
        self._others = 0
        self._encode = msgspec.msgpack.Encoder().encode
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            descriptor, self._temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._directory)
            os.close(descriptor)
        except OSError as error:
            raise AdvisoryError(f"{self._directory}: cannot be written: {error.strerror}") from error
        try:
            self._connection = _create(self._temporary)
        except sqlite3.Error as error:
            Path(self._temporary).unlink(missing_ok=True)
            raise AdvisoryError(f"{self._directory}: the shard cannot be written: {error}") from error

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        Path(self._temporary).unlink(missing_ok=True)

    @property
    def records(self) -> int:
        """How many advisories (or rows of facts) have been added."""
        return self._others + sum(len(held) for held in self._advisories.values())

    def add(self, advisory: Advisory) -> None:
        """Adds an advisory; one of the same package, id, note and condition takes the earlier one's place."""
        held = self._advisories.setdefault(advisory.package, {})
        condition = self._encode(advisory.condition) if advisory.condition is not None else b""
        held[advisory.id, advisory.note, condition] = self._encode(advisory)

    def add_text(self, text: AdvisoryText) -> None:
        """Adds a text; a later one of the same id is ignored."""
        self._execute("INSERT OR IGNORE INTO text VALUES (?, ?)", (text.id, self._encode(text)))

    def add_exploited(self, entry: KnownExploited) -> None:
        """Adds a known exploited flaw."""
        self._others += 1
        self._execute("INSERT OR REPLACE INTO exploited VALUES (?, ?)", (entry.id, self._encode(entry)))

    def add_facts(self, facts: FlawFacts) -> None:
        """Adds what is known of a flaw; a later row of the same id takes the earlier one's place."""
        self._others += 1
        self._execute("INSERT OR REPLACE INTO flaw VALUES (?, ?)", (facts.id, self._encode(facts)))

    def add_life_cycle(self, life: LifeCycle) -> None:
        """Adds the release cycles of a product."""
        self._others += 1
        self._execute("INSERT OR REPLACE INTO life VALUES (?, ?)", (life.product, self._encode(life)))

    def publish(self, provenance: Provenance) -> Provenance:
        """Puts the shard in place; gives its provenance with digest, size and record count filled in."""
        for package in sorted(self._advisories):
            held = self._advisories[package]
            body = self._encode([msgspec.Raw(held[one]) for one in sorted(held)])
            self._execute("INSERT INTO advisory VALUES (?, ?)", (package, pack_body(body)))
        self._execute("COMMIT", ())
        self._connection.close()
        try:
            return self._put_in_place(provenance)
        except OSError as error:
            raise AdvisoryError(f"{self._directory}: cannot be written: {error.strerror}") from error

    def _put_in_place(self, provenance: Provenance) -> Provenance:
        with Path(self._temporary).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        with _lock(self._database):
            final = self._directory / f"{digest}{SUFFIX}"
            Path(self._temporary).replace(final)
            sync_directory(self._directory)
            stamps.stamp(final)
            complete = msgspec.structs.replace(
                provenance, shard=self.name, digest=f"sha256:{digest}", size=size, records=self.records, schema=VERSION
            )
            write_pointer(self._database, complete)
            for old in self._directory.iterdir():
                # A young unfinished file may be another process's; an old one was left behind by one that was killed.
                if old.stem != digest and (old.suffix in (SUFFIX, stamps.SUFFIX) or _is_stale(old)):
                    old.unlink(missing_ok=True)
        return complete

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise AdvisoryError(f"{self._directory}: the shard cannot be written: {error}") from error


def _create(path: str) -> sqlite3.Connection:
    """An empty shard, open for one long transaction. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(
            f"PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
            f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; {TABLES} BEGIN;"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def write_pointer(database: Path, provenance: Provenance) -> None:
    """Replaces the pointer of a shard. Raises SafeIOError."""
    write_atomic(
        pointer_path(database, provenance.shard), msgspec.json.format(msgspec.json.encode(provenance), indent=1)
    )


def pointer_path(database: Path, name: str) -> Path:
    """Where the pointer of a shard lies."""
    return database / "shards" / f"{name}.json"


@contextmanager
def _lock(database: Path) -> Iterator[None]:
    """Held while files change place; the kernel frees it when its holder dies."""
    with (database / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


_STALE_SECONDS = 3600


def _is_stale(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _STALE_SECONDS
    except FileNotFoundError:
        return False
