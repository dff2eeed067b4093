"""The cache: one file for each layer, and one for each image whose layers were all read, named by their content and
shared by any number of processes of one user.

A reader takes no lock: entries appear whole (rename), and each is authenticated by a keyed digest over its name and
body. The key lies in a file beside the directory, which the first use makes, or is handed in where several machines or
users share a directory: then the digest alone tells whose entries are good. Without that an entry must be this user's
too, and nobody else's to read or write. An entry of another key, of another user or one that was damaged is a miss. An
entry's modification time is its last use, to the hour.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b, sha256
from hmac import compare_digest
from itertools import accumulate
from pathlib import Path

from msgspec import Struct

from lading.engine.claims import claimed
from lading.model.errors import EngineError, SafeIOError
from lading.safeio.atomic import PRIVATE, PUBLIC, write_atomic

DEFAULT_SIZE = 2_000_000_000
"""The bytes on disk to which the cache is cut, the longest unused entries first."""
_SUFFIX = ".layer"
_CLAIM = ".claim"
_FORMAT = b"lading 2"
_ID_SIZE = 8
_DIGEST_SIZE = 32
_HEAD = len(_FORMAT) + _ID_SIZE + _DIGEST_SIZE
_KEY_SIZE = 32
_HOUR = 3600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class CacheInfo(Struct, frozen=True):
    """How many entries the cache holds, and their size in bytes on disk."""

    entries: int
    bytes: int


class Cache:
    """Bytes by name in `directory`, which is made when the first are kept. `key` authenticates them; None for that of
    the key file. Used by any number of threads. Raises EngineError when the directory belongs to another user and no
    key is handed in, or its key file is not to be trusted."""

    def __init__(self, directory: Path, key: bytes | None = None) -> None:
        self._is_shared = key is not None
        if not self._is_shared:
            _check_owner(directory)
        self._directory = directory
        self._key = _derived(key) if key is not None else _read_key(key_file(directory))
        self._stored = False
        self._foreign: set[Path] = set()

    @property
    def foreign(self) -> int:
        """How many entries of another key or user were met."""
        return len(self._foreign)

    def get(self, name: str) -> memoryview | None:
        """What is kept under `name`, None when there is none that is ours and whole."""
        data = self._read(_path(self._directory, name)) if self._key else None
        if data is None or data[: len(_FORMAT)] != _FORMAT:
            return None
        if data[len(_FORMAT) : len(_FORMAT) + _ID_SIZE] != _identity(self._key):
            self._foreign.add(_path(self._directory, name))
            return None
        body = memoryview(data)[_HEAD:]
        if not compare_digest(data[_HEAD - _DIGEST_SIZE : _HEAD], _authenticated(self._key, name, body)):
            return None
        return body

    @contextmanager
    def claimed(self, name: str, check: Callable[[], None]) -> Iterator[None]:
        """While it lasts, others wait that claim the same name (lading.engine.claims). Raises EngineError as the
        constructor does."""
        with claimed(_path(self._directory, name).with_suffix(_CLAIM), check):
            # The first to keep something has made the key meanwhile.
            self._key = self._key or _read_key(key_file(self._directory))
            yield

    def put(self, name: str, body: bytes) -> None:
        """Keeps `body`. Raises SafeIOError when it cannot be written, EngineError as the constructor does."""
        self._make()
        self._key = self._key or _make_key(key_file(self._directory))
        head = _FORMAT + _identity(self._key) + _authenticated(self._key, name, body)
        write_atomic(_path(self._directory, name), head + body, PUBLIC if self._is_shared else PRIVATE)
        self._stored = True

    def tidy(self) -> None:
        """Cuts the cache to its default size when something was put into it, once an hour at most."""
        if not self._stored:
            return
        stamp = self._directory / "pruned"
        try:
            due = not stamp.exists() or time.time() - stamp.stat().st_mtime > _HOUR
            if due:
                stamp.touch(0o600)
                os.utime(stamp)
                prune(self._directory, max_size=DEFAULT_SIZE)
        except OSError as error:
            raise SafeIOError(f"{self._directory}: cannot be cut to size: {error.strerror}") from error

    def _make(self) -> None:
        """Makes the directory; for its user alone, unless a key was handed in."""
        try:
            self._directory.mkdir(mode=0o777 if self._is_shared else 0o700, parents=True, exist_ok=True)
            if self._is_shared:
                return
            _check_owner(self._directory)
            if self._directory.stat().st_mode & _OTHERS:
                self._directory.chmod(0o700)
        except OSError as error:
            raise SafeIOError(f"{self._directory}: cannot be written: {error.strerror}") from error

    def _read(self, path: Path) -> bytes | None:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            self._foreign.add(path)
            return None
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if not self._is_shared and (status.st_uid != os.geteuid() or status.st_mode & _OTHERS):
                self._foreign.add(path)
                return None
            if time.time() - status.st_mtime > _HOUR:
                _touch(descriptor)
            try:
                return file.read()
            except OSError:
                return None


def key_file(directory: Path) -> Path:
    """Where the key of a cache lies: beside it, so that a copy of the cache does not carry its key along."""
    return directory.with_name(f"{directory.name}.key")


def info(directory: Path) -> CacheInfo:
    """What the cache holds."""
    return _sum(list(_iter_entries(directory)))


def clear(directory: Path) -> CacheInfo:
    """Removes every entry, also those of other versions; gives what was removed. A scan that runs meanwhile is not
    disturbed: what it misses it reads again."""
    return _remove(list(_iter_entries(directory)))


def prune(directory: Path, *, max_size: int, older_than: float = 0) -> CacheInfo:
    """Removes what was not used for `older_than` seconds (0: however long), then the longest unused entries until the
    rest has at most `max_size` bytes. Gives what was removed."""
    now = time.time()
    oldest = now - older_than if older_than else 0.0
    # What is half written belongs to a process that runs; in an hour it does not any more.
    entries = [one for one in _iter_entries(directory) if not one.path.name.startswith(".") or now - one.used > _HOUR]
    entries.sort(key=lambda entry: entry.used, reverse=True)
    sizes = accumulate(entry.size for entry in entries)
    return _remove([one for one, total in zip(entries, sizes, strict=True) if total > max_size or one.used < oldest])


class _Entry(Struct, frozen=True):
    path: Path
    size: int
    used: float


def _iter_entries(directory: Path) -> Iterator[_Entry]:
    for path in sorted(directory.glob(f"??/*{_SUFFIX}*")):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        yield _Entry(path, status.st_size, status.st_mtime)


def _remove(entries: list[_Entry]) -> CacheInfo:
    for entry in entries:
        entry.path.unlink(missing_ok=True)
    return _sum(entries)


def _sum(entries: list[_Entry]) -> CacheInfo:
    return CacheInfo(len(entries), sum(entry.size for entry in entries))


def _path(directory: Path, name: str) -> Path:
    hashed = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return directory / hashed[:2] / f"{hashed[2:]}{_SUFFIX}"


def _identity(key: bytes) -> bytes:
    """What tells keys apart, and nothing of the key."""
    return blake2b(key=key, digest_size=_ID_SIZE, person=b"identity").digest()


def _authenticated(key: bytes, name: str, body: bytes | memoryview) -> bytes:
    digest = blake2b(name.encode("utf-8", "surrogateescape") + b"\0", key=key, digest_size=_DIGEST_SIZE)
    digest.update(body)
    return digest.digest()


def _derived(key: bytes) -> bytes:
    return blake2b(key, digest_size=_KEY_SIZE, person=b"lading cache").digest()


def _read_key(path: Path) -> bytes:
    """What follows from the key in a file, nothing when there is none. Raises EngineError when it is not its user's
    alone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            key = file.read(_KEY_SIZE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise EngineError(f"{path}: the cache's key cannot be read: {error.strerror}") from error
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS or len(key) != _KEY_SIZE:
        raise EngineError(f"{path}: is not a key that this user alone may read: remove it")
    return _derived(key)


def _make_key(path: Path) -> bytes:
    """Makes a key file, unless another process is faster. Gives what follows from the key. Raises SafeIOError when it
    cannot be written."""
    own = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_SIZE))
        try:
            path.hardlink_to(own)
        except FileExistsError:
            pass  # that other process's key is the one
        except OSError:
            own.replace(path)  # a disk without hard links
        own.unlink(missing_ok=True)
    except OSError as error:
        raise SafeIOError(f"{path}: cannot be written: {error.strerror}") from error
    return _read_key(path)


def _check_owner(directory: Path) -> None:
    try:
        owner = directory.stat().st_uid
    except OSError:
        return  # nothing is there, or it cannot be read: a miss
    if owner != os.geteuid():
        raise EngineError(f"{directory}: belongs to another user; name a directory of your own")


def _touch(descriptor: int) -> None:
    try:
        os.utime(descriptor)
    except OSError:
        return  # a disk that can only be read
