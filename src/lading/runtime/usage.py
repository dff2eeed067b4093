"""Which packages of a container its processes use. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from lading.inventory.usage import Used, mark_used
from lading.model.package import Package, UseEvidence
from lading.runtime.proc import FileUse
from lading.runtime.sight import SeenProcess, Sight


def with_usage(packages: Sequence[Package], sight: Sight, mounts: Iterable[str] = ()) -> tuple[Package, ...]:
    """The packages, each with what is known of its use. What lies below `mounts` is none of the image's files."""
    over = tuple(one.strip("/") + "/" for one in mounts if one.strip("/"))
    used = [one for one in uses_of(sight.processes) if not f"{one.path}/".startswith(over)]
    return mark_used(packages, used, whole=sight.is_whole)


def uses_of(processes: Iterable[SeenProcess]) -> Iterator[Used]:
    """The files that processes have, also those that have been replaced since: a process that goes on with a package's
    old file uses that package."""
    for process in processes:
        loaded = process.loaded
        if loaded is None:
            continue
        by = f"{process.status.name} ({process.pid})"
        program = [loaded.program] if loaded.program is not None else []
        found: dict[UseEvidence, Iterable[FileUse]] = {
            "mapped": [*program, *loaded.mapped],
            "open": loaded.open,
            "argument": process.arguments,
            "memory": process.modules,
        }
        for evidence, files in found.items():
            yield from (Used(evidence, one.path, by) for one in files)
