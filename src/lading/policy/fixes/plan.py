"""The plan: choices put together to steps, and why the rest stays."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.model.finding import Finding
from lading.model.fixes import Along, Stay, StayReason, Step, Upgrade
from lading.model.package import DISTRIBUTED, Package
from lading.model.properties import DEV, bundled_in, is_root
from lading.model.published import PackageRegistries
from lading.model.report import Target
from lading.model.rows import Row, rows_of
from lading.policy.fixes.asked import After, AlongMove, Followed, Follower
from lading.policy.fixes.choice import (
    Choice,
    Holders,
    MatchVersions,
    Spell,
    at_version,
    can_be_moved,
    choose,
    holders_of,
    matched_versions,
    spelled,
)
from lading.policy.fixes.conda import CondaRecords
from lading.policy.fixes.managers import Move, Place, is_in_image, is_safe, lines_of, places_of, system_manager
from lading.policy.fixes.outcome import Refusal
from lading.versions.constraints import satisfies

_NOT_PLANNED: Final = frozenset({"bundled", "informational", "kernel_headers", "no_code"})
_ROUNDS: Final = 5
"""How often moves that exclude each other are planned anew."""


def planned_rows(target: Target) -> list[Row]:
    """The rows that a plan is about: not those in what has no code, and not those in copies that only go with what they
    are copies in."""
    return [row for row in rows_of(target.findings) if row.hidden_reason not in _NOT_PLANNED]


def plan_fixes(
    target: Target, match: MatchVersions, registries: PackageRegistries | None = None
) -> tuple[tuple[Step, ...], tuple[Stay, ...], After]:
    """The steps that clear what can be cleared of the rows that count, what stays, and what the image then holds in
    place of what it holds. `registries` are asked where they are given, and raise LadingError."""
    rows = planned_rows(target)
    planner = _Planner(target, rows, match)
    followed = planner.asked(registries) if registries is not None else planner.planned()
    moved = followed.choices
    stays = [stay for row in rows if (stay := _stay(row, followed, planner))]
    steps = sorted(
        planner.steps(moved.values(), followed.along),
        key=lambda one: (not one.in_image, -one.clears, one.manager, one.where),
    )
    return tuple(steps), tuple(stays), followed.after


class _Planner:
    def __init__(self, target: Target, rows: Sequence[Row], match: MatchVersions) -> None:
        self._target = target
        self._match = match
        self._findings = [finding for row in rows for finding in row.findings]
        self._before: defaultdict[str, set[str]] = defaultdict(set)
        for finding in self._findings:
            if finding.status == "affected":
                self._before[finding.package.id].add(finding.id)
        self._holders = holders_of(target.packages)
        self.made: dict[str, Choice] = {}
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
            twin = self.twin(package)
            self._places[package.id] = places_of(self._by_id.get(twin.id, twin), self._system, self._conda)
        return self._places[package.id]

    def reason(self, package: Package) -> str:
        """Why a package cannot be moved in one of its places, and so stays; empty otherwise."""
        return next((one.reason for one in self.places(package) if one.reason), "")

    def twin(self, package: Package) -> Package:
        """The package itself, or the installed one that a lock file asks for: what moves that, writes the lock file
        anew."""
        return self._installed.get(_key(package), package) if package.evidence == "declared" else package

    def _system(self, kind: str) -> str:
        if kind not in self._managers:
            self._managers[kind] = system_manager(kind, self._target.packages)
        return self._managers[kind]

    def planned(self) -> Followed:
        """The moves, and what they do to the packages that they name."""
        moved = self._moves()
        after = {id: (at_version(one.package, one.version),) for id, one in moved.items()}
        return Followed(self._with_twins(moved), after=self._twins_after(after))

    def asked(self, registries: PackageRegistries) -> Followed:
        """The same with what registries say that the moves bring along. A move that another one excludes gives way to
        the version that this accepts. Raises LadingError as the registries do."""
        follower = Follower(self._target, self.places, self._asks_otherwise, self._before, self._match, registries)
        refused: defaultdict[str, list[Refusal]] = defaultdict(list)
        moved = self._moves(follower.spell)
        followed = follower.follow(moved)
        for _ in range(_ROUNDS):
            if not followed.refusals:
                break
            for one in followed.refusals:
                refused[one.id].append(one)
            moved = self._moves(follower.spell, refused)
            followed = follower.follow(moved)
        followed = follower.improved(followed, self._above(followed))
        for _ in range(_ROUNDS):
            made, holders = self.made, follower.holders(followed, self._holders)
            further = follower.follow({**self._moves(follower.spell, refused, holders), **_later(followed, moved)})
            if further.refusals or further.gain <= followed.gain:
                self.made = made
                break
            followed = further
        others = {
            id: (at_version(one.package, one.version),)
            for id, one in followed.choices.items()
            if id not in followed.known
        }
        after = {**others, **followed.after}
        return structs.replace(followed, choices=self._with_twins(followed.choices), after=self._twins_after(after))

    def _moves(
        self,
        spell: Spell = spelled,
        refused: Mapping[str, Sequence[Refusal]] | None = None,
        holders: Holders | None = None,
    ) -> dict[str, Choice]:
        """The best version of each package that can be moved, without those that nobody moves; `refused` are by ID
        which versions cannot be had, `holders` who needs what in place of today's."""
        self.made = {}
        own = (one for one in self._findings if self._is_own(one.package))
        for package, versions in matched_versions(own, self._match, spell):
            why = {version: _refused(package, version, (refused or {}).get(package.id, ())) for version, _ in versions}
            before = frozenset(self._before[package.id])
            choice = choose(package, [one for one in versions if not why[one[0]]], before, holders or self._holders)
            for version, after in versions:
                if why[version] and len(held := before - after - choice.clears) > len(choice.held):
                    choice = structs.replace(choice, held=held, holder=why[version])
            self.made[package.id] = choice
        return {id: one for id, one in self.made.items() if is_safe(one.version) and not self.reason(one.package)}

    def _with_twins(self, moved: Mapping[str, Choice]) -> dict[str, Choice]:
        """With what lock files ask for, which moves with what is installed."""
        found = dict(moved)
        for package in (one.package for one in self._findings if not self._is_own(one.package)):
            twin = self.twin(package).id
            for choices in (found, self.made):
                if twin in choices:
                    choices[package.id] = structs.replace(choices[twin], package=package)
        return found

    def _twins_after(self, after: Mapping[str, tuple[Package, ...]]) -> After:
        found = dict(after)
        for package in self._target.packages:
            twin = self.twin(package)
            if twin.id in after and not self._is_own(package):
                found[package.id] = tuple(at_version(package, one.version) for one in after[twin.id])
        return found

    def _above(self, followed: Followed) -> list[Package]:
        """What the application asked for and needs a package in which something stays, directly or not."""
        stays = (one.package for one in self._findings if one.package.id not in followed.choices)
        return list({above.id: above for one in stays for above in self._asked_for(one)}.values())

    def _is_own(self, package: Package) -> bool:
        return self.twin(package) is package

    def steps(self, choices: Iterable[Choice], along: Sequence[AlongMove] = ()) -> Iterable[Step]:
        """One step for each manager and place."""
        groups: defaultdict[tuple[str, str, str, str], list[tuple[Choice, str]]] = defaultdict(list)
        for one in choices:
            for place in self.places(one.package):
                kind = one.package.type if place.manager != "conda" else ""
                name = place.name or one.package.name
                groups[place.manager, place.where, kind, place.program].append((one, name))
        for (manager, where, kind, program), members in sorted(groups.items()):
            moves = sorted({Move(name, one.version, self._asks_otherwise(one)) for one, name in members})
            lines = lines_of(manager, where, kind, moves, program, develops=(manager, where) in self._developing())
            upgrades = self._upgrades((one for one, _ in members), along)
            yield Step(manager, where, is_in_image(manager), lines, tuple(upgrades))

    def _developing(self) -> set[tuple[str, str]]:
        """Managers and places with packages that only a development needs."""
        kept = (one for one in self._target.packages if one.properties.get(DEV) and one.evidence == "installed")
        return {(place.manager, place.where) for one in kept for place in self.places(one)}

    def _asks_otherwise(self, choice: Choice) -> bool:
        """Whether the application asks for another version than the one chosen."""
        package = self.twin(choice.package)
        stated = (one.constraints.get(package.id) for one in self._roots)
        return any(one is not None and satisfies(package.type, choice.version, one) is False for one in stated)

    def _upgrades(self, choices: Iterable[Choice], along: Sequence[AlongMove]) -> list[Upgrade]:
        sources: defaultdict[tuple[str, str, str], list[Choice]] = defaultdict(list)
        for one in choices:
            package = one.package
            name = package.source or package.name if package.type in DISTRIBUTED else package.name
            sources[name, package.version, one.version].append(one)
        made = [self._upgrade(name, members, along) for (name, _, _), members in sources.items()]
        return sorted(made, key=lambda one: (-one.cleared, one.name, one.version))

    def _upgrade(self, name: str, choices: Sequence[Choice], along: Sequence[AlongMove]) -> Upgrade:
        ids = {one.package.id for one in choices}
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
            along=tuple(
                sorted((_along(one) for one in along if one.by in ids), key=lambda one: (one.name, one.version))
            ),
        )

    def may_go_with(self, package: Package, followed: Followed) -> str:
        """The upgrade of the package that this one is a copy in, or of the nearest one that needs it; empty without,
        and where it is known what that brings."""
        if package.type in DISTRIBUTED:
            return ""
        moved = followed.choices
        host = bundled_in(package)
        above = next((one for one in moved.values() if host and one.package.name == host), None)
        seen, waiting = {package.id}, deque([package.id])
        while waiting and above is None:
            for id in self._needed_by.get(waiting.popleft(), ()):
                above = above or (moved.get(id) if id not in followed.known else None)
                if id not in seen:
                    seen.add(id)
                    waiting.append(id)
        return f"{above.package.name} {above.version}" if above is not None else ""

    def _brought_by(self, package: Package) -> tuple[str, ...]:
        return tuple(sorted({f"{one.name} {one.version}" for one in self._asked_for(package)}))

    def _asked_for(self, package: Package) -> list[Package]:
        """What the application asked for and needs the package, directly or not."""
        start = self._by_id.get(package.id, package)
        if start.relationship == "direct":
            return []
        seen, waiting, found = {start.id}, [start.id], list[Package]()
        while waiting:
            for above in self._needed_by.get(waiting.pop(), ()):
                if above not in seen:
                    seen.add(above)
                    one = self._by_id[above]
                    if one.relationship == "direct" or not self._needed_by.get(above):
                        found.append(one)
                    else:
                        waiting.append(above)
        return found


def _later(followed: Followed, moved: Mapping[str, Choice]) -> dict[str, Choice]:
    """The moves of what was not to be moved at first, or to another version."""
    return {id: one for id, one in followed.choices.items() if id not in moved or moved[id].version != one.version}


def _refused(package: Package, version: str, refusals: Iterable[Refusal]) -> str:
    """Why a version cannot be had; empty where it can."""
    return next((one.why for one in refusals if satisfies(package.type, version, one.constraint) is False), "")


def _along(one: AlongMove) -> Along:
    before, after = one.before, one.after
    return Along(
        name=before.name if before is not None else after[0].name,
        version=before.version if before is not None else "",
        versions=tuple(package.version for package in after),
        clears=tuple(sorted(one.clears)),
        brings=tuple(sorted(one.brings)),
    )


def _key(package: Package) -> tuple[str, str, str]:
    return package.type, package.name, package.version


def _stay(row: Row, followed: Followed, planner: _Planner) -> Stay | None:
    """Why a row stays: for the worst of those of its packages that keep it; None where all are moved."""
    for finding in (row.finding, *row.findings):
        if not followed.clears(planner.twin(finding.package).id, finding.id):
            reason, kept, detail = _why(finding, planner.made.get(finding.package.id), planner)
            return Stay(reason, kept, detail, planner.may_go_with(kept.package, followed))
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
    if choice is None:
        return "no_better", finding, f"no version from {finding.fixed_version} on is published"
    return "no_better", finding, f"{finding.fixed_version} brings as many as it clears"
