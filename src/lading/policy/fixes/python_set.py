"""What pip makes of an environment when some of its packages are moved.

What is installed stays where it will do; of the rest the newest version is taken that all who ask for it accept, and
nothing goes (pip.pypa.io, "pip install", only-if-needed).
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lading.model.names import advisory_name
from lading.model.package import Package
from lading.model.published import Need, PackageRegistries, Runtime
from lading.policy.fixes.choice import at_version
from lading.policy.fixes.outcome import Change, Move, Outcome, Refusal, new_package, without_needs
from lading.policy.fixes.picking import picked
from lading.versions.constraints import satisfies
from lading.versions.early import is_prerelease

_MOST: Final = 5_000
"""Needs that one plan looks into."""


def python_outcome(
    packages: Sequence[Package], moves: Iterable[Move], registries: PackageRegistries, runtime: Runtime
) -> Outcome:
    """What changes among the packages of one environment. Raises LadingError as the registries do."""
    return _Set(packages, registries, runtime).outcome(list(moves))


class _Set:
    def __init__(self, packages: Sequence[Package], registries: PackageRegistries, runtime: Runtime) -> None:
        self._registries = registries
        self._runtime = runtime
        self._installed = {advisory_name("pypi", one.name): one for one in packages}
        self._versions: dict[str, str] = {}
        self._by: dict[str, Package] = {}
        self._asked: defaultdict[str, list[str]] = defaultdict(list)
        self._waiting: deque[tuple[str, tuple[str, ...]]] = deque()
        self._unknown: set[str] = set()
        self._moved: dict[str, Package] = {}
        self._refusals: list[Refusal] = []

    def outcome(self, moves: Sequence[Move]) -> Outcome:
        """What has changed once all moves are done, which pip does at once."""
        for one in moves:
            name = advisory_name("pypi", one.package.name)
            self._versions[name] = self._named(name, one.version)
            self._by[name] = self._moved[name] = one.package
            self._waiting.append((name, ()))
        looked = 0
        while self._waiting and (looked := looked + 1) < _MOST:
            self._visit(*self._waiting.popleft())
        changes = []
        for name, version in sorted(self._versions.items()):
            before, by = self._installed.get(name), self._by[name]
            if before is None:
                changes.append(Change(by.id, None, (new_package(by, name, version),)))
            elif before.version != version:
                changes.append(Change(by.id, before, (without_needs(at_version(before, version)),)))
        refusals = (*self._refusals, *(one for change in changes for one in self._broken(change)))
        return Outcome(tuple(changes), frozenset(self._unknown), refusals)

    def _broken(self, change: Change) -> Iterator[Refusal]:
        """The moves for whose sake a package no longer has what it needs: pip does not look at what it leaves alone."""
        before = change.before
        for one in self._installed.values() if before is not None else ():
            constraint = one.constraints.get(before.id, "") if before is not None else ""
            if before is None or not constraint or advisory_name("pypi", one.name) in self._versions:
                continue
            after = satisfies("pypi", change.after[0].version, constraint)
            if after is False and satisfies("pypi", before.version, constraint):
                moved = self._versions[advisory_name("pypi", self._by[advisory_name("pypi", before.name)].name)]
                why = f"{one.name} {one.version} requires {before.name} {constraint}"
                yield Refusal(change.by, f"!={moved}", why)

    def _named(self, name: str, version: str) -> str:
        """What comes before a release is asked for with all that follows it."""
        listing = self._registries.published("pypi", name, self._runtime) if is_prerelease(version) else None
        return (picked("pypi", listing, f">={version}") if listing is not None else "") or version

    def _visit(self, name: str, extras: tuple[str, ...]) -> None:
        by = self._by[name]
        needs = self._registries.needs("pypi", name, self._versions[name], self._runtime, extras)
        if needs is None:
            self._unknown.add(by.id)
        for need in needs or ():
            self._meet(need, by, f"{name} {self._versions[name]}")

    def _meet(self, need: Need, by: Package, asker: str) -> None:
        name = need.name
        self._asked[name].append(need.constraint)
        before = self._installed.get(name)
        there = self._versions.get(name) or (before.version if before is not None else "")
        if there and satisfies("pypi", there, need.constraint) is not False:
            if need.extras and name not in self._versions:
                self._versions[name], self._by[name] = there, by
                self._waiting.append((name, need.extras))
            return
        if name in self._moved:
            why = f"{asker} requires {need.constraint}"
            self._refusals.append(Refusal(self._moved[name].id, need.constraint, why))
            return
        listing = self._registries.published("pypi", name, self._runtime)
        version = picked("pypi", listing, *self._asked[name]) if listing is not None else ""
        if not version:
            self._unknown.add(by.id)  # nobody has it, or what is asked for contradicts itself
            return
        self._versions[name] = version
        self._by.setdefault(name, by)
        self._waiting.append((name, need.extras))
