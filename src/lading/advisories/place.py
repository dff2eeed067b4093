"""Putting shard files in place.

Layout of a database directory: `shards/NAME.json` is the pointer (a Provenance) and names by digest the file
`shards/NAME/DIGEST.sqlite`. The file is complete and on disk before the pointer is replaced, so a crash at any moment
leaves the old shard or the new one. Older files stay until no recorded set names them (see `sets`).
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from lading.advisories import stamps
from lading.advisories.schema import SUFFIX
from lading.model.advisory import Provenance
from lading.model.errors import AdvisoryError, SafeIOError
from lading.safeio.atomic import PUBLIC, sync_directory, write_atomic
from lading.safeio.locking import SHORT, holding

_STALE_SECONDS = 24 * 3600


def put_in_place(database: Path, temporary: Path, provenance: Provenance) -> None:
    """Makes a finished file, whose digest and size `provenance` says truly, the shard of its name; removes what killed
    processes left unfinished. `temporary` is gone afterwards. Raises OSError and SafeIOError."""
    directory = shard_directory(database, provenance.shard)
    with temporary.open("rb") as file:
        os.fchmod(file.fileno(), PUBLIC)
        os.fsync(file.fileno())
    with locked(database):
        final = file_of(database, provenance)
        temporary.replace(final)
        sync_directory(directory)
        stamps.stamp(final)
        write_pointer(database, provenance)
        for left in directory.iterdir():
            # A young unfinished file may be another process's; an old one was left behind by one that was killed.
            if left.suffix not in (SUFFIX, stamps.SUFFIX) and is_stale(left):
                left.unlink(missing_ok=True)


def write_pointer(database: Path, provenance: Provenance) -> None:
    """Replaces the pointer of a shard. Raises SafeIOError."""
    document = msgspec.json.format(msgspec.json.encode(provenance), indent=1)
    write_atomic(pointer_path(database, provenance.shard), document, PUBLIC)


def remove_shard(database: Path, name: str) -> None:
    """Takes a shard out of the database. Raises AdvisoryError."""
    with locked(database):
        pointer_path(database, name).unlink(missing_ok=True)


def pointer_path(database: Path, name: str) -> Path:
    """Where the pointer of a shard lies."""
    return database / "shards" / f"{name}.json"


def shard_directory(database: Path, name: str) -> Path:
    """Where the files of a shard lie."""
    return database / "shards" / name


def file_of(database: Path, provenance: Provenance) -> Path:
    """Where the file of one state of a shard lies."""
    name = provenance.digest.removeprefix("sha256:")
    return shard_directory(database, provenance.shard) / f"{name}{SUFFIX}"


@contextmanager
def locked(database: Path, name: str = "lock", seconds: float = SHORT) -> Iterator[None]:
    """Held while files change place. Raises AdvisoryError where the directory cannot be written, and when another
    process holds it for more than `seconds`."""
    with ExitStack() as stack:
        try:
            database.mkdir(parents=True, exist_ok=True)
            stack.enter_context(holding(database / name, seconds))
        except OSError as error:
            raise AdvisoryError(f"{database}: cannot be written: {error.strerror}") from error
        except SafeIOError as error:
            raise AdvisoryError(str(error)) from error
        yield


def is_stale(path: Path) -> bool:
    """Whether a file has not been written to for a day."""
    try:
        return time.time() - path.stat().st_mtime > _STALE_SECONDS
    except FileNotFoundError:
        return False
