"""What an exported file carries beside its shards: VEX documents and policies.

They come after the shards: `carried.json`, which lists each with its digest, `carried.json.sig`, its signature where
the list of shards is signed too, and the documents themselves, `vex/NAME` and `policy/NAME`.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.errors import AdvisoryError
from lading.safeio.packing import TarPacker
from lading.safeio.tar import FILE, Entry
from lading.safeio.trust import check_demanded, sign_for
from lading.safeio.trusted_keys import TrustedKeys
from lading.safeio.verify import digest_of

DOCUMENT: Final = "carried.json"
SIGNATURE: Final = f"{DOCUMENT}.sig"
SCHEMA: Final = "https://lading.dev/schema/carried-1.json"
DIRECTORY: Final = "carried"
"""Beside the shards, where the documents of the last such file lie."""
_NAME: Final = re.compile(r"(?:vex|policy)/[A-Za-z0-9_][A-Za-z0-9._-]{0,150}", re.ASCII)
_MOST_LIST: Final = 10_000_000
_MOST_SIGNATURE: Final = 100_000
_MOST: Final = 1_000_000_000
_MOST_ONE: Final = 64_000_000


class CarriedDocument(Struct, frozen=True):
    """A document by its `path` in the file ("vex/0001-shop.json"), and `data`."""

    path: str
    data: bytes


class _Listed(Struct, frozen=True):
    path: str
    digest: str
    size: int


class _List(Struct, frozen=True):
    documents: tuple[_Listed, ...]
    schema: str = SCHEMA


def carried_name(kind: str, number: int, source: str) -> str:
    """The path of a document in the file: the number keeps the order in which they were named."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", source.rstrip("/").rpartition("/")[2], flags=re.ASCII).strip(".-")
    return f"{kind}/{number:04}-{name[-100:] or 'document'}"


def add_carried(archive: TarPacker, documents: Sequence[CarriedDocument], key: Path | None) -> None:
    """Writes documents at the end of an exported file. Raises OSError, SafeIOError, UsageError."""
    listed = _List(tuple(_Listed(one.path, digest_of(one.data), len(one.data)) for one in documents))
    data = msgspec.json.format(msgspec.json.encode(listed), indent=1)
    archive.add(DOCUMENT, data)
    if key is not None:
        archive.add(SIGNATURE, sign_for("database", data, key))
    for one in documents:
        archive.add(one.path, one.data)


def read_carried(first: Entry, entries: Iterator[Entry], trust: TrustedKeys, where: str) -> list[CarriedDocument]:
    """The documents of a file whose member `first` is their list. Raises AdvisoryError for anything that is not as the
    list says, or not signed where it has to be."""
    listed, entry = _read_list(first, entries, trust, where)
    documents = []
    for one in listed.documents:
        if entry is None or (entry.path, entry.kind, entry.size) != (one.path, FILE, one.size) or entry.escapes:
            raise AdvisoryError(f"{where}: lacks the document {one.path}: damaged or cut short; get it again")
        data = entry.read(one.size)
        if digest_of(data) != one.digest:
            raise AdvisoryError(f"{where}: the document {one.path} is damaged or tampered with; get it again")
        documents.append(CarriedDocument(one.path, data))
        entry = next(entries, None)
    if entry is not None:
        raise AdvisoryError(f"{where}: holds {entry.path[:100]!r}, which no list names there; refused")
    return documents


def _read_list(first: Entry, entries: Iterator[Entry], trust: TrustedKeys, where: str) -> tuple[_List, Entry | None]:
    data = first.read(_MOST_LIST)
    entry = next(entries, None)
    signature = None
    if entry is not None and entry.path == SIGNATURE:
        signature = entry.read(_MOST_SIGNATURE)
        entry = next(entries, None)
    if why := check_demanded(data, signature, trust, "database").why:
        raise AdvisoryError(f"{where}: {DOCUMENT}: {why}")
    try:
        listed = msgspec.json.decode(data, type=_List)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AdvisoryError(f"{where}: {DOCUMENT} cannot be read: {error}") from error
    names = [one.path for one in listed.documents]
    sizes = [one.size for one in listed.documents]
    is_odd = listed.schema != SCHEMA or len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names))
    if is_odd or not all(0 <= size <= _MOST_ONE for size in sizes) or sum(sizes) > _MOST:
        raise AdvisoryError(f"{where}: {DOCUMENT} is none of this version of Lading; refused")
    return listed, entry


def keep_carried(database: Path, documents: Sequence[CarriedDocument]) -> Path:
    """Puts documents in place of those of an earlier file; gives the directory. Raises AdvisoryError."""
    place = database.parent / DIRECTORY
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{DIRECTORY}-", dir=place.parent) as work:
            made = Path(work) / "new"
            for one in documents:
                (made / one.path).parent.mkdir(parents=True, exist_ok=True)
                (made / one.path).write_bytes(one.data)
            if place.exists():
                place.rename(Path(work) / "old")
            made.rename(place)
    except (OSError, shutil.Error) as error:
        raise AdvisoryError(f"{place}: cannot be written: {error}") from error
    return place
