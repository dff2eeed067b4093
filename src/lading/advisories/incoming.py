"""Shards that come from elsewhere: gathered until all are known to be good, then put in place.

They are received in the directory `incoming` of a database, by one process at a time.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from msgspec import Struct, structs

from lading.advisories.moments import is_future, is_newer
from lading.advisories.place import is_stale, locked, put_in_place, shard_directory, write_pointer
from lading.advisories.schema import APPLICATION_ID, TABLES, VERSION, other_format
from lading.advisories.sets import ShardSet, record
from lading.advisories.stamps import file_digest
from lading.advisories.store import ShardStore
from lading.model.advisory import Provenance, ShardName
from lading.model.errors import AdvisoryError, UsageError
from lading.safeio.locking import LONG

_MOST_NAMED: Final = 5


class Plan(Struct, frozen=True):
    """What becomes of offered shards. `fetch` are those whose files are not here yet, `renewed` those whose file is in
    place and whose provenance is newer, `unchanged` all others. `notes` say in a line each what is odd about dates."""

    fetch: tuple[Provenance, ...]
    renewed: tuple[Provenance, ...]
    unchanged: tuple[Provenance, ...]
    notes: tuple[str, ...] = ()


class Received(Struct, frozen=True):
    """What has come: the shards `new` in place, and those that were there already; `notes` as in Plan."""

    new: tuple[Provenance, ...]
    unchanged: tuple[Provenance, ...]
    set: ShardSet
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """ "3 new shards (debian-12, epss, kev), 1 unchanged"."""
        new = f"{len(self.new):,} new shard{'' if len(self.new) == 1 else 's'}" if self.new else "no new shard"
        names = f" ({_named(one.shard for one in self.new)})" if self.new else ""
        return f"{new}{names}, {len(self.unchanged):,} unchanged"


def choose(offered: ShardSet, names: Sequence[str], where: str) -> tuple[Provenance, ...]:
    """The shards of these names, all when there are none. Raises UsageError for one that is not there."""
    if not names:
        return offered.shards
    shards = {one.shard: one for one in offered.shards}
    missing = [name for name in names if name not in shards]
    if missing:
        held = f"it has {', '.join(shards)}" if len(shards) <= _MOST_NAMED else f"it has {len(shards):,} others"
        raise UsageError(f"{where}: has no shard {', '.join(missing)}; {held}")
    return tuple(shards[name] for name in sorted(set(names)))


def plan(
    database: Path, offered: Sequence[Provenance], where: str, *, allow_older: bool, now: datetime | None = None
) -> Plan:
    """What to do with offered shards. Raises AdvisoryError when some are older than those held, unless allowed. `now`
    is the time, by default this machine's: what is dated later is older than anything."""
    now = now or datetime.now(UTC)
    store = ShardStore(database)
    held = {one.shard: find_provenance(store, one.shard) for one in offered}
    older = [
        one
        for one in offered
        if (mine := held[one.shard]) is not None and is_newer(mine, one, now) and one.digest != mine.digest
    ]
    if older and not allow_older:
        raise AdvisoryError(f"{where}: {_older(older, now)}; --allow-older takes it anyway")
    fetch, renewed, unchanged = [], [], []
    for one in offered:
        mine = held[one.shard]
        if mine is None or mine.digest != one.digest:
            fetch.append(one)
        elif is_newer(one, mine, now) or (allow_older and one != structs.replace(mine, validators=())):
            renewed.append(one)
        else:
            unchanged.append(one)
    return Plan(tuple(fetch), tuple(renewed), tuple(unchanged), tuple(_odd_dates(where, older, offered, now)))


def find_provenance(store: ShardStore, name: str) -> Provenance | None:
    """A shard's provenance; a broken one counts as none, for it is about to be replaced."""
    try:
        return store.provenance(ShardName(name))
    except AdvisoryError:
        return None


@contextmanager
def receiving(database: Path) -> Iterator[Path]:
    """The directory to receive shards in, which is this process's alone while the context lasts. What others left
    unfinished more than a day ago is removed. Raises AdvisoryError."""
    folder = database / "incoming"
    with locked(database, "incoming.lock", LONG):
        try:
            folder.mkdir(exist_ok=True)
            for left in folder.iterdir():
                if is_stale(left):
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise AdvisoryError(f"{folder}: cannot be written: {error.strerror}") from error
        yield folder
        with suppress(OSError):
            folder.rmdir()


def receive(folder: Path, provenance: Provenance, pieces: Iterable[bytes], where: str) -> Path:
    """A shard's file, complete and checked. Raises AdvisoryError when it is not what `provenance` says."""
    path = _path_of(folder, provenance)
    digest, left = hashlib.sha256(), provenance.size
    try:
        with path.open("wb") as file:
            for piece in pieces:
                left -= len(piece)
                if left < 0:
                    raise _unlike(where, provenance, f"is longer than {provenance.size:,} bytes")
                digest.update(piece)
                file.write(piece)
        if left:
            raise _unlike(where, provenance, f"has {provenance.size - left:,} bytes, not {provenance.size:,}")
        if f"sha256:{digest.hexdigest()}" != provenance.digest:
            raise _unlike(where, provenance, f"has the digest sha256:{digest.hexdigest()}, not {provenance.digest}")
        _check_shape(path, provenance, where)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise AdvisoryError(f"{path}: cannot be written: {error.strerror}") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def received(folder: Path, provenance: Provenance, where: str) -> Path | None:
    """The file of a shard that was received before, by a process that did not come to its end."""
    path = _path_of(folder, provenance)
    with suppress(OSError):
        if file_digest(path) == provenance.digest:
            _check_shape(path, provenance, where)
            return path
    return None


def install(database: Path, planned: Plan, files: Mapping[ShardName, Path], *, pin: bool) -> Received:
    """Puts received shards in place, and records the set that they make. Raises AdvisoryError and SafeIOError."""
    try:
        for one in planned.fetch:
            shard_directory(database, one.shard).mkdir(parents=True, exist_ok=True)
            put_in_place(database, files[ShardName(one.shard)], one)
    except OSError as error:
        raise AdvisoryError(f"{error.filename or database}: cannot be written: {error.strerror}") from error
    for one in planned.renewed:
        write_pointer(database, one)
    unchanged = (*planned.renewed, *planned.unchanged)
    return Received(planned.fetch, unchanged, record(database, pin=pin), planned.notes)


def _path_of(folder: Path, provenance: Provenance) -> Path:
    return folder / f"{provenance.shard}.{provenance.digest.removeprefix('sha256:')}"


def _odd_dates(where: str, older: Sequence[Provenance], offered: Sequence[Provenance], now: datetime) -> Iterator[str]:
    if older:
        yield f"{where}: {_older(older, now)}: taken all the same (--allow-older)"
    future = [one for one in offered if is_future(one.built, now)]
    if future:
        date = max(one.built for one in future)
        named = _named(one.shard for one in future)
        yield f"{where}: is dated in the future ({date}): {named} will count as older than any other"


def _older(shards: Sequence[Provenance], now: datetime) -> str:
    named = _named(one.shard for one in shards)
    if all(is_future(one.built, now) for one in shards):
        return (
            f"is dated in the future ({shards[0].built}), so that it counts as older than what is downloaded of {named}"
        )
    return f"is older than what is downloaded of {named}"


def _named(names: Iterable[str]) -> str:
    """ "npm, pypi and 3 more"."""
    every = list(names)
    more = f" and {len(every) - _MOST_NAMED:,} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more


def _check_shape(path: Path, provenance: Provenance, where: str) -> None:
    """Raises AdvisoryError unless a file is a database with the tables of a shard and nothing else."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            connection.executescript("PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;")
            found = _shape(connection)
    except sqlite3.Error as error:
        raise _unlike(where, provenance, f"is no shard of advisories ({error})") from error
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; {TABLES}")
        expected = _shape(empty)
        if found[0] == expected[0] and found[1] != expected[1]:
            raise other_format(where, provenance.shard, found[1][0])
        if found != expected:
            raise _unlike(where, provenance, "is no shard of advisories")


def _shape(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    marks = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
    return [*marks, *connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name LIMIT 100")]


def _unlike(where: str, provenance: Provenance, what: str) -> AdvisoryError:
    return AdvisoryError(f"{where}: the shard {provenance.shard} {what}: damaged or tampered with; get it again")
