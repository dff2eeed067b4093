"""The advisories a scan is told to match by: a directory, an exported file, or a set that the database keeps."""

import os
import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.advisories.place import locked
from lading.advisories.sets import ShardSet, current_set, find_set, is_name_of_set
from lading.advisories.store import ShardStore
from lading.database.places import DatabasePlaces
from lading.model.errors import AdvisoryError, UsageError
from lading.model.ports import Progress
from lading.model.search import DatabaseDifference

_MOST_UNPACKED: Final = 3


class Database(Struct, frozen=True):
    """Shards to match by: the store, the directory that has their files, and the set that they are."""

    store: ShardStore
    directory: Path
    set: ShardSet


def open_database(wanted: str, places: DatabasePlaces, progress: Progress) -> Database:
    """The database at a path (a directory or an exported file, which is unpacked into the cache), or the set that a
    digest or date names; what is downloaded now without either. Raises UsageError, AdvisoryError, SafeIOError."""
    if not wanted:
        return _in_directory(places.directory)
    path = Path(wanted)
    if path.is_dir():
        if not (path / "shards").is_dir():
            raise UsageError(f"--db {wanted}: is not a database: it has no directory shards")
        return _in_directory(path)
    if path.exists():
        return _of_export(path, places, progress)
    check_name(wanted)
    return _of_set(wanted, places)


def check_name(wanted: str) -> None:
    """Raises UsageError for what cannot name a database: neither something that exists, nor a digest or date."""
    if not is_name_of_set(wanted) and not Path(wanted).exists():
        raise UsageError(f"--db {wanted}: neither a file or directory, nor a digest (sha256:…) or a date (2026-01-31)")


def compare_databases(old: Database, new: Database) -> DatabaseDifference:
    """In what two databases differ. Raises AdvisoryError."""
    from lading.advisories.difference import iter_differences

    shards = tuple(iter_differences(old.store, new.store))
    names = {one.shard for one in (*old.set.shards, *new.set.shards)}
    return DatabaseDifference(
        old=old.set.digest,
        old_date=old.set.date,
        new=new.set.digest,
        new_date=new.set.date,
        same=len(names) - len(shards),
        shards=shards,
    )


def clear_unpacked(directory: Path) -> int:
    """Removes the exported files that were unpacked; gives their number."""
    found = _unpacked(directory)
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return len(found)


def _in_directory(directory: Path) -> Database:
    held = current_set(directory)
    return Database(ShardStore(directory), directory, held)


def _of_set(wanted: str, places: DatabasePlaces) -> Database:
    try:
        found = find_set(places.directory, wanted)
    except AdvisoryError:
        # An exported file goes by the digest of what it holds.
        folder = places.unpacked / wanted.removeprefix("sha256:")
        held = current_set(folder)
        if not held.shards or not held.digest.endswith(wanted.removeprefix("sha256:")):
            raise
        return Database(ShardStore(folder, held.shards), folder, held)
    return Database(ShardStore(places.directory, found.shards), places.directory, found)


def _of_export(path: Path, places: DatabasePlaces, progress: Progress) -> Database:
    from lading.advisories.exports import read_export, read_set

    held = read_set(path, places.trust)
    cache = places.unpacked
    folder = cache / held.digest.removeprefix("sha256:")
    if current_set(folder) != held:
        read_export(path, (), folder, places.trust, progress)
    os.utime(folder)
    with locked(cache):
        for old in _unpacked(cache)[:-_MOST_UNPACKED]:
            shutil.rmtree(old, ignore_errors=True)
    return Database(ShardStore(folder, held.shards), folder, held)


def _unpacked(cache: Path) -> list[Path]:
    """The directories of unpacked files, the last used one last."""
    found = [one for one in cache.glob("*") if one.is_dir()]
    return sorted(found, key=lambda one: one.stat().st_mtime)
