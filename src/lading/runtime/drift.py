"""How a container differs from its image: packages by what both lists say, and which processes that concerns. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from lading.inventory.usage import owned_by
from lading.model.package import Package
from lading.model.runtime import ChangedFile, ChangedPackage, Drift
from lading.runtime.sight import Sight
from lading.runtime.upper import Written

_Name = tuple[str, str, str]


def drift_of(written: Written, image: Sequence[Package], now: Sequence[Package], sight: Sight) -> Drift:
    """What differs: `image` are the packages of the image, `now` those of the container."""
    return Drift(
        tuple(_with_running(_with_packages(written.files, image, now), sight)),
        changed_packages(image, now, sight),
        written.touched,
        written.more,
    )


def changed_packages(image: Sequence[Package], now: Sequence[Package], sight: Sight) -> tuple[ChangedPackage, ...]:
    """The packages of which one list has versions that the other has not, sorted."""
    before, after = _versions(image), _versions(now)
    still = _going_on(image, sight)
    found = []
    for name in sorted(before.keys() | after.keys()):
        gone = sorted(before.get(name, set()) - after.get(name, set()))
        come = sorted(after.get(name, set()) - before.get(name, set()))
        kind, text, _ = name
        for number in range(max(len(gone), len(come))):
            was = gone[number] if number < len(gone) else ""
            is_now = come[number] if number < len(come) else ""
            pids = still.get((*name, was), ()) if was else ()
            found.append(ChangedPackage(kind, text, was, is_now, tuple(sorted(pids))))
    return tuple(dict.fromkeys(found))


def _versions(packages: Iterable[Package]) -> Mapping[_Name, set[str]]:
    found: defaultdict[_Name, set[str]] = defaultdict(set)
    for one in packages:
        if not one.removed:
            found[one.type, one.name, one.arch].add(one.version)
    return found


def _going_on(image: Sequence[Package], sight: Sight) -> Mapping[tuple[str, str, str, str], set[int]]:
    """The processes that have files of the image's packages which are no longer where they were."""
    found: defaultdict[tuple[str, str, str, str], set[int]] = defaultdict(set)
    deleted = {
        (file.path, process.pid)
        for process in sight.processes
        if process.loaded is not None
        for file in (*process.loaded.mapped, *([process.loaded.program] if process.loaded.program else []))
        if file.deleted
    }
    if not deleted:
        return found
    owners = owned_by(image, {path for path, _ in deleted})
    for path, pid in deleted:
        for one in owners[path]:
            found[one.type, one.name, one.arch, one.version].add(pid)
    return found


def _with_packages(
    files: Sequence[ChangedFile], image: Sequence[Package], now: Sequence[Package]
) -> Iterable[ChangedFile]:
    paths = {one.path for one in files}
    theirs, before = owned_by(now, paths), owned_by(image, paths)
    for one in files:
        names = [package.name for package in theirs[one.path] or before[one.path]]
        yield structs.replace(one, package=min(names)) if names else one


def _with_running(files: Iterable[ChangedFile], sight: Sight) -> Iterable[ChangedFile]:
    """The files, with the processes that have them loaded as they are now; those removed, with those that go on with
    them."""
    running: defaultdict[tuple[str, bool], set[int]] = defaultdict(set)
    for process in sight.processes:
        loaded = process.loaded
        for file in (*loaded.mapped, *([loaded.program] if loaded.program else [])) if loaded is not None else ():
            running[file.path, file.deleted].add(process.pid)
    for one in files:
        pids = running.get((one.path, one.change == "removed"), set())
        yield structs.replace(one, running=tuple(sorted(pids))) if pids else one
