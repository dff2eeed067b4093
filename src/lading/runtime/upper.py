"""What a container wrote over its image: the directory in which overlayfs keeps it, against those of the layers.

All are walked side by side from descriptor to descriptor, and no link is followed, so that nothing which is there or
changes meanwhile can lead outside.

Source: Documentation/filesystems/overlayfs.rst of the kernel; what hides lower files by name is fuse-overlayfs's.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from msgspec import Struct

from lading.model.runtime import Change, ChangedFile, FileKind
from lading.runtime.proc import text_of

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_TRUSTED: Final = ("trusted.overlay.opaque",)
_OPAQUE: Final = ("user.overlay.opaque", "user.fuseoverlayfs.opaque")
_WHITEOUT: Final = ".wh."
_OPAQUE_NAME: Final = ".wh..wh..opq"
_DEEPEST: Final = 100
_MOST_ENTRIES: Final = 1_000_000
MOST_FILES: Final = 10_000
"""That are listed; others are counted."""
_MOST_COMPARED: Final = 1_000_000_000
_AT_ONCE: Final = 1024 * 1024
_ENGINES: Final = frozenset({
    ".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "run/.containerenv",
})  # fmt: skip
"""What engines put into containers themselves, or mount over."""
_ELF: Final = b"\x7fELF"
_MODULES: Final = (
    ".class", ".cjs", ".dll", ".ear", ".jar", ".js", ".lua", ".mjs", ".php", ".pl", ".pm", ".py", ".pyc", ".rb",
    ".war",
)  # fmt: skip
_DATABASES: Final = (
    "lib/apk/db/", "usr/lib/apk/db/", "usr/lib/sysimage/rpm/", "var/lib/dpkg/", "var/lib/pacman/local/",
    "var/lib/rpm/",
)  # fmt: skip


class Written(Struct, frozen=True):
    """What a container wrote: `files` sorted by path; as in `Drift`. `unread` are the paths that could not be read."""

    files: tuple[ChangedFile, ...] = ()
    touched: int = 0
    more: int = 0
    unread: tuple[str, ...] = ()


def read_written(upper: str, lowers: Sequence[str], *, of_user: bool = False) -> Written:
    """What lies in the directory `upper`, and how that differs from the layers in `lowers`, the topmost first. A
    container `of_user` hides lower files by attributes and names that any process may give: elsewhere they mean
    nothing. Raises OSError when `upper` cannot be opened."""
    walk = _Walk(of_user=of_user)
    try:
        top = os.open(upper, _DIRECTORY)
        walk.held.append(top)
        below = [descriptor for one in lowers if (descriptor := walk.hold(one, None)) is not None]
        walk.directory(top, below, "", 0)
    finally:
        for descriptor in walk.held:
            os.close(descriptor)
    files = sorted(walk.files)
    return Written(tuple(files), walk.touched, walk.more, tuple(walk.unread))


class _Walk:
    def __init__(self, *, of_user: bool) -> None:
        self._of_user = of_user
        self._attributes = (*_TRUSTED, *_OPAQUE) if of_user else _TRUSTED
        self.files: list[ChangedFile] = []
        self.unread: list[str] = []
        self.held: list[int] = []
        self.touched = 0
        self.more = 0
        self._entries = 0
        self._compared = 0

    def hold(self, name: str, directory: int | None) -> int | None:
        """A directory, None where there is none; it is closed in the end."""
        try:
            descriptor = os.open(name, _DIRECTORY, dir_fd=directory)
        except OSError:
            return None
        self.held.append(descriptor)
        return descriptor

    def directory(self, upper: int, lowers: Sequence[int], path: str, depth: int) -> None:
        """One directory and all below it. Lower ones count down to the first that hides those below."""
        mark = len(self.held)
        try:
            with os.scandir(upper) as listed:
                entries = sorted(islice(listed, _MOST_ENTRIES - self._entries + 1), key=lambda one: one.name)
        except OSError:
            self.unread.append(_text(path) or "/")
            return
        names = {one.name for one in entries}
        for entry in entries:
            self._entries += 1
            if self._entries > _MOST_ENTRIES or depth > _DEEPEST:
                self.unread.append(_text(path) or "/")
                return
            with suppress(FileNotFoundError):
                self._entry(entry, upper, lowers, path, depth)
            self._release(mark)
        if self._is_opaque(upper) or (self._of_user and _OPAQUE_NAME in names):
            for name, is_directory in sorted(_listed(lowers).items()):
                if name not in names:
                    self._add(f"{path}{name}{'/' if is_directory else ''}", "removed", "file")

    def _entry(self, entry: "os.DirEntry[str]", upper: int, lowers: Sequence[int], path: str, depth: int) -> None:
        name, full = entry.name, f"{path}{entry.name}"
        status = entry.stat(follow_symlinks=False)
        is_named = self._of_user and name.startswith(_WHITEOUT)
        if is_named and name == _OPAQUE_NAME:
            return
        if is_named or (stat.S_ISCHR(status.st_mode) and not status.st_rdev):
            name = name.removeprefix(_WHITEOUT) if is_named else name
            hidden = _lower(name, lowers)
            if hidden is not None:
                ending = "/" if stat.S_ISDIR(hidden[1].st_mode) else ""
                self._add(f"{path}{name}{ending}", "removed", "file")
            return
        before = _lower(name, lowers)
        if stat.S_ISDIR(status.st_mode):
            inner = self.hold(name, upper)
            if inner is None:
                self.unread.append(_text(full))
                return
            if before is not None and not stat.S_ISDIR(before[1].st_mode):
                self._add(full, "removed", "file")
            self.directory(inner, self._below(name, lowers), f"{full}/", depth + 1)
        elif full not in _ENGINES:
            self._file(name, full, upper, status, before)

    def _file(
        self, name: str, full: str, upper: int, status: os.stat_result, before: "tuple[int, os.stat_result] | None"
    ) -> None:
        if before is not None and self._is_same(name, upper, status, *before):
            self.touched += 1
            return
        change: Change = "added" if before is None else "changed"
        if before is not None and stat.S_ISDIR(before[1].st_mode):
            self._add(f"{full}/", "removed", "file")
            change = "added"
        self._add(full, change, _kind(name, full, upper, status))

    def _is_same(self, name: str, upper: int, status: os.stat_result, lower: int, before: os.stat_result) -> bool:
        """Whether a file holds what the image's does, and runs as it did."""
        if stat.S_IFMT(status.st_mode) != stat.S_IFMT(before.st_mode) or _runs(status) != _runs(before):
            return False
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(name, dir_fd=upper) == os.readlink(name, dir_fd=lower)
        if not stat.S_ISREG(status.st_mode):
            return status.st_rdev == before.st_rdev
        self._compared += status.st_size
        if status.st_size != before.st_size or self._compared > _MOST_COMPARED:
            return False
        return _same_content(name, upper, lower)

    def _below(self, name: str, lowers: Sequence[int]) -> list[int]:
        """The lower directories of a name, down to what hides those below."""
        found = []
        for lower in lowers:
            try:
                status = os.stat(name, dir_fd=lower, follow_symlinks=False)
            except OSError:
                continue
            inner = self.hold(name, lower) if stat.S_ISDIR(status.st_mode) else None
            if inner is None:
                break
            found.append(inner)
            if self._is_opaque(inner):
                break
        return found

    def _is_opaque(self, directory: int) -> bool:
        """Whether a directory hides those below it."""
        try:
            names = os.listxattr(directory)
            return any(name in names and os.getxattr(directory, name) == b"y" for name in self._attributes)
        except OSError:
            return False

    def _release(self, mark: int) -> None:
        while len(self.held) > mark:
            os.close(self.held.pop())

    def _add(self, path: str, change: Change, kind: FileKind) -> None:
        if len(self.files) < MOST_FILES:
            self.files.append(ChangedFile(_text(path), change, kind))
        else:
            self.more += 1


def _lower(name: str, lowers: Sequence[int]) -> "tuple[int, os.stat_result] | None":
    """The topmost lower directory that has a name, and what that is; None where none has, or one took it away."""
    for lower in lowers:
        try:
            status = os.stat(name, dir_fd=lower, follow_symlinks=False)
        except OSError:
            continue
        return None if stat.S_ISCHR(status.st_mode) and not status.st_rdev else (lower, status)
    return None


def _listed(lowers: Sequence[int]) -> dict[str, bool]:
    """The names that lower directories have together, and which are directories."""
    found: dict[str, bool] = {}
    gone: set[str] = set()
    for lower in lowers:
        with suppress(OSError), os.scandir(lower) as entries:
            for entry in islice(entries, _MOST_ENTRIES):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISCHR(status.st_mode) and not status.st_rdev:
                    gone.add(entry.name)
                elif entry.name not in gone:
                    found.setdefault(entry.name, stat.S_ISDIR(status.st_mode))
    return found


def _runs(status: os.stat_result) -> int:
    """The bits that say who may run a file, and as whom."""
    return status.st_mode & 0o6111


def _same_content(name: str, one: int, other: int) -> bool:
    with suppress(OSError):
        return all(first == second for first, second in zip(_pieces(name, one), _pieces(name, other), strict=False))
    return False


def _pieces(name: str, directory: int) -> Iterator[bytes]:
    """The content of a file, and an empty piece at its end."""
    descriptor = os.open(name, _FILE, dir_fd=directory)
    try:
        while piece := os.read(descriptor, _AT_ONCE):
            yield piece
        yield b""
    finally:
        os.close(descriptor)


def _kind(name: str, path: str, directory: int, status: os.stat_result) -> FileKind:
    if stat.S_ISLNK(status.st_mode):
        return "link"
    if not stat.S_ISREG(status.st_mode):
        return "file"
    if path.startswith(_DATABASES):
        return "database"
    head = b""
    with suppress(OSError):
        descriptor = os.open(name, _FILE, dir_fd=directory)
        try:
            head = os.pread(descriptor, 64, 0)
        finally:
            os.close(descriptor)
    if head.startswith(_ELF):
        return "library" if ".so" in name else "program"
    if head.startswith(b"#!"):
        return "script"
    if name.endswith(_MODULES):
        return "module"
    return "configuration" if path.startswith("etc/") else "file"


def _text(path: str) -> str:
    return path if path.isascii() else text_of(os.fsencode(path))
