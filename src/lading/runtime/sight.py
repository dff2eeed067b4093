"""What of the processes of containers can be seen from here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.model.runtime import Container, Process
from lading.runtime.memory import names_in_memory
from lading.runtime.proc import PROC, FileUse, Loaded, ProcessDirectory, ProcessStatus, pids

_CAPABILITIES: Final = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
)  # fmt: skip
"""By number (include/uapi/linux/capability.h)."""


class SeenProcess(Struct, frozen=True):
    """A process of a container. `loaded` is None where that may not be seen; `modules` are those whose names an
    interpreter has in memory, `unread` the bytes of that which were not read; `arguments` are the files that it was
    started with by name. Of both it is what the names lead to."""

    pid: int
    status: ProcessStatus
    loaded: Loaded | None = None
    modules: tuple[FileUse, ...] = ()
    arguments: tuple[FileUse, ...] = ()
    unread: int = 0


class Sight(Struct, frozen=True):
    """The processes of one container, and sentences on what of them could not be seen."""

    processes: tuple[SeenProcess, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything was seen."""
        return bool(self.processes) and not self.unseen


def look(containers: Sequence[Container], proc: str = PROC) -> dict[str, Sight]:
    """What there is to see of each of the containers, by its ID."""
    members = _members(containers, proc)
    return {one.id: _see(one, members[one.id], proc) for one in containers}


def running_ids(proc: str = PROC) -> dict[str, tuple[int, ...]]:
    """The processes that are in a control group which is named like a container, by that name: what runs, whether or
    not an engine tells of it."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for pid in _pids(proc):
        for id in _container_ids(pid, proc):
            found[id].append(pid)
    return {id: tuple(numbers) for id, numbers in found.items()}


def hidden_containers(known: Collection[str], proc: str = PROC) -> tuple[tuple[str, str], ...]:
    """The IDs of containers that run and are not among the known ones, each with a sentence on it; those that only hold
    the namespaces of a pod left out."""
    found = []
    for id, members in sorted(running_ids(proc).items()):
        names = sorted({name for pid in members if (name := _name(pid, proc))} - _INFRA)
        if id not in known and names:
            why = f"it runs here ({', '.join(names[:_FEW])}), and no engine that may be asked tells of it"
            found.append((id, why))
    return tuple(found)


def _name(pid: int, proc: str) -> str:
    try:
        with ProcessDirectory(pid, proc) as process:
            return process.status().name
    except OSError:
        return ""


_FEW: Final = 5
_INFRA: Final = frozenset({"catatonit", "conmon", "conmonrs", "pause"})
"""Programs that engines put into control groups of containers themselves."""


def capabilities_of(bits: int) -> tuple[str, ...]:
    """The names of capabilities, sorted; those of no name by their numbers."""
    names = (_CAPABILITIES[n] if n < len(_CAPABILITIES) else str(n) for n in range(64) if bits >> n & 1)
    return tuple(sorted(names))


def process_of(one: SeenProcess) -> Process:
    """A process as reports have it."""
    loaded = one.loaded
    program = loaded.program if loaded is not None else None
    return Process(
        one.pid,
        one.status.name,
        one.status.user,
        program.path if program is not None else "",
        deleted=program is not None and program.deleted,
        unseen=loaded is None,
    )


def _members(containers: Sequence[Container], proc: str) -> Mapping[str, set[int]]:
    """The processes of each container: those in its control group, and those that see its files as the first does,
    which control groups need not tell."""
    by_group = running_ids(proc)
    namespaces = {_namespace(one.pid, proc): one.id for one in containers if one.pid and _is_of(one, proc)}
    namespaces = {name: id for name, id in namespaces.items() if name and name != _namespace("self", proc)}
    members: dict[str, set[int]] = {one.id: set(by_group.get(one.id, ())) for one in containers}
    for pid in _pids(proc) if namespaces else ():
        id = namespaces.get(_namespace(pid, proc), "")
        if id:
            members[id].add(pid)
    return members


def _is_of(container: Container, proc: str) -> bool:
    """Whether the number of its first process is still that: another may have it once the container has ended."""
    ids = set(_container_ids(container.pid, proc))
    return not ids or container.id in ids


def _see(container: Container, members: Iterable[int], proc: str) -> Sight:
    if not container.pid:
        return Sight(unseen=("its processes are not on this host, or their numbers are not known",))
    found = [one for pid in sorted(members) if (one := see_process(pid, proc)) is not None]
    if not found:
        return Sight(unseen=("it has no process that could be seen: it has ended, or another user may see them",))
    hidden = sum(one.loaded is None for one in found)
    unread = sum(one.unread for one in found)
    unseen = []
    if hidden:
        unseen.append(f"what {_count(hidden, len(found))} have loaded may only be seen by root or their own user")
    if unread:
        unseen.append(f"{unread:,} bytes of the memory of interpreters were not read")
    return Sight(tuple(found), tuple(unseen))


def _count(part: int, whole: int) -> str:
    return f"{part:,} of its {whole:,} processes"


def see_process(pid: int, proc: str = PROC) -> SeenProcess | None:
    """A process, None for one that has ended."""
    try:
        with ProcessDirectory(pid, proc) as process:
            status = process.status()
            try:
                loaded = process.loaded()
            except PermissionError:
                return SeenProcess(pid, status)
            if loaded.program is None and not loaded.mapped:
                return None  # it has ended, and its parent has not asked yet
            try:
                named = names_in_memory(process, loaded)
            except PermissionError:
                return SeenProcess(pid, status, loaded, unread=sum(one.end - one.start for one in loaded.areas))
            words = arguments_of(loaded.arguments, loaded.directory)
            modules, arguments = _resolved(process, named.paths), _resolved(process, words)
            return SeenProcess(pid, status, loaded, modules, arguments, named.unread)
    except OSError:
        return None


def _resolved(process: ProcessDirectory, paths: Iterable[str]) -> tuple[FileUse, ...]:
    """Files by names that may lead through links, as the process would follow them."""
    try:
        with process.root() as root:
            return tuple(FileUse(path) for path in sorted({root.resolve(one) for one in paths}))
    except OSError:
        return tuple(map(FileUse, paths))


def arguments_of(words: Sequence[str], directory: str) -> Iterator[str]:
    """The words of a command line that may be files, as paths; those that are relative, from a directory."""
    for word in words[:_MOST_WORDS]:
        if word.startswith("/"):
            yield word
        elif "/" in word or "." in word:
            yield f"{directory}/{word}"


_MOST_WORDS: Final = 200


def _pids(proc: str) -> tuple[int, ...]:
    try:
        return pids(proc)
    except OSError:
        return ()


def _container_ids(pid: int, proc: str) -> Iterator[str]:
    try:
        with ProcessDirectory(pid, proc) as process:
            yield from sorted(process.container_ids())
    except OSError:
        return


def _namespace(pid: int | str, proc: str) -> str:
    try:
        return str(Path(proc, str(pid), "ns/mnt").readlink())
    except OSError:
        return ""
