"""Which packages own files that are used. Pure.

A file of a package that is used makes the package used. One whose files are known and of which none is used is not,
where all that is used is known; of one whose files are not known, nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from msgspec import Struct, structs

from lading.model.package import DISTRIBUTED, INTO, Package, Usage, UseEvidence

_FEW: Final = 5
_MERGED: Final = ("bin", "lib", "lib32", "lib64", "libo32", "libx32", "sbin")
"""Directories of the root that are links into `usr` where that is merged (file-hierarchy(7))."""
_EVIDENCE: Final[tuple[UseEvidence, ...]] = get_args(UseEvidence)
"""The strongest first."""


class Used(Struct, frozen=True, order=True):
    """A file that is used, how, and by which program."""

    evidence: UseEvidence
    path: str
    by: str


def mark_used(packages: Sequence[Package], used: Iterable[Used], *, whole: bool) -> tuple[Package, ...]:
    """The packages, each with what is known of its use, where these files are used; and no others where they are the
    `whole`."""
    owners = _Owners(packages)
    uses: defaultdict[int, set[Used]] = defaultdict(set)
    for one in used:
        for number in owners.of(one.path):
            uses[number].add(one)
    return tuple(
        structs.replace(package, usage=_usage(package, sorted(uses[number], key=_order), whole=whole))
        for number, package in enumerate(packages)
    )


def owned_by(packages: Sequence[Package], paths: Iterable[str]) -> dict[str, tuple[Package, ...]]:
    """By path, the packages that have it."""
    owners = _Owners(packages)
    return {path: tuple(packages[number] for number in sorted(owners.of(path))) for path in paths}


class _Owners:
    """The packages that own paths."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self._files: defaultdict[str, list[int]] = defaultdict(list)
        self._directories: defaultdict[str, list[int]] = defaultdict(list)
        self._above: set[str] = set()
        for number, package in enumerate(packages):
            if package.removed or package.evidence == "declared":
                continue
            for path in files_of(package):
                name = _unmerged(path)
                known = self._directories if path.endswith("/") else self._files
                known[name].append(number)
                self._above.add(name.rstrip("/").rpartition("/")[0])

    def of(self, path: str) -> set[int]:
        """The packages that list a path, and those that own the nearest directory above it."""
        path = _unmerged(path)
        if path in self._above:
            return set()  # many packages list a directory, and who has it open uses none of them
        found = set(self._files.get(path, ()))
        end = path.rfind("/")
        while end > 0:
            below = self._directories.get(path[: end + 1])
            if below is not None:
                return found.union(below)
            end = path.rfind("/", 0, end)
        return found


def files_of(package: Package) -> Iterator[str]:
    """The files of a package, as far as they are known, and with them the archive or program that it lies in."""
    yield from package.files
    if package.type not in DISTRIBUTED:
        yield from (one.path.partition(INTO)[0] for one in package.locations)


def is_known(package: Package) -> bool:
    """Whether the files of a package are known well enough to say that none is used."""
    if package.removed or package.evidence in ("declared", "sbom"):
        return False
    return bool(package.files) or package.evidence in ("binary", "static") or INTO in _place(package)


def _place(package: Package) -> str:
    path = package.locations[0].path if package.locations else ""
    return f"{path}{INTO}" if path.endswith((".jar", ".war", ".ear")) else path


def _usage(package: Package, uses: Sequence[Used], *, whole: bool) -> Usage | None:
    if not uses:
        return Usage(in_use=False) if whole and is_known(package) else None
    paths = tuple(dict.fromkeys(one.path for one in uses))[:_FEW]
    return Usage(True, uses[0].evidence, paths, tuple(dict.fromkeys(one.by for one in uses))[:_FEW])


def _order(one: Used) -> tuple[int, str, str]:
    return _EVIDENCE.index(one.evidence), one.path, one.by


def _unmerged(path: str) -> str:
    """A path as it is without merged directories, so that both ways to write it are one."""
    if path.startswith("usr/"):
        rest = path[4:]
        if rest.partition("/")[0] in _MERGED:
            return rest
    return path
