"""What the moves of a plan come to where registries of packages may be asked."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from posixpath import dirname
from typing import Final

from msgspec import Struct, structs

from lading.model.names import advisory_name
from lading.model.package import Package
from lading.model.properties import is_root
from lading.model.published import PackageRegistries
from lading.model.report import Target
from lading.policy.fixes.choice import Choice, Holders, MatchVersions, Names, spelled
from lading.policy.fixes.managers import Place, is_safe
from lading.policy.fixes.npm_tree import npm_outcome
from lading.policy.fixes.outcome import Change, Move, Outcome, Refusal
from lading.policy.fixes.picking import at_least, picked, runtime_of
from lading.policy.fixes.python_set import python_outcome
from lading.versions.constraints import satisfies

_FOLLOWED: Final[Mapping[str, str]] = {"pip": "pypi", "npm": "npm", "npm -g": "npm"}
"""Managers whose doings are known, with the types of their packages."""
_OUTCOMES: Final = {"pypi": python_outcome, "npm": npm_outcome}
_MOST_TRIED: Final = 16
"""Packages of which later versions are tried."""
_FIRST: Final = re.compile(r"\d{1,6}", re.ASCII)
_Group = tuple[str, str]
"""A manager and the place where it works."""


After = Mapping[str, tuple[Package, ...]]
"""By the IDs of packages that change what is there in their place, and by the empty one what was not there before."""


class AlongMove(Struct, frozen=True):
    """A package that no command names and that changes with the one that one moves (`by`, an ID), with the
    vulnerabilities that go and come."""

    by: str
    before: Package | None
    after: tuple[Package, ...]
    clears: Names
    brings: Names


class Followed(Struct, frozen=True):
    """What moves come to: the choices at the versions that they lead to, what changes along, and `after`. `known` are
    the IDs of moved packages of which registries say what they bring, `refusals` what makes a command fail, `gain` how
    many vulnerabilities fewer there are in what changes."""

    choices: Mapping[str, Choice]
    along: tuple[AlongMove, ...] = ()
    after: After = {}
    known: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()
    gain: int = 0

    def clears(self, package: str, vulnerability: str) -> bool:
        """Whether a vulnerability of a package, by its ID, goes."""
        if (choice := self.choices.get(package)) is not None:
            return vulnerability in choice.clears
        return any(
            vulnerability in one.clears for one in self.along if one.before is not None and one.before.id == package
        )


class Follower:
    """Follows moves through the package managers of an image. `places` tells who moves a package, `asks_otherwise`
    whether the application asks for another version than the one chosen, `before` what is open in each package."""

    def __init__(
        self,
        target: Target,
        places: Callable[[Package], tuple[Place, ...]],
        asks_otherwise: Callable[[Choice], bool],
        before: Mapping[str, set[str]],
        match: MatchVersions,
        registries: PackageRegistries,
    ) -> None:
        self._packages = target.packages
        self._places = places
        self._asks_otherwise = asks_otherwise
        self._before = before
        self._match = match
        self._registries = registries
        self._architecture = target.image.platform.architecture if target.image.platform else ""
        self._members = self._by_place()

    def spell(self, package: Package, version: str) -> str:
        """A version that a registry has: the least one from `version` on; empty where there is none."""
        if package.type not in _OUTCOMES:
            return spelled(package, version)
        runtime = runtime_of(package, self._packages, self._architecture)
        listing = self._registries.published(package.type, package.name, runtime)
        return at_least(package.type, listing, version) if listing is not None else version

    def follow(self, moved: Mapping[str, Choice]) -> Followed:
        """What the moves come to. Raises LadingError as the registries do."""
        groups: defaultdict[_Group, list[Choice]] = defaultdict(list)
        for choice in moved.values():
            for place in self._places(choice.package):
                if place.manager in _FOLLOWED:
                    groups[place.manager, place.where].append(choice)
        outcomes = [self._outcome(group, choices) for group, choices in sorted(groups.items())]
        unknown = frozenset[str]().union(*(one.unknown for one in outcomes))
        known = frozenset(one.package.id for choices in groups.values() for one in choices) - unknown
        refusals = tuple(refusal for one in outcomes for refusal in one.refusals)
        return self._weighed(moved, self._merged(outcomes), known, refusals)

    def improved(self, followed: Followed, above: Sequence[Package]) -> Followed:
        """With further moves, or moves to later versions of the same first number, of those that are moved and of what
        the application asks for (`above`), where fewer vulnerabilities are left by them. Raises LadingError."""
        tried = [*(one.package for one in followed.choices.values()), *above]
        for package in list({one.id: one for one in tried}.values())[:_MOST_TRIED]:
            present = followed.choices.get(package.id)
            choice = self._newer(package, present.version if present is not None else package.version)
            if choice is None:
                continue
            held = structs.replace(choice, held=present.held, holder=present.holder) if present is not None else choice
            other = self.follow({**followed.choices, package.id: held})
            if not other.refusals and other.gain > followed.gain:
                followed = other
        return followed

    def holders(self, followed: Followed, today: Holders) -> Holders:
        """Who needs what once Python packages have been moved. npm takes the newest that will do by itself. Raises
        LadingError as the registries do."""
        moved = [one for one in followed.choices.values() if one.package.type == "pypi"]
        known = [one for one in moved if one.package.id in followed.known and one.package.evidence == "installed"]
        gone = {f"{one.package.name} {one.package.version}" for one in known}
        found = {id: [one for one in needed if one[0] not in gone] for id, needed in today.items()}
        for one in known:
            runtime = runtime_of(one.package, self._packages, self._architecture)
            needs = self._registries.needs("pypi", one.package.name, one.version, runtime) or ()
            members = (self._members[place.manager, place.where] for place in self._places(one.package))
            there = {advisory_name("pypi", other.name): other.id for others in members for other in others}
            for need in needs:
                if need.name in there:
                    found.setdefault(there[need.name], []).append(
                        (f"{one.package.name} {one.version}", need.constraint)
                    )
        return found

    def _newer(self, package: Package, version: str) -> Choice | None:
        places = self._places(package)
        first = _FIRST.match(version)
        if first is None or package.evidence != "installed" or not all(one.manager in _FOLLOWED for one in places):
            return None
        runtime = runtime_of(package, self._packages, self._architecture)
        listing = self._registries.published(package.type, package.name, runtime)
        limit = f"<{int(first[0]) + 1}"
        newer = picked(package.type, listing, f">={version}", limit) if listing is not None else ""
        accepts = all(
            satisfies(package.type, newer, one.constraints[package.id]) is not False
            for one in self._packages
            if package.id in one.constraints and not is_root(one)
        )
        if not newer or newer == version or not accepts or not is_safe(newer):
            return None
        return Choice(package, newer, frozenset(), frozenset())

    def _by_place(self) -> dict[_Group, list[Package]]:
        members: defaultdict[_Group, list[Package]] = defaultdict(list)
        for package in self._packages:
            if package.type not in _OUTCOMES or package.evidence != "installed":
                continue
            if package.type == "npm" and is_root(package):
                for location in package.locations:
                    members["npm", f"/{dirname(location.path)}"].append(package)
            for place in self._places(package):
                members[place.manager, place.where].append(package)
        return members

    def _outcome(self, group: _Group, choices: Iterable[Choice]) -> Outcome:
        manager, _ = group
        kind = _FOLLOWED[manager]
        moves = [Move(one.package, one.version, manager == "npm" and not self._asks_otherwise(one)) for one in choices]
        runtime = runtime_of(moves[0].package, self._packages, self._architecture)
        return _OUTCOMES[kind](self._members[group], moves, self._registries, runtime)

    def _merged(self, outcomes: Iterable[Outcome]) -> list[Change]:
        """One change for each package; one that is installed in several places stays where only some of them change."""
        merged: defaultdict[str, list[Change]] = defaultdict(list)
        new: dict[str, Change] = {}
        for change in (change for one in outcomes for change in one.changes):
            if change.before is None:
                new.setdefault(change.after[0].id, change)
            else:
                merged[change.before.id].append(change)
        found = []
        for changes in merged.values():
            before = changes[0].before
            assert before is not None
            stays = (before,) if len(changes) < len(self._places(before)) else ()
            after = {one.id: one for one in (*stays, *(package for one in changes for package in one.after))}
            found.append(Change(changes[0].by, before, tuple(after.values())))
        return [*found, *new.values()]

    def _weighed(
        self,
        moved: Mapping[str, Choice],
        changes: Sequence[Change],
        known: frozenset[str],
        refusals: tuple[Refusal, ...],
    ) -> Followed:
        found = self._match([package for one in changes for package in one.after])
        choices, along, gain = dict(moved), list[AlongMove](), 0
        for one in changes:
            before = frozenset(self._before.get(one.before.id, ())) if one.before is not None else frozenset[str]()
            after = frozenset(name for package in one.after for name in found.get(package.id, ()))
            gain += len(before) - len(after)
            choice = moved.get(one.before.id) if one.before is not None else None
            if choice is None:
                along.append(AlongMove(one.by, one.before, one.after, before - after, after - before))
            else:
                version = one.after[-1].version if one.after else choice.version
                choices[choice.package.id] = structs.replace(
                    choice, version=version, clears=before - after, brings=after - before
                )
        by_id: defaultdict[str, tuple[Package, ...]] = defaultdict(tuple)
        for one in changes:
            by_id[one.before.id if one.before is not None else ""] += one.after
        return Followed(choices, tuple(along), dict(by_id), known, refusals, gain)
