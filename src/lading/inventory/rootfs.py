"""A root filesystem on disk as if it were one layer: walked from descriptor to descriptor, without following links, so
that nothing which changes meanwhile can lead it outside."""

import os
import stat
from collections.abc import Callable, Mapping
from itertools import islice

from lading.inventory.builder import WHITEOUT, FactsBuilder
from lading.inventory.facts import LayerFacts
from lading.inventory.mounts import KernelMounts
from lading.inventory.router import Router
from lading.model.diagnostics import diagnostic
from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content, Stat
from lading.safeio.content import Stretch
from lading.safeio.limits import Limits

_AT_ONCE = 64 * 1024
"""Files of at most this many bytes are read whole."""
_DEEPEST = 500
"""Directories within one another: each on the way holds a descriptor, of which a process usually has 1,024."""
_OPAQUE = frozenset({"trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque"})
_REDIRECT = (".overlay.redirect", ".overlay.metacopy", "fuseoverlayfs.redirect")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_root(
    root: str,
    router: Router,
    limits: Limits,
    check: Callable[[], None],
    below: Mapping[str, str] | None = None,
    *,
    is_layer: bool = False,
    is_kernels: bool = False,
) -> LayerFacts:
    """The facts of the directory `root`; of one that `is_layer` of overlayfs, what it hides of lower layers too. Of one
    that `is_kernels` the kernel alone says that: names and attributes that any process may give mean nothing. What
    cannot be read becomes an "incomplete" diagnostic. `check` and `below` as in read_layer."""
    builder = FactsBuilder(router, limits, below)
    builder.begin()
    try:
        walk = _KernelWalk if is_kernels else _LayerWalk if is_layer else _Walk
        walk(builder, limits, check).run(root)
    except LimitError as error:
        builder.stopped(error)
    return builder.build()


class _Directory:
    """A directory that is being walked: its descriptor, its path in the image, and the names of those below it that
    are still to come."""

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor = descriptor
        self.path = path
        self.device = os.fstat(descriptor).st_dev
        self.pending: list[str] = []

    def join(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name


class _Walk:
    """One walk, depth first. `self._open` are the directories from the root to where it is."""

    def __init__(self, builder: FactsBuilder, limits: Limits, check: Callable[[], None]) -> None:
        self._builder = builder
        self._limits = limits
        self._check = check
        self._mounts = KernelMounts()
        self._open: list[_Directory] = []

    def run(self, root: str) -> None:
        try:
            self._enter(root, "", None)
            while self._open:
                self._check()
                here = self._open[-1]
                if here.pending:
                    name = here.pending.pop()
                    self._enter(name, here.join(name), here)
                else:
                    os.close(self._open.pop().descriptor)
        finally:
            while self._open:
                os.close(self._open.pop().descriptor)

    def _enter(self, name: str, path: str, parent: _Directory | None) -> None:
        """Opens a directory and reads all of it but the directories below."""
        try:
            if parent is None:
                directory = _Directory(os.open(name, _DIRECTORY), path)
            else:
                directory = _Directory(os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent.descriptor), path)
            self._open.append(directory)
            if (parent is None or directory.device != parent.device) and self._is_kernels(directory):
                return
            self._entered(directory)
            room = self._limits.entries - self._builder.entries + 1
            with os.scandir(directory.descriptor) as listed:
                entries = sorted(islice(listed, room), key=_name)
        except OSError as error:
            self._tell(path, error)
            return
        for entry in entries:
            self._entry(entry, directory)
        directory.pending.reverse()
        self._builder.flush(len(entries))

    def _entered(self, directory: _Directory) -> None:
        """Looks at a directory that was opened."""

    def _is_kernels(self, directory: _Directory) -> bool:
        kind = self._mounts.kind(directory.device)
        if kind:
            text = (
                f"a file system of the kernel ({kind}) is mounted here; it holds nothing of an image and was not read"
            )
            self._builder.remark(diagnostic("kernel-mount", text, _text(directory.path) or "/"))
        return bool(kind)

    def _entry(self, entry: "os.DirEntry[str]", directory: _Directory) -> None:
        builder = self._builder
        builder.entries += 1
        if builder.entries > self._limits.entries:
            limit = f"{self._limits.entries:,}"
            message = f"more than {limit} entries; the rest was not read (--limit entries=N raises this)"
            raise LimitError(message, "entries")
        path = directory.join(entry.name)
        try:
            if entry.is_dir(follow_symlinks=False):
                builder.directory(_text(path))
                if builder.wants_modes:
                    builder.stated(_text(path), _StatedDirectory(entry.stat(follow_symlinks=False)))
                if len(self._open) < _DEEPEST:
                    directory.pending.append(entry.name)
                else:
                    text = f"lies more than {_DEEPEST} directories deep; what is in it was not read"
                    builder.remark(diagnostic("too-deep", text, _text(path)))
            else:
                self._file(entry, path, directory.descriptor)
        except OSError as error:
            self._tell(path, error)
        except SafeIOError as error:
            builder.remark(diagnostic("unreadable", str(error), _text(path)))

    def _file(self, entry: "os.DirEntry[str]", path: str, descriptor: int) -> None:
        if entry.is_symlink():
            self._builder.symlink(_text(path), _text(os.readlink(entry.name, dir_fd=descriptor)))
        elif entry.is_file(follow_symlinks=False):
            with _OpenFile(entry.name, descriptor) as file:
                self._builder.file(_text(path), file)
                if self._builder.wants_modes:
                    self._builder.stated(_text(path), file)
        else:
            self._builder.special(_text(path))

    def _tell(self, path: str, error: OSError) -> None:
        text = f"cannot be read: {error.strerror}"
        self._builder.remark(diagnostic("unreadable", text, _text(path) or "/"))


class _LayerWalk(_Walk):
    """A walk over a layer as it lies for overlayfs: what lower layers hold is hidden by character devices of number 0
    and by attributes of directories (Documentation/filesystems/overlayfs.rst), or by the names that layers have in
    archives, which fuse-overlayfs writes too."""

    _opaque = _OPAQUE

    def _entered(self, directory: _Directory) -> None:
        names = os.listxattr(directory.descriptor)
        for name in names:
            if name in self._opaque and os.getxattr(directory.descriptor, name) == b"y":
                self._builder.whiteout(_text(directory.join(f"{WHITEOUT}{WHITEOUT}.opq")))
            elif name.endswith(_REDIRECT):
                text = f"has the attribute {name}: the engine shows other files for it"
                self._builder.remark(diagnostic("overlay-attribute", text, _text(directory.path)))

    def _file(self, entry: "os.DirEntry[str]", path: str, descriptor: int) -> None:
        if entry.name.startswith(WHITEOUT) and self._hides_by_name(path):
            return
        if not entry.is_symlink() and not entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
                place, _, name = path.rpartition("/")
                self._builder.whiteout(_text(f"{place}/{WHITEOUT}{name}" if place else f"{WHITEOUT}{name}"))
                return
        super()._file(entry, path, descriptor)

    def _hides_by_name(self, path: str) -> bool:
        """Whether an entry hides others by its own name, and is none itself."""
        self._builder.whiteout(_text(path))
        return True


class _KernelWalk(_LayerWalk):
    """A walk over what a container of root writes: its processes may make such names and attributes of users, and the
    kernel shows them as any others."""

    _opaque = frozenset({"trusted.overlay.opaque"})

    def _hides_by_name(self, path: str) -> bool:
        return False


class _OpenFile:
    """A LayerFile in a directory, opened when something of it is wanted."""

    def __init__(self, name: str, directory: int) -> None:
        self._name = name
        self._directory = directory
        self._descriptor = -1

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    @property
    def mode(self) -> int:
        return self._status().st_mode & 0o7777

    @property
    def stat(self) -> Stat:
        status = self._status()
        return Stat(status.st_size, status.st_uid, status.st_gid, self.capabilities)

    @property
    def capabilities(self) -> bytes:
        self._status()
        return _capabilities(self._descriptor)

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
            self._descriptor = os.open(self._name, _FILE, dir_fd=self._directory)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file any more")
        return status


class _StatedDirectory:
    """What a directory states of itself."""

    capabilities = b""

    def __init__(self, status: os.stat_result) -> None:
        self.mode = status.st_mode & 0o7777
        self.stat = Stat(0, status.st_uid, status.st_gid, is_directory=True)


def _capabilities(descriptor: int) -> bytes:
    """The file capabilities; none where the file system has none."""
    try:
        return os.getxattr(descriptor, "security.capability")
    except OSError:
        return b""


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _text(path: str) -> str:
    """Names that are not UTF-8 in the form in which tar paths carry them too."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")
