"""A walk over what lies in containers: every file goes to the readers that want it, and containers in it are opened."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from lading.inventory.caches import Caches
from lading.inventory.catalogers import archives, java, vex
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.roots import DATABASES
from lading.inventory.nested.expand import lies_in
from lading.inventory.nested.identities import Identify
from lading.inventory.nested.kinds import (
    BY_NAME,
    NEVER_READ,
    PASSED_OVER,
    Kind,
    is_looked_into,
    kind_inside,
    kind_of,
)
from lading.inventory.reading import FileReader, LayerFile, Shared
from lading.inventory.router import Route, Router
from lading.inventory.unread import fault_of
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, LimitError, SafeIOError
from lading.model.package import INTO
from lading.model.reader import LOOK_BYTES, MAGIC_BYTES, Content
from lading.safeio.containers.members import Member, Opening
from lading.safeio.limits import Limits, Work
from lading.safeio.zips import ZipBudget

_DEEPEST: Final = 8
_FLOOR: Final = 256_000_000
_RATE: Final = 20
"""To how many bytes the containers of a layer may inflate: so many, and so many times their own size."""
_MOST_IDENTIFIED, _MOST_SAID = 10, 20
"""Packages that one container may be, and what is said of it."""
_A_PEEK, _A_MEMBER = 1, 10
"""What a look at a file costs, in steps (see lading.safeio.limits.Work)."""
_TESTED_WITH: Final = re.compile(r"/(?:archive)?testdata/|/tests?/")
"""Where programming languages keep files to test their own readers of archives with, many damaged on purpose."""
_JAVA: Final = java.CATALOGER.name
_ARCHIVES: Final = archives.CATALOGER.name


class Nest:
    """What lies in the containers of one layer. They share a budget, so that none of them and no number of them makes a
    scan long; one that asks for more is said not to have been read to its end."""

    def __init__(self, router: Router, files: FileReader, limits: Limits, work: Work) -> None:
        self._router = router
        self._files = files
        self._limits = limits
        self._readers = frozenset(reader.name for reader in router.readers)
        # What is installed in another root, or said of other images, is not of this image.
        systems = {one.name for one in router.readers if isinstance(one, Cataloger) and one.is_database}
        self._wanting = router.anywhere - systems - {vex.CATALOGER.name}
        self._everything = tuple(one for one in router.everything if one.inside)
        self._without = NEVER_READ if self._everything else PASSED_OVER
        self._spend = work.spend
        self._caches = Caches(())
        self._budget = ZipBudget(_FLOOR, what="archives in the layer inflate", spend=work.spend)

    def kind(self, path: str, head: bytes, file: LayerFile) -> Kind | None:
        """What kind of container a file is, None for none, and in a package cache, whose files nothing runs."""
        kind = kind_of(path, head, file.peek)
        if kind is not None and self._caches.around(path):
            return None
        if kind is None and is_looked_into(head):
            try:
                kind = kind_inside(head, file.read_content(self._limits.spool))
            except LimitError:  # whoever wants the file is told so, too
                return None
        return kind

    def read(self, path: str, file: LayerFile, kind: Kind) -> dict[str, CatalogerResult]:
        """What each reader finds in the container at `path`, under `inside`; and what is to be said of the container
        itself, as from the reader of archives."""
        try:
            content = file.read_content(self._limits.spool)
        except LimitError:
            return {}
        self._budget.allow(_RATE * len(content))
        found = _Found(path)
        self._open(_Place(path, kind, 1, kind.is_carried), content, found)
        return {reader: result for reader, result in found.results().items() if reader in self._readers}

    def _open(self, place: "_Place", content: Content, found: "_Found") -> None:
        opening = Opening(place.path, self._limits, self._budget, self._without)
        try:
            for member in place.kind.open(content, opening):
                self._read_member(member, place, opening, found)
        except LimitError as error:
            if error.limit == "work":
                raise
            found.say(place, "archive-limit", str(error))
        except SafeIOError as error:
            found.damaged(place, str(error))
        found.opened(place, opening)

    def _read_member(self, member: Member, place: "_Place", opening: Opening, found: "_Found") -> None:
        if member.path.startswith(place.kind.claimed):
            return
        if (manager := DATABASES.get(member.path)) and not place.is_carried:
            found.say(place, "archived-system", f"{manager}'s database {member.path} in it was not read")
        path = f"{place.path}{INTO}{member.path}"
        directory, _, name = path.rpartition("/")
        routes = self._named(directory, name, place)
        ending = name[name.rfind(".") :].lower() if "." in name else ""
        identify = place.kind.record(member.path)
        if not (routes or identify or place.kind.peeks or self._everything) and ending in BY_NAME:
            return
        self._spend(_A_PEEK if place.kind.peeks else _A_MEMBER)
        try:
            shared = Shared(member)
            head = shared.peek(MAGIC_BYTES)
            inner = self.kind(path, head, shared)
            if head[:2] in self._router.magic:
                routes = [*routes, *self._by_content(path, head, routes, place, inner)]
            routes = [*routes, *self._taking(path, shared)]
            if identify is not None and (package := self._identified(shared, identify)) is not None:
                found.identified(place, package)
            if not routes and inner is None:
                return
            if inner is not None:
                routes = [one for one in routes if one.reader.name != _ARCHIVES]
            for route, result in zip(routes, self._files.read(path, routes, shared), strict=True):
                found.add(route.reader.name, path, result, place)
            if inner is not None:
                self._go_in(path, shared, inner, place, found)
        except LimitError as error:
            if error.limit not in ("file", "spool"):
                raise
            opening.leave(str(error))
        except (SafeIOError, FormatError) as error:
            opening.leave(str(error))

    def _identified(self, file: Shared, identify: Identify) -> FoundPackage | None:
        """The package that a container is, by its record."""
        content = file.read_content(identify.most)
        self._spend(identify.cost(len(content)))
        try:
            package = identify.read(content[:])
        except (ValueError, LookupError) as error:
            raise SafeIOError(f"its record says nothing: {error}") from error
        if package is None or fault_of(package.name, package.version):
            return None
        return structs.replace(package, evidence="bundled", files=(), requires=(), provides=())

    def _go_in(self, path: str, file: Shared, kind: Kind, place: "_Place", found: "_Found") -> None:
        inner = _Place(path, kind, place.depth + 1, place.is_carried or kind.is_carried)
        if inner.depth > _DEEPEST:
            found.say(inner, "archive-too-deep", f"archives in archives beyond {_DEEPEST}")
            return
        self._open(inner, file.read_content(self._limits.spool), found)

    def _named(self, directory: str, name: str, place: "_Place") -> Sequence[Route]:
        """Who wants a file of that name, wherever it lies; what Java's reader finds in an archive, it has found."""
        return [
            route
            for route in self._router.routes_in(directory, name)
            if route.reader.name in self._wanting and not (place.kind.is_java and route.reader.name == _JAVA)
        ]

    def _taking(self, path: str, file: LayerFile) -> Sequence[Route]:
        """The readers of everything that take a file in a container."""
        return [
            Route(one, path) for one in self._everything if one.takes is None or one.takes(path, file.peek(LOOK_BYTES))
        ]

    def _by_content(
        self, path: str, head: bytes, named: Sequence[Route], place: "_Place", inner: Kind | None
    ) -> Sequence[Route]:
        without = {route.reader.name for route in named}
        if place.kind.is_java and (inner is None or path.lower().endswith(java.ARCHIVES)):
            without.add(_JAVA)
        return [one for one in self._router.routes_by_content(path, head) if one.reader.name not in without]


class _Place(Struct, frozen=True):
    """A container that is open: its path, and how many there are around it with itself."""

    path: str
    kind: Kind
    depth: int
    is_carried: bool


class _Found:
    """What was found in a container of a layer, by reader and the path within."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._inside: defaultdict[str, dict[str, CatalogerResult]] = defaultdict(dict)
        self._notes: defaultdict[str, _Notes] = defaultdict(_Notes)

    def add(self, reader: str, path: str, result: CatalogerResult, place: _Place) -> None:
        """What a reader made of a file."""
        if result != CatalogerResult():
            self._inside[reader][path] = carried(result) if place.is_carried else result

    def identified(self, place: _Place, package: FoundPackage) -> None:
        """A container is a package, so that what lies in it is carried there."""
        if not self._notes[place.path].identify(package):
            self.say(place, "archive-limit", f"more than {_MOST_IDENTIFIED} packages that it says to be")

    def say(self, place: _Place, code: str, message: str) -> None:
        """Something about a container."""
        self._notes[place.path].say(diagnostic(code, message, place.path))

    def damaged(self, place: _Place, message: str) -> None:
        """A container cannot be read, or not to its end."""
        if place.kind.is_certain and not _TESTED_WITH.search(place.path):
            message = message.removeprefix(f"{place.path}: ").removesuffix(": fetch the image again")
            self.say(place, "damaged-archive", f"{message}: the rest was not read")
        if place.kind.is_certain or place.kind.is_java:
            self._notes[place.path].unknown = place.kind.said

    def opened(self, place: _Place, opening: Opening) -> None:
        """A container was gone through."""
        for doubt in opening.doubts if place.kind.said != "Java archive" else ():
            self.say(place, "ambiguous-archive", doubt)
        if opening.unread:
            more = f", and {opening.more:,} more" if opening.more else ""
            self.say(place, "archive-not-read", f"{'; '.join(opening.unread)}{more}")
            self._notes[place.path].unknown = place.kind.said

    def results(self) -> dict[str, CatalogerResult]:
        """By reader, what is known of the container at the top, with what lies inside."""
        archives = self._inside[_ARCHIVES]
        for path, notes in self._notes.items():
            archives[path] = notes.added_to(archives.get(path, CatalogerResult()), path)
        carrying = {path for path, notes in self._notes.items() if notes.packages}
        results = {_ARCHIVES: archives.pop(self._path, CatalogerResult())}
        start = len(self._path) + len(INTO)
        for reader, found in self._inside.items():
            inside = {
                path[start:]: carried(result) if lies_in(path, carrying) else result
                for path, result in sorted(found.items())
            }
            if inside:
                results[reader] = structs.replace(results.get(reader, CatalogerResult()), inside=inside)
        return results


class _Notes:
    """What is said of one container: which packages it is, and what was not read of it."""

    def __init__(self) -> None:
        self.packages: list[FoundPackage] = []
        self.unknown = ""
        self._said: list[Diagnostic] = []
        self._more = 0
        self._more_incomplete = False

    def identify(self, package: FoundPackage) -> bool:
        """Whether the package is among those that are kept."""
        if package not in self.packages:
            if len(self.packages) == _MOST_IDENTIFIED:
                return False
            self.packages.append(package)
        return True

    def say(self, said: Diagnostic) -> None:
        """Keeps a diagnostic, once; all but the first few are only counted."""
        if len(self._said) < _MOST_SAID:
            self._said += () if said in self._said else (said,)
        elif said not in self._said:
            self._more += 1
            self._more_incomplete |= said.level == "incomplete"

    def added_to(self, facts: CatalogerResult, path: str) -> CatalogerResult:
        """The facts of the container with all that."""
        said = self._said
        if self._more:
            code = "more-unread" if self._more_incomplete else "more-remarks"
            said = [*said, diagnostic(code, f"{self._more:,} more remarks of this kind", path)]
        return structs.replace(
            facts,
            packages=(*facts.packages, *self.packages),
            diagnostics=(*facts.diagnostics, *said),
            unknown=self.unknown or facts.unknown,
        )


def with_inside(reader: str, facts: CatalogerResult, found: CatalogerResult | None) -> CatalogerResult:
    """What a reader made of a container itself, with what `Nest.read` gives for it; that is all that counts of the
    reader of archives, which says what it would be if nobody had opened it."""
    if found is None or reader == _ARCHIVES:
        return found or facts
    return structs.replace(facts, inside=found.inside)


def carried(result: CatalogerResult) -> CatalogerResult:
    """The result with packages that are not installed, but carried in one that is not installed either. What lock files
    in one declare is for those who develop it."""
    packages = tuple(structs.replace(one, evidence="bundled") for one in result.packages if one.evidence != "declared")
    return structs.replace(result, packages=packages)
