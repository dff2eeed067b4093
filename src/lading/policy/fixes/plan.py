"""The plan: choices put together to steps, and why the rest stays."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.model.finding import Finding
from lading.model.fixes import Stay, StayReason, Step, Upgrade
from lading.model.package import DISTRIBUTED, Package
from lading.model.properties import bundled_in, is_root
from lading.model.report import Target
from lading.model.rows import Row, rows_of
from lading.policy.fixes.choice import Choice, MatchVersions, can_be_moved, choose, holders_of, matched_versions
from lading.policy.fixes.conda import CondaRecords
from lading.policy.fixes.managers import Move, Place, is_in_image, is_safe, lines_of, places_of, system_manager
from lading.versions.constraints import satisfies

_NOT_PLANNED: Final = frozenset({"bundled", "informational", "kernel_headers", "no_code"})


def planned_rows(target: Target) -> list[Row]:
    """The rows that a plan is about: not those in what has no code, and not those in copies that only go with what they
    are copies in."""
    return [row for row in rows_of(target.findings) if row.hidden_reason not in _NOT_PLANNED]


def plan_fixes(target: Target, match: MatchVersions) -> tuple[tuple[Step, ...], tuple[Stay, ...], dict[str, str]]:
    """The steps that clear what can be cleared of the rows that count, what stays, and the versions that packages are
    moved to, by their IDs."""
    rows = planned_rows(target)
    planner = _Planner(target, rows)
    choices = planner.choices(match)
    by_id = {one.package.id: one for one in choices}
    moved = {id: one for id, one in by_id.items() if is_safe(one.version) and not planner.reason(one.package)}
    stays = [stay for row in rows if (stay := _stay(row, moved, by_id, planner))]
    steps = sorted(
        planner.steps(moved.values()), key=lambda one: (not one.in_image, -one.clears, one.manager, one.where)
    )
    return tuple(steps), tuple(stays), {id: one.version for id, one in moved.items()}


class _Planner:
    def __init__(self, target: Target, rows: Sequence[Row]) -> None:
        self._target = target
        self._rows = rows
        self._by_id = {one.id: one for one in target.packages}
        self._needed_by: defaultdict[str, list[str]] = defaultdict(list)
        for one in target.packages:
            for needed in one.depends_on:
                self._needed_by[needed].append(one.id)
        self._installed = {_key(one): one for one in target.packages if one.evidence != "declared"}
        self._roots = [one for one in target.packages if is_root(one)]
        self._managers: dict[str, str] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._conda = CondaRecords(target.packages, (one.path for one in target.unmanaged))

    def places(self, package: Package) -> tuple[Place, ...]:
        """Who moves a package, wherever it is installed."""
        if package.id not in self._places:
            twin = self._twin(package)
            self._places[package.id] = places_of(self._by_id.get(twin.id, twin), self._system, self._conda)
        return self._places[package.id]

    def reason(self, package: Package) -> str:
        """Why a package cannot be moved in one of its places, and so stays; empty otherwise."""
        return next((one.reason for one in self.places(package) if one.reason), "")

    def _twin(self, package: Package) -> Package:
        """The installed package that a lock file asks for; what moves that, writes the lock file anew."""
        return self._installed.get(_key(package), package) if package.evidence == "declared" else package

    def _system(self, kind: str) -> str:
        if kind not in self._managers:
            self._managers[kind] = system_manager(kind, self._target.packages)
        return self._managers[kind]

    def choices(self, match: MatchVersions) -> list[Choice]:
        """The best version of each package that can be moved."""
        before: defaultdict[str, set[str]] = defaultdict(set)
        for finding in (finding for row in self._rows for finding in row.findings):
            if finding.status == "affected":
                before[finding.package.id].add(finding.id)
        holders = holders_of(self._target.packages)
        findings = [finding for row in self._rows for finding in row.findings]
        made = {
            package.id: choose(package, versions, frozenset(before[package.id]), holders)
            for package, versions in matched_versions((one for one in findings if self._is_own(one.package)), match)
        }
        twins = {one.package.id: one.package for one in findings if not self._is_own(one.package)}
        copied = [
            structs.replace(made[twin.id], package=package)
            for package in twins.values()
            if (twin := self._twin(package)).id in made
        ]
        return [*made.values(), *copied]

    def _is_own(self, package: Package) -> bool:
        return self._twin(package) is package

    def steps(self, choices: Iterable[Choice]) -> Iterable[Step]:
        """One step for each manager and place."""
        groups: defaultdict[tuple[str, str, str, str], list[tuple[Choice, str]]] = defaultdict(list)
        for one in choices:
            for place in self.places(one.package):
                kind = one.package.type if place.manager != "conda" else ""
                name = place.name or one.package.name
                groups[place.manager, place.where, kind, place.program].append((one, name))
        for (manager, where, kind, program), members in sorted(groups.items()):
            moves = sorted({Move(name, one.version, self._asks_otherwise(one)) for one, name in members})
            lines = lines_of(manager, where, kind, moves, program)
            upgrades = self._upgrades(one for one, _ in members)
            yield Step(manager, where, is_in_image(manager), lines, tuple(upgrades))

    def _asks_otherwise(self, choice: Choice) -> bool:
        """Whether the application asks for another version than the one chosen."""
        package = self._twin(choice.package)
        stated = (one.constraints.get(package.id) for one in self._roots)
        return any(one is not None and satisfies(package.type, choice.version, one) is False for one in stated)

    def _upgrades(self, choices: Iterable[Choice]) -> list[Upgrade]:
        sources: defaultdict[tuple[str, str, str], list[Choice]] = defaultdict(list)
        for one in choices:
            package = one.package
            name = package.source or package.name if package.type in DISTRIBUTED else package.name
            sources[name, package.version, one.version].append(one)
        made = [self._upgrade(name, members) for (name, _, _), members in sources.items()]
        return sorted(made, key=lambda one: (-len(one.clears), one.name, one.version))

    def _upgrade(self, name: str, choices: Sequence[Choice]) -> Upgrade:
        package, image = choices[0].package, self._target.image
        return Upgrade(
            type=package.type,
            name=name,
            packages=tuple(sorted({one.package.name for one in choices})),
            version=package.version,
            fixed_version=choices[0].version,
            clears=tuple(sorted(frozenset[str]().union(*(one.clears for one in choices)))),
            brings=tuple(sorted(frozenset[str]().union(*(one.brings for one in choices)))),
            brought_by=self._brought_by(package) if package.type not in DISTRIBUTED else (),
            base=all(image.is_base(one.package.layer) for one in choices),
        )

    def may_go_with(self, package: Package, moved: Mapping[str, Choice]) -> str:
        """The upgrade of the package that this one is a copy in, or of the nearest one that needs it; empty without."""
        if package.type in DISTRIBUTED:
            return ""
        host = bundled_in(package)
        above = next((one for one in moved.values() if host and one.package.name == host), None)
        seen, waiting = {package.id}, deque([package.id])
        while waiting and above is None:
            for id in self._needed_by.get(waiting.popleft(), ()):
                above = above or moved.get(id)
                if id not in seen:
                    seen.add(id)
                    waiting.append(id)
        return f"{above.package.name} {above.version}" if above is not None else ""

    def _brought_by(self, package: Package) -> tuple[str, ...]:
        """What the application asked for and needs the package, directly or not."""
        start = self._by_id.get(package.id, package)
        if start.relationship == "direct":
            return ()
        seen, waiting, found = {start.id}, [start.id], set()
        while waiting:
            for above in self._needed_by.get(waiting.pop(), ()):
                if above not in seen:
                    seen.add(above)
                    one = self._by_id[above]
                    if one.relationship == "direct" or not self._needed_by.get(above):
                        found.add(f"{one.name} {one.version}")
                    else:
                        waiting.append(above)
        return tuple(sorted(found))


def _key(package: Package) -> tuple[str, str, str]:
    return package.type, package.name, package.version


def _stay(row: Row, moved: Mapping[str, Choice], choices: Mapping[str, Choice], planner: _Planner) -> Stay | None:
    """Why a row stays: for the worst of those of its packages that keep it; None where all are moved."""
    for finding in (row.finding, *row.findings):
        choice = moved.get(finding.package.id)
        if choice is None or finding.id not in choice.clears:
            reason, kept, detail = _why(finding, choices.get(finding.package.id), planner)
            return Stay(reason, kept, detail, planner.may_go_with(kept.package, moved))
    return None


def _with_what(package: Package) -> str:
    if package.evidence == "sbom" and package.locations:
        return f"listed in {package.locations[0].path}"
    if owner := bundled_in(package):
        return f"a copy that comes with {owner}"
    return f"a copy at {package.locations[0].path}" if package.locations else "a copy"


def _why(finding: Finding, choice: Choice | None, planner: _Planner) -> tuple[StayReason, Finding, str]:
    package = finding.package
    if finding.status == "under_investigation":
        return "under_investigation", finding, ""
    if not finding.fixed_version:
        reason: StayReason = "not_fixed"
        if finding.fix_state in ("wont_fix", "deferred", "minor"):
            reason = "wont_fix"
        elif finding.fix_state == "end_of_life":
            reason = "end_of_life"
        return reason, finding, finding.note
    if finding.note:
        return "needs_more", finding, finding.note
    if not can_be_moved(finding):
        return "bundled", finding, _with_what(package)
    if choice is not None and finding.id in choice.held:
        return "held", finding, choice.holder
    if why := planner.reason(package):
        return "no_manager" if package.type in DISTRIBUTED else "bundled", finding, why
    return "no_better", finding, f"{finding.fixed_version} brings as many as it clears"
