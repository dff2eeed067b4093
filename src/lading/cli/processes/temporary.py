"""The directory for temporary files that a worker has for itself.

Both processes of a command hold it locked (flock(2)) for as long as one of them lives, so that the next command can
tell what was left behind by one that was killed, and removes it.
"""

import contextlib
import fcntl
import os
import re
import stat
import sys
import time
from typing import Final

_NAME: Final = re.compile(r"lading-[0-9]+-[0-9a-f]{12}")
_FRESH: Final = 60.0
"""Seconds after which a directory that nobody has locked belongs to nobody: before, it may be about to be."""


class Temporary:
    """A directory, made where temporary files go; `path` is empty where nothing can be made."""

    def __init__(self) -> None:
        self.path, self._lock = "", -1
        named = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
        for place in filter(None, (*named, "/tmp", "/var/tmp", "/usr/tmp")):  # noqa: S108
            path = f"{place}/lading-{os.getpid()}-{os.urandom(6).hex()}"
            try:
                os.mkdir(path, 0o700)  # noqa: PTH102
            except OSError:
                continue
            self.path, self._place = path, place
            with contextlib.suppress(OSError):  # a file system without locks
                self._lock = _locked(path)
            return

    def use(self) -> None:
        """Has this process, which is the worker, put its temporary files there."""
        if self.path:
            os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = self.path
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = self.path or None  # type: ignore[attr-defined]

    def remove(self) -> None:
        """Removes it, with what is in it."""
        if self.path:
            _remove(self.path)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def sweep(self) -> None:
        """Removes what commands of this user that were killed have left in the same place."""
        if not self.path:
            return
        with contextlib.suppress(OSError):
            for name in os.listdir(self._place):  # noqa: PTH208 - few of many names are looked at
                if _NAME.fullmatch(name):
                    _remove_abandoned(f"{self._place}/{name}")


def _locked(path: str) -> int:
    """The directory, opened and locked. Raises OSError, BlockingIOError where another process has it."""
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened


def _remove_abandoned(path: str) -> None:
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or time.time() - found.st_mtime < _FRESH:
            return
        lock = _locked(path)
        try:
            _remove(path)
        finally:
            os.close(lock)


def _remove(path: str) -> None:
    try:
        os.rmdir(path)  # noqa: PTH106
    except OSError:
        import shutil

        shutil.rmtree(path, ignore_errors=True)
