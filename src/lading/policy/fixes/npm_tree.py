"""What npm makes of a tree of packages when some of them are moved.

Who needs a package takes one that is there and will do, before npm asks its registry; what nobody needs any more goes
(docs.npmjs.com, "npm install", "npm update").
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final

from lading.model.package import Package
from lading.model.properties import is_root
from lading.model.published import Need, PackageRegistries, Runtime
from lading.policy.fixes.choice import at_version
from lading.policy.fixes.outcome import Change, Move, Outcome, new_package, without_needs
from lading.policy.fixes.picking import picked
from lading.versions.constraints import satisfies

_MOST: Final = 5_000
"""Packages that one plan looks into."""
_TOP: Final = 1
"""How many `node_modules` the path of a package has that everything in an application sees."""


def npm_outcome(
    packages: Sequence[Package], moves: Iterable[Move], registries: PackageRegistries, runtime: Runtime
) -> Outcome:
    """What changes in the tree. Raises LadingError as the registries do."""
    tree = _Tree(packages, registries, runtime)
    for move in sorted(moves, key=lambda one: (one.newest, one.package.name)):
        tree.move(move)
    return tree.outcome()


class _Tree:
    """Packages by their IDs; `_edges` are those that each needs, with the versions that it accepts."""

    def __init__(self, packages: Sequence[Package], registries: PackageRegistries, runtime: Runtime) -> None:
        self._registries = registries
        self._runtime = runtime
        self._before = {one.id: one for one in packages if one.type == "npm" and one.evidence == "installed"}
        self._nodes = dict(self._before)
        self._edges = {
            id: {other: one.constraints.get(other, "") for other in one.depends_on if other in self._nodes}
            for id, one in self._nodes.items()
        }
        needed = {other for edges in self._edges.values() for other in edges}
        self._roots = {id for id, one in self._nodes.items() if is_root(one) or id not in needed}
        self._top = {one.name: id for id, one in self._nodes.items() if _is_top(one)}
        self._by: dict[str, str] = {}
        self._in_place: defaultdict[str, list[str]] = defaultdict(list)
        self._leaving: set[str] = set()
        self._waiting: deque[tuple[str, str, str]] = deque()
        self._unknown: set[str] = set()

    def move(self, move: Move) -> None:
        """Carries out one move, with all that it brings."""
        package = move.package
        if package.id not in self._nodes:
            return  # an earlier move has taken it away
        asking = self._asking(package.id)
        versions: defaultdict[str, list[str]] = defaultdict(list)
        for one in asking:
            accepted = self._edges[one][package.id]
            versions[(self._pick(package.name, accepted) if move.newest else "") or move.version].append(one)
        for version, who in versions.items() if asking else [(move.version, [])]:
            if version != package.version:
                constraint = None if move.newest else f"^{version}"
                self._put(package, version, who, package.id, constraint)
        self._settle()

    def outcome(self) -> Outcome:
        """What has changed."""
        there = self._reachable()
        changes, new = [], {id for id in there if id not in self._before}
        for id, one in self._before.items():
            if id not in there:
                after = tuple(self._nodes[other] for other in self._in_place[id] if other in there)
                new -= {other.id for other in after}
                changes.append(Change(self._mover(id), one, after))
        changes += [Change(self._by[id], None, (self._nodes[id],)) for id in sorted(new)]
        return Outcome(tuple(changes), frozenset(self._unknown))

    def _asking(self, id: str) -> list[str]:
        return [one for one, edges in self._edges.items() if id in edges and one not in self._leaving]

    def _pick(self, name: str, *constraints: str) -> str:
        listing = self._registries.published("npm", name, self._runtime)
        return picked("npm", listing, *constraints) if listing is not None else ""

    def _put(self, old: Package, version: str, who: Iterable[str], by: str, constraint: str | None = None) -> str:
        """Puts a version of a package in the place of another one, for those who asked for that."""
        new = without_needs(at_version(old, version))
        if new.id not in self._nodes:
            self._nodes[new.id], self._edges[new.id] = new, {}
            self._waiting.append((new.id, old.id, by))
        self._by.setdefault(new.id, by)
        self._by.setdefault(old.id, by)
        for one in who:
            accepted = self._edges[one].pop(old.id, "")
            self._edges[one][new.id] = accepted if constraint is None else constraint
        if new.id not in self._in_place[old.id]:
            self._in_place[old.id].append(new.id)
        if not self._asking(old.id):
            self._leaving.add(old.id)
            if self._top.get(old.name) == old.id:
                self._top[old.name] = new.id
        return new.id

    def _settle(self) -> None:
        while self._waiting and len(self._nodes) < _MOST:
            id, old, by = self._waiting.popleft()
            package = self._nodes[id]
            needs = self._registries.needs("npm", package.name, package.version, self._runtime)
            former = {self._nodes[one].name: one for one in self._edges.get(old, {})}
            if needs is None:
                self._unknown.add(by)
                self._edges[id] = dict(self._edges.get(old, {}))
                continue
            for need in needs:
                if other := self._meet(package, need, former.get(need.name, ""), by):
                    self._edges[id][other] = need.constraint

    def _meet(self, package: Package, need: Need, former: str, by: str) -> str:
        """The ID of what meets a need: what is there and will do, else what the registry has."""
        there = [one for one in (former, self._top.get(need.name, "")) if one in self._nodes]
        for one in there:
            if satisfies("npm", self._nodes[one].version, need.constraint):
                return one
        version = self._pick(need.name, need.constraint)
        if not version:
            return ""
        if there:
            return self._beside(self._nodes[there[-1]], version, by)
        new = new_package(package, need.name, version)
        if new.id not in self._nodes:
            self._nodes[new.id], self._edges[new.id] = new, {}
            self._by[new.id] = by
            self._waiting.append((new.id, new.id, by))
        self._top.setdefault(need.name, new.id)
        return new.id

    def _beside(self, old: Package, version: str, by: str) -> str:
        """In the place of what is there where all who need that accept it, otherwise beside it."""
        who = self._asking(old.id)
        fits = all(satisfies("npm", version, self._edges[one][old.id]) is not False for one in who)
        return self._put(old, version, who if fits else (), by)

    def _mover(self, id: str) -> str:
        """The moved package by which one goes: of those who needed it, directly or not, the nearest."""
        waiting, seen = deque([id]), {id}
        while waiting:
            one = waiting.popleft()
            if one in self._by:
                return self._by[one]
            above = [other for other, package in self._before.items() if one in package.depends_on]
            waiting += [other for other in above if other not in seen]
            seen.update(above)
        return id

    def _reachable(self) -> set[str]:
        replaced = {other for id in self._roots for other in self._in_place[id] if id in self._leaving}
        seen, waiting = set[str](), list((self._roots - self._leaving) | replaced)
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self._edges.get(one, ())
        return seen


def _is_top(package: Package) -> bool:
    return any(one.path.count("node_modules/") == _TOP for one in package.locations)
