"""Sets of shards: what a database held at one time, named by a digest of its own.

`sets/DIGEST.json` in a database directory is the record of one set, `pins/DIGEST.json` that of one to be kept. Every
update records the set that it leaves in place. The shard files of a set stay as long as its record: for ever when it is
pinned, else for three days after another set has taken its place.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.advisories import stamps
from lading.advisories.place import file_of, locked
from lading.advisories.schema import SUFFIX, VERSION, check_name, other_format
from lading.advisories.store import ShardStore
from lading.model.advisory import Provenance
from lading.model.errors import AdvisoryError
from lading.safeio.atomic import PUBLIC, write_atomic
from lading.safeio.verify import digest_of, is_digest

SCHEMA: Final = "https://lading.dev/schema/database-1.json"
MOST_BYTES: Final = 64_000_000
"""Bytes of a set's document at most."""

_SUPERSEDED_SECONDS: Final = 3 * 24 * 3600
_MOST_KEPT: Final = 100
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(rf"{_DATE.pattern}T\d\d:\d\d:\d\dZ")
_DATES: Final = re.compile(r"(?:\d{4}-\d\d-\d\d(?:T[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)?)?)?", re.ASCII)
_WORD: Final = re.compile(r"[\w.-]{0,64}", re.ASCII)
_SHORT: Final = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")


class ShardSet(Struct, frozen=True):
    """Shards by their provenance, in the order of their names."""

    shards: tuple[Provenance, ...]
    schema: str = SCHEMA

    @property
    def document(self) -> bytes:
        """The set as JSON: the same shards, the same bytes."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @property
    def digest(self) -> str:
        """The digest of the document (`sha256:…`), by which the set is named."""
        return digest_of(self.document)

    @property
    def date(self) -> str:
        """When the newest of its shards was built (ISO 8601), empty without shards."""
        return max((one.built for one in self.shards), default="")


class Kept(Struct, frozen=True):
    """A set that is recorded, and whether it is pinned."""

    set: ShardSet
    pinned: bool


def set_of(shards: Iterable[Provenance]) -> ShardSet:
    """The set of these shards. What upstream calls the documents they were made of is left out: it says nothing of the
    shards themselves."""
    plain = (msgspec.structs.replace(one, validators=()) for one in shards)
    return ShardSet(tuple(sorted(plain, key=lambda one: one.shard)))


def current_set(database: Path) -> ShardSet:
    """What the database holds now. A shard that cannot be read is left out."""
    store = ShardStore(database)
    return set_of(_readable(store))


def parse_set(data: bytes, where: str) -> ShardSet:
    """A set's document, whose every name and digest can be trusted to be one. Raises AdvisoryError."""
    try:
        found = msgspec.json.decode(data, type=ShardSet)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AdvisoryError(f"{where}: cannot be read as the list of a database's shards: {error}") from error
    if found.schema != SCHEMA:
        raise AdvisoryError(f"{where}: was written by another version of Lading ({found.schema[:100]!r})")
    names = [one.shard for one in found.shards]
    if names != sorted(set(names)):
        raise AdvisoryError(f"{where}: names its shards twice or out of order")
    for one in found.shards:
        check_name(one.shard)
        if not is_digest(one.digest) or not one.digest.startswith("sha256:") or one.size < 0:
            raise AdvisoryError(f"{where}: the shard {one.shard} has no proper digest and size")
        if not _DATES.fullmatch(one.built) or not _DATES.fullmatch(one.upstream_date) or not _WORD.fullmatch(one.feed):
            raise AdvisoryError(f"{where}: the shard {one.shard} has dates or a feed that cannot be read")
        if one.schema not in (0, VERSION):
            raise other_format(where, one.shard, one.schema)
    return found


def record(database: Path, *, pin: bool = False) -> ShardSet:
    """Records what the database holds now, and removes what is kept no longer. Raises AdvisoryError, SafeIOError."""
    with locked(database):
        now = current_set(database)
        path = _record_path(database, now.digest)
        with suppress(OSError, ValueError):
            # The one that was in place until now is kept from now on.
            os.utime(max(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime))
        write_atomic(path, now.document, PUBLIC)
        if pin:
            write_atomic(_pin_path(database, now.digest), now.document, PUBLIC)
        _sweep(database, path)
    return now


def pin(database: Path, wanted: ShardSet) -> None:
    """Keeps a set that is held for ever. Raises SafeIOError."""
    with locked(database):
        write_atomic(_pin_path(database, wanted.digest), wanted.document, PUBLIC)


def unpin(database: Path, wanted: ShardSet) -> bool:
    """Lets go of a pinned set; False when it was not pinned."""
    with locked(database):
        path = _pin_path(database, wanted.digest)
        found = path.exists()
        path.unlink(missing_ok=True)
        _sweep(database, _record_path(database, current_set(database).digest))
    return found


def kept_sets(database: Path) -> tuple[Kept, ...]:
    """The recorded sets, newest first. One that cannot be read is left out."""
    pinned = {path.stem for path in (database / "pins").glob("*.json")}
    paths = {path.stem: path for folder in ("sets", "pins") for path in (database / folder).glob("*.json")}
    found = (_read(path) for path in paths.values())
    sets = [Kept(one, one.digest.removeprefix("sha256:") in pinned) for one in found if one is not None]
    return tuple(sorted(sets, key=lambda one: (one.set.date, one.set.digest), reverse=True))


def find_set(database: Path, wanted: str) -> ShardSet:
    """The set that a digest names (or its first twelve digits or more), or the newest one that is not later than a day
    or moment (ISO 8601, UTC). Raises AdvisoryError when none is held, and for what is neither."""
    if not is_name_of_set(wanted):
        raise AdvisoryError(f"{wanted}: neither a digest (sha256:…, twelve digits or more) nor a date (2026-01-31)")
    sets = [one.set for one in kept_sets(database)]
    now = current_set(database)
    if now.shards and now not in sets:
        sets.append(now)
    short = _SHORT.fullmatch(wanted)
    if short is not None:
        named = [one for one in sets if one.digest.removeprefix("sha256:").startswith(short[1])]
        if len(named) == 1:
            return named[0]
        problem = "is not downloaded" if not named else "is the beginning of several: give more of its digits"
        raise AdvisoryError(f"the set of shards {wanted} {problem}; lading db status shows those that are")
    until = f"{wanted}T23:59:59Z" if _DATE.fullmatch(wanted) else wanted
    earlier = [one for one in sets if one.date <= until]
    if not earlier:
        oldest = min((one.date for one in sets), default="")
        known = f"; the oldest is of {oldest}" if oldest else "; none is downloaded at all"
        raise AdvisoryError(f"no set of shards is downloaded that is not later than {wanted}{known}")
    return max(earlier, key=lambda one: (one.date, len(one.shards), one.digest))


def is_name_of_set(text: str) -> bool:
    """Whether a text has the form of a digest or a date."""
    return any(form.fullmatch(text) for form in (_SHORT, _DATE, _TIME))


def _readable(store: ShardStore) -> Iterator[Provenance]:
    for name in store.names():
        with suppress(AdvisoryError):
            if (one := store.provenance(name)) is not None:
                yield one


def _sweep(database: Path, current: Path) -> None:
    """Removes the records that have had their time, and the shard files that no record and no pointer names."""
    records = sorted((database / "sets").glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for number, path in enumerate(records):
        if path != current and (number >= _MOST_KEPT or time.time() - path.stat().st_mtime > _SUPERSEDED_SECONDS):
            path.unlink(missing_ok=True)
    wanted = {file_of(database, one) for held in kept_sets(database) for one in held.set.shards}
    wanted |= {file_of(database, one) for one in current_set(database).shards}
    for path in (database / "shards").glob(f"*/*{SUFFIX}"):
        if path not in wanted and not path.name.startswith("."):
            path.unlink(missing_ok=True)
            path.with_suffix(stamps.SUFFIX).unlink(missing_ok=True)


def _read(path: Path) -> ShardSet | None:
    try:
        data = path.read_bytes()
        return parse_set(data, str(path)) if digest_of(data) == f"sha256:{path.stem}" else None
    except (OSError, AdvisoryError):
        return None


def _record_path(database: Path, digest: str) -> Path:
    return database / "sets" / f"{digest.removeprefix('sha256:')}.json"


def _pin_path(database: Path, digest: str) -> Path:
    return database / "pins" / f"{digest.removeprefix('sha256:')}.json"
