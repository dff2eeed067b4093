"""A root filesystem on disk as if it were one layer: walked without following links, never left."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from lading.inventory.builder import FactsBuilder
from lading.inventory.facts import LayerFacts
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.content import Stretch
from lading.safeio.limits import Limits

_PSEUDO = ("proc", "sys", "dev")
"""Top-level directories a kernel fills when the root is a live one; no package lives there."""
_AT_ONCE = 64 * 1024
"""Files of at most this many bytes are read whole."""


def read_root(root: str, router: Router, limits: Limits, check: Callable[[], None]) -> LayerFacts:
    """The facts of the directory `root`. What cannot be read becomes an "incomplete" diagnostic. `check` as in
    read_layer."""
    builder = FactsBuilder(router, limits)
    try:
        _walk(root, builder, limits, check)
    except LimitError as error:
        builder.stopped(error)
    return builder.build()


def _walk(root: str, builder: FactsBuilder, limits: Limits, check: Callable[[], None]) -> None:
    pending = [""]
    while pending:
        check()
        directory = pending.pop()
        try:
            with os.scandir(f"{root}/{directory}") as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            builder.remark(_unreadable(directory, error))
            continue
        for entry in entries:
            path = f"{directory}/{entry.name}" if directory else entry.name
            builder.entries += 1
            if builder.entries > limits.entries:
                raise LimitError(
                    f"more than {limits.entries:,} entries; the rest was not read (--limit entries=N raises this)",
                    "entries",
                )
            if entry.is_dir(follow_symlinks=False):
                if directory or entry.name not in _PSEUDO:
                    pending.append(path)
                    builder.directory(_text(path))
            else:
                _file(entry, path, builder)
        builder.flush()


def _file(entry: "os.DirEntry[str]", path: str, builder: FactsBuilder) -> None:
    try:
        if entry.is_symlink():
            builder.symlink(_text(path), _text(str(Path(entry.path).readlink())))
        elif entry.is_file(follow_symlinks=False):
            with _OpenFile(entry.path) as file:
                builder.file(_text(path), file)
        else:
            builder.special(_text(path))
    except OSError as error:
        builder.remark(_unreadable(path, error))
    except SafeIOError as error:
        builder.remark(Diagnostic("incomplete", "unreadable", str(error), _text(path)))


class _OpenFile:
    """A LayerFile on disk, opened when something of it is wanted."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    @property
    def mode(self) -> int:
        return self._status().st_mode & 0o7777

    def peek(self, size: int) -> bytes:
        self._status()
        return os.pread(self._descriptor, size, 0)

    def read_content(self, limit: int) -> Content:
        size = self._status().st_size
        if size > limit:
            raise LimitError(f"{size:,} bytes, above the limit of {limit:,} for one file", "spool")
        if size <= _AT_ONCE:
            return os.pread(self._descriptor, size, 0)
        return Stretch(self._descriptor, 0, size, "the file")

    def _status(self) -> os.stat_result:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file any more")
        return status


def _unreadable(path: str, error: OSError) -> Diagnostic:
    return Diagnostic("incomplete", "unreadable", f"cannot be read: {error.strerror}", _text(path) or "/")


def _text(path: str) -> str:
    """Names that are not UTF-8 in the form in which tar paths carry them too."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")
