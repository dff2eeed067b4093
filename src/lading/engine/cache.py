"""The layer cache: one file for each layer, and one for each image whose layers were all read, named by their content
and shared by any number of processes.

A reader takes no lock: entries appear whole (rename) and carry a checksum, so one that is damaged is a miss.
"""

from collections.abc import Iterator
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from lading.safeio.atomic import write_atomic

_CHECKSUM = 16
_SUFFIX = ".layer"

Value = TypeVar("Value", bound=msgspec.Struct)


class CacheInfo(msgspec.Struct, frozen=True):
    """How many entries the cache holds, and their size in bytes on disk."""

    entries: int
    bytes: int


class ContentCache(Generic[Value]):
    """Values of one type by key. `directory` None keeps nothing."""

    def __init__(self, directory: Path | None, type: type[Value]) -> None:
        self._directory = directory
        self._decoder = msgspec.msgpack.Decoder(type)

    def get(self, key: str) -> Value | None:
        """The value kept under `key`, None when there is none or it is damaged."""
        if self._directory is None or not key:
            return None
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        body = memoryview(data)[_CHECKSUM:]
        if blake2b(body, digest_size=_CHECKSUM).digest() != data[:_CHECKSUM]:
            return None
        try:
            return self._decoder.decode(body)
        except msgspec.DecodeError:
            return None

    def put(self, key: str, value: Value) -> None:
        """Keeps a value. Raises SafeIOError when it cannot be written."""
        if self._directory is None or not key:
            return
        body = msgspec.msgpack.encode(value)
        write_atomic(self._path(key), blake2b(body, digest_size=_CHECKSUM).digest() + body)

    def _path(self, key: str) -> Path:
        assert self._directory is not None
        name = sha256(key.encode()).hexdigest()
        return self._directory / name[:2] / f"{name[2:]}{_SUFFIX}"


def info(directory: Path) -> CacheInfo:
    """What the cache holds."""
    sizes = [size for _, size in _iter_entries(directory)]
    return CacheInfo(entries=len(sizes), bytes=sum(sizes))


def clear(directory: Path) -> CacheInfo:
    """Removes every entry, also those of other versions; gives what was removed. A scan that runs meanwhile is not
    disturbed: what it misses it reads again."""
    removed = CacheInfo(0, 0)
    for path, size in _iter_entries(directory):
        path.unlink(missing_ok=True)
        removed = CacheInfo(removed.entries + 1, removed.bytes + size)
    return removed


def _iter_entries(directory: Path) -> Iterator[tuple[Path, int]]:
    for path in sorted(directory.glob(f"??/*{_SUFFIX}*")):
        try:
            yield path, path.stat().st_size
        except FileNotFoundError:
            continue
