"""What the kernel tells of processes, read from /proc: which there are, what confines them, and what they have loaded.

Each process is read below one descriptor of its directory, which names that process alone: when it ends meanwhile,
reads fail, and its number may be another's without harm. Links are read and never followed. Names come from whoever
made the files, and may be anything.

Source: proc(5).
"""

import os
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from lading.runtime.roots import Root

PROC: Final = "/proc"
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_BYTES: Final = 64_000_000
_MOST_DESCRIPTORS: Final = 100_000
_MOST_PROCESSES: Final = 1_000_000
_AT_ONCE: Final = 65_536
_DELETED: Final = " (deleted)"
_CONTAINER: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MAP: Final = re.compile(rb"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)")
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")
_ESCAPED: Final = re.compile(rb"\\012")


class FileUse(Struct, frozen=True, order=True):
    """A file that a process has, by its path in the container without a leading slash. `deleted` tells that it is no
    longer at that path."""

    path: str
    deleted: bool = False


class Area(Struct, frozen=True):
    """A stretch of a process's memory that is in no file and may be written to."""

    start: int
    end: int


class ProcessStatus(Struct, frozen=True):
    """What anyone may know of a process: the user it acts as, the capabilities that it and what it starts may have (as
    a bit set), the number of its filter of system calls (0 none, 1 strict, 2 a filter), and whether it can get no new
    privileges."""

    name: str = ""
    parent: int = 0
    user: int = 0
    capabilities: int = 0
    seccomp: int = 0
    no_new_privileges: bool = False


class Loaded(Struct, frozen=True):
    """What a process has: its program, the files in its memory and those it has open, the words it was started with,
    the directory it is in, and its own memory."""

    program: FileUse | None = None
    mapped: tuple[FileUse, ...] = ()
    open: tuple[FileUse, ...] = ()
    arguments: tuple[str, ...] = ()
    directory: str = ""
    areas: tuple[Area, ...] = ()


class ProcessDirectory:
    """The directory of one process. To be closed. Its methods raise OSError: ProcessLookupError (or
    FileNotFoundError) when the process has ended, PermissionError for what may not be seen."""

    def __init__(self, pid: int, proc: str = PROC) -> None:
        self.pid = pid
        self._descriptor = os.open(f"{proc}/{pid}", _DIRECTORY)

    def __enter__(self) -> "ProcessDirectory":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def status(self) -> ProcessStatus:
        """What anyone may know."""
        return parse_status(self._read("status"))

    def container_ids(self) -> frozenset[str]:
        """The IDs of containers in the names of its control groups."""
        return frozenset(_CONTAINER.findall(text_of(self._read("cgroup"))))

    def mount_namespace(self) -> str:
        """What names its mount namespace, the same for all processes that share it."""
        return os.readlink("ns/mnt", dir_fd=self._descriptor)

    def loaded(self) -> Loaded:
        """What it has loaded."""
        mapped, areas = parse_maps(self._read("maps"))
        program = self._link("exe")
        directory = self._link("cwd")
        words = self._read("cmdline").split(b"\0")
        return Loaded(
            program,
            mapped,
            tuple(sorted(set(self._open_files()))),
            tuple(text_of(word) for word in words if word),
            directory.path if directory is not None else "",
            areas,
        )

    def root(self) -> Root:
        """The directory that is the root for it, to be closed by the caller."""
        return Root(self._descriptor, parse_mounts(self._read("mountinfo")))

    def memory(self) -> int:
        """A descriptor of its memory, to be closed by the caller."""
        return os.open("mem", _FILE, dir_fd=self._descriptor)

    def _open_files(self) -> Iterator[FileUse]:
        descriptor = os.open("fd", _DIRECTORY, dir_fd=self._descriptor)
        try:
            with os.scandir(descriptor) as entries:
                for number, entry in enumerate(entries):
                    if number >= _MOST_DESCRIPTORS:
                        return
                    used = _open_file(entry.name, descriptor)
                    if used is not None:
                        yield used
        finally:
            os.close(descriptor)

    def _link(self, name: str) -> FileUse | None:
        try:
            return used_file(os.fsencode(os.readlink(name, dir_fd=self._descriptor)))
        except FileNotFoundError:
            return None

    def _read(self, name: str) -> bytes:
        descriptor = os.open(name, _FILE, dir_fd=self._descriptor)
        try:
            pieces, size = [], 0
            while size < _MOST_BYTES and (piece := os.read(descriptor, _AT_ONCE)):
                pieces.append(piece)
                size += len(piece)
            return b"".join(pieces)
        finally:
            os.close(descriptor)


def pids(proc: str = PROC) -> tuple[int, ...]:
    """The numbers of all processes that may be seen, rising."""
    with os.scandir(proc) as entries:
        found = (int(entry.name) for entry in entries if entry.name.isdecimal() and entry.name.isascii())
        return tuple(sorted(number for number, _ in zip(found, range(_MOST_PROCESSES), strict=False)))


def parse_status(data: bytes) -> ProcessStatus:
    """What the file `status` of a process says; what it lacks has its default."""
    fields: dict[str, str] = {}
    for line in text_of(data).split("\n"):
        name, found, value = line.partition(":\t")
        if found:
            fields.setdefault(name, value.strip())
    users = fields.get("Uid", "").split()
    return ProcessStatus(
        name=fields.get("Name", ""),
        parent=_number(fields.get("PPid", "")),
        user=_number(users[1]) if len(users) > 1 else 0,
        capabilities=_number(fields.get("CapBnd", ""), 16),
        seccomp=_number(fields.get("Seccomp", "")),
        no_new_privileges=fields.get("NoNewPrivs") == "1",
    )


def parse_maps(data: bytes) -> tuple[tuple[FileUse, ...], tuple[Area, ...]]:
    """The files in the file `maps` of a process, sorted, and the stretches of its own memory."""
    files, areas = set(), []
    for line in data.split(b"\n"):
        found = _MAP.fullmatch(line)
        if found is None:
            continue
        start, end, rights, name = found.groups()
        if name.startswith(b"/"):
            used = used_file(_ESCAPED.sub(b"\n", name))
            if used is not None:
                files.add(used)
        elif rights.startswith(b"rw") and (not name or name.startswith((b"[heap", b"[anon"))):
            areas.append(Area(int(start, 16), int(end, 16)))
    return tuple(sorted(files)), tuple(areas)


def parse_mounts(data: bytes) -> frozenset[str]:
    """The paths without a leading slash at which something is mounted, the root left out, by the file `mountinfo`."""
    fields = (line.split(b" ") for line in data.split(b"\n"))
    points = (_OCTAL.sub(lambda found: bytes([int(found[1], 8) & 255]), one[4]) for one in fields if len(one) > 4)
    return frozenset(text_of(point).strip("/") for point in points) - {""}


def used_file(name: bytes) -> FileUse | None:
    """A file by its name as the kernel has it; None for what lies in no directory: pipes, sockets, shared memory."""
    text = text_of(name)
    deleted = text.endswith(_DELETED)
    path = text.removesuffix(_DELETED)
    if not path.startswith("/") or path.startswith(("/memfd:", "/SYSV", "/anon_hugepage", "/[aio]")):
        return None
    if deleted and path in ("/dev/zero", "/dev/shm"):  # noqa: S108 - shared memory without a name
        return None
    return FileUse(path.lstrip("/"), deleted)


def text_of(name: bytes) -> str:
    """A name as text, with bytes that are not UTF-8 written out, as everywhere in an inventory."""
    return name.decode("utf-8", "backslashreplace")


def _open_file(number: str, directory: int) -> FileUse | None:
    """What a descriptor is of. Nothing is asked of the file itself: whoever serves it could keep us waiting."""
    try:
        return used_file(os.fsencode(os.readlink(number, dir_fd=directory)))
    except OSError:
        return None


def _number(text: str, base: int = 10) -> int:
    try:
        return int(text[:40], base)
    except ValueError:
        return 0
