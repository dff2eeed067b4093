"""Checks in the pipeline: their readers among those of an image, what these saw, and the issues that come of it."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from lading.checks.registry import checkers_for
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.catalogers.registry import Group, Readers, checked
from lading.inventory.ownership import owners_of
from lading.inventory.router import Router
from lading.inventory.seen import Seen, Squashed
from lading.model.checks import Case, Checker, CheckResult, Family, Issue, Observed, SeenFile, issue_order
from lading.model.diagnostic import Diagnostic
from lading.model.package import DISTRIBUTED, Inventory
from lading.model.reader import Reader, WantedFile
from lading.model.report import InventoryResult

_PREFIX = "check_"
"""Keeps the names of groups apart from those of catalogers."""


def with_checks(readers: Readers, families: Sequence[Family]) -> Readers:
    """The readers and those of checks, in groups of their own, so that a layer which was read without them is read
    again for them alone."""
    groups = tuple(
        Group(f"{_PREFIX}{one.name}", tuple(map(_as_cataloger, one.readers))) for one in checkers_for(families)
    )
    catalogers = (*readers.catalogers, *(one for group in groups for one in group.catalogers))
    return Readers(checked((*readers.groups, *groups)), catalogers, Router(catalogers))


def seen_by_checks(
    squashed: Squashed, inventory: Inventory, families: Sequence[Family]
) -> dict[str, tuple[SeenFile, ...]]:
    """What the readers of checks saw, by their names: what the container sees, and for checks that ask for it what is
    no longer there."""
    seen = {
        reader.name: tuple(_seen(squashed, checker, reader.name))
        for checker in checkers_for(families)
        for reader in checker.readers
    }
    system = [one for one in inventory.packages if one.type in DISTRIBUTED]
    owners = owners_of({one.path for files in seen.values() for one in files}, system, squashed.links)
    return {
        name: tuple(
            sorted(
                (structs.replace(one, owner=owners[one.path].id) if one.path in owners else one for one in files),
                key=_order,
            )
        )
        for name, files in seen.items()
        if files
    }


def run_checks(listed: InventoryResult) -> CheckResult:
    """What the checks that were asked for make of an image. For a target that is no image, a document, they say so."""
    families = listed.examined.families
    found = listed.inventory
    case = Case(listed.image, listed.examined, found.packages, found.distribution)
    issues: list[Issue] = []
    diagnostics: list[Diagnostic] = []
    for checker in checkers_for(families):
        result = checker.run(case)
        issues += result.issues
        diagnostics += result.diagnostics
    return CheckResult(tuple(sorted(issues, key=issue_order)), tuple(diagnostics))


def _as_cataloger(reader: Reader[Observed]) -> Cataloger:
    parse = reader.parse

    def observe(file: WantedFile) -> CatalogerResult:
        seen = parse(file)
        return CatalogerResult(observed=seen.facts, diagnostics=seen.diagnostics)

    fields = {name: getattr(reader, name) for name in Reader.__struct_fields__}
    return Cataloger(**{**fields, "parse": observe})


def _seen(squashed: Squashed, checker: Checker, reader: str) -> Iterator[SeenFile]:
    visible = {id(one) for (name, _), one in squashed.visible.items() if name == reader}
    for (name, known_as), history in squashed.history.items():
        if name != reader:
            continue
        for number, one in enumerate(history):
            if not one.facts.observed:
                continue
            if id(one) in visible:
                yield _file(one)
            elif checker.deleted:
                later = history[number + 1].layer if number + 1 < len(history) else 0
                yield _file(one, later or squashed.removed.get((name, known_as), 0))


def _file(seen: Seen, removed: int = 0) -> SeenFile:
    return SeenFile(seen.path, seen.layer, seen.facts.observed, removed)


def _order(seen: SeenFile) -> tuple[str, int]:
    return seen.path, seen.layer
