"""A database as one file: a tar archive compressed with zstd.

Its members are `database.json`, the list of its shards (see `sets`), `database.json.sig`, the list's signature if it is
signed (`ssh-keygen -Y verify` checks it), and `NAME.sqlite`, the shards in the order of the list. Shards that the
receiver has may be left out. Documents may follow (see `carried`).
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import structs

from lading.advisories.carried import DOCUMENT as carried_list
from lading.advisories.carried import CarriedDocument, add_carried, keep_carried, read_carried
from lading.advisories.incoming import Received, choose, install, plan, receive, receiving
from lading.advisories.place import file_of
from lading.advisories.schema import SUFFIX
from lading.advisories.sets import MOST_BYTES, ShardSet, parse_set, set_of
from lading.advisories.store import ShardStore
from lading.model.advisory import Provenance, ShardName
from lading.model.errors import AdvisoryError, LimitError, SafeIOError, UsageError
from lading.model.ports import Progress, Region
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.packing import TarPacker
from lading.safeio.region import RegionStream
from lading.safeio.tar import FILE, Entry, StreamInput, iter_tar
from lading.safeio.trust import check_demanded, sign_for
from lading.safeio.trusted_keys import TrustedKeys

DOCUMENT: Final = "database.json"
SIGNATURE: Final = f"{DOCUMENT}.sig"
_MOST_SIGNATURE: Final = 100_000
_LIMITS: Final = Limits(entries=100_000, total=1_000_000_000_000)


def write_export(
    store: ShardStore,
    database: Path,
    names: Sequence[str],
    path: Path,
    key: Path | None,
    *,
    since: ShardSet | None = None,
    documents: Sequence[CarriedDocument] = (),
) -> ShardSet:
    """Writes shards (all without names) and documents into the file `path`, which appears whole; signed with a private
    key, if one is given. Of the shards in `since` the list alone is written. The same input gives the same bytes.
    Raises UsageError, AdvisoryError, SafeIOError."""
    held = store.names()
    missing = [name for name in names if name not in held]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no such shard is downloaded; lading db status shows those that are")
    exported = set_of(store.check(name) for name in (sorted({*map(ShardName, names)}) or held))
    if not exported.shards:
        raise UsageError(f"{database}: holds no shards; lading db update fetches them")
    there = {one.digest for one in since.shards} if since is not None else set()
    signature = sign_for("database", exported.document, key) if key is not None else None
    with _written(path) as temporary, temporary.open("wb") as file:
        with TarPacker(file) as archive:
            archive.add(DOCUMENT, exported.document)
            if signature is not None:
                archive.add(SIGNATURE, signature)
            for one in exported.shards:
                if one.digest not in there:
                    archive.add_file(_member(one), file_of(database, one))
            if documents:
                add_carried(archive, documents, key)
        file.flush()
        os.fsync(file.fileno())
    return exported


def read_export(
    path: Path,
    names: Sequence[str],
    database: Path,
    trust: TrustedKeys,
    progress: Progress,
    *,
    allow_older: bool = False,
    pin: bool = False,
    keep_documents: bool = False,
) -> Received:
    """Puts the shards of an exported file (those of these names, or all) in place, once every one of them is known to
    be good; with `keep_documents` the documents that it carries too. Raises UsageError, AdvisoryError, SafeIOError."""
    where = str(path)
    with receiving(database) as folder:
        files: dict[ShardName, Path] = {}
        try:
            with _members(path) as entries:
                offered, first = _read_head(entries, trust, where)
                planned = plan(database, choose(offered, names, where), where, allow_older=allow_older)
                wanted = {one.shard for one in planned.fetch}
                carried: list[CarriedDocument] = []
                members = chain(() if first is None else (first,), entries)
                for one, entry in _shards(offered, _until_carried(members, carried, trust, where), where):
                    if one.shard in wanted:
                        files[ShardName(one.shard)] = receive(folder, one, _told(entry, one, progress), where)
            if missing := [one for one in planned.fetch if one.shard not in files]:
                raise AdvisoryError(
                    f"{where}: lacks the shard {missing[0].shard}, and what is downloaded here is another: it was cut "
                    "short, or written with --since for a site that has more; get all of it"
                )
            received = install(database, planned, files, pin=pin)
            if carried and keep_documents:
                place = keep_carried(database, carried)
                received = structs.replace(received, notes=(*received.notes, _kept(carried, place)))
            return received
        finally:
            for file in files.values():
                file.unlink(missing_ok=True)


def _until_carried(
    entries: Iterator[Entry], carried: list[CarriedDocument], trust: TrustedKeys, where: str
) -> Iterator[Entry]:
    """The members up to the list of documents; those are read into `carried` when it is come to."""
    for entry in entries:
        if entry.path == carried_list:
            carried += read_carried(entry, entries, trust, where)
            return
        yield entry


def _kept(carried: Sequence[CarriedDocument], place: Path) -> str:
    kinds = {one.path.partition("/")[0] for one in carried}
    policies = [one.path for one in carried if one.path.startswith("policy/")]
    named = [f"--vex {place / 'vex'}"] if "vex" in kinds else []
    named += [f"--policy {place / one}" for one in policies]
    return f"documents came with it; scans take them by {' '.join(named)}"


def read_set(path: Path, trust: TrustedKeys) -> ShardSet:
    """What an exported file holds, by its beginning. Raises AdvisoryError."""
    with _members(path) as entries:
        return _read_head(entries, trust, str(path))[0]


def _read_head(entries: Iterator[Entry], trust: TrustedKeys, where: str) -> tuple[ShardSet, Entry | None]:
    """The list of shards, checked, and the member that follows."""
    entry = next(entries, None)
    if entry is None or entry.path != DOCUMENT or entry.kind is not FILE:
        raise AdvisoryError(f"{where}: {_NOT_EXPORTED}")
    document = entry.read(MOST_BYTES)
    entry = next(entries, None)
    signature = None
    if entry is not None and entry.path == SIGNATURE:
        signature = entry.read(_MOST_SIGNATURE)
        entry = next(entries, None)
    # Nothing of what the list says is looked at before its signature is.
    if why := check_demanded(document, signature, trust, "database").why:
        raise AdvisoryError(f"{where}: {why}")
    return parse_set(document, where), entry


def _shards(offered: ShardSet, entries: Iterator[Entry], where: str) -> Iterator[tuple[Provenance, Entry]]:
    """Every shard that is there, with its member. Raises AdvisoryError for any member that is not the next one of the
    list, of those that are there."""
    entry = next(entries, None)
    places = {_member(one): place for place, one in enumerate(offered.shards)}
    for place, one in enumerate(offered.shards):
        if entry is None or places.get(entry.path, place) > place:
            continue  # left out
        if (entry.path, entry.kind, entry.size) != (_member(one), FILE, one.size) or entry.escapes:
            raise AdvisoryError(
                f"{where}: where the shard {one.shard} should be is {entry.path[:100]!r} of {entry.size:,} bytes: "
                "damaged or tampered with; get it again"
            )
        yield one, entry
        entry = next(entries, None)
    if entry is not None:
        raise AdvisoryError(f"{where}: holds {entry.path[:100]!r}, which its list does not name there; refused")


def _told(entry: Entry, shard: Provenance, progress: Progress) -> Iterator[bytes]:
    progress.start(shard.shard, shard.shard, shard.size)
    for piece in entry.iter_pieces():
        progress.advance(shard.shard, len(piece))
        yield piece
    progress.finish(shard.shard)


@contextmanager
def _members(path: Path) -> Iterator[Iterator[Entry]]:
    """The members of an exported file; whatever is wrong with it while the context lasts becomes an AdvisoryError."""
    where = str(path)
    try:
        stream = open_inflated(RegionStream(Region(where, 0, path.stat().st_size)), where, _LIMITS)
        try:
            yield iter_tar(StreamInput(stream, where), where, _LIMITS)
        finally:
            stream.close()
    except LimitError as error:
        raise AdvisoryError(f"{where}: refused: it holds far more than a database of its size would") from error
    except SafeIOError as error:
        if "not a tar archive" in str(error):
            raise AdvisoryError(f"{where}: {_NOT_EXPORTED}") from error
        raise AdvisoryError(f"{where}: damaged or cut short; get it again") from error
    except OSError as error:
        raise AdvisoryError(f"{where}: cannot be read: {error.strerror}") from error


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A file to be written that takes the place of `path` when the context ends well."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(descriptor)
        yield Path(temporary)
        umask = os.umask(0o077)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        raise AdvisoryError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _member(shard: Provenance) -> str:
    return f"{shard.shard}{SUFFIX}"


_NOT_EXPORTED: Final = "is not a database as lading db export writes it"
