"""Checks in the pipeline: their readers among those of an image, what these saw, and the issues that come of it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import structs
from msgspec.msgpack import Decoder, encode

from lading.checks.registry import checkers_for
from lading.engine.input_names import name_of_inputs
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.catalogers.registry import Group, Readers, checked
from lading.inventory.nested.expand import expanded
from lading.inventory.ownership import owners_of
from lading.inventory.router import Router
from lading.inventory.seen import Seen, Squashed
from lading.inventory.shipped import CATALOGER as DIGESTS
from lading.inventory.shipped import digests_of, is_of_distribution, shipped_among
from lading.inventory.stated_files import CATALOGER as STATED
from lading.model.checks import (
    Case,
    Checker,
    CheckInputs,
    CheckResult,
    Family,
    Issue,
    Observed,
    SeenFile,
    TrialResult,
    issue_order,
)
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import UsageError
from lading.model.image import Image, ImageConfig
from lading.model.package import DISTRIBUTED, Inventory
from lading.model.reader import Reader, WantedFile
from lading.model.report import InventoryResult

HIDING: Final[tuple[Family, ...]] = ("secrets",)
"""The families whose checks mask what must not be shown."""
_NOTHING: Final = CatalogerResult()
_PREFIX = "check_"
"""Keeps the names of groups apart from those of catalogers."""


def with_checks(readers: Readers, families: Sequence[Family], inputs: CheckInputs) -> Readers:
    """The readers and those of checks, in groups of their own, so that a layer which was read without them is read
    again for them alone. So is one that was read with other `inputs`. Raises UsageError for such that cannot be
    used."""
    checkers = checkers_for(families)
    groups = tuple(_group(one, inputs) for one in checkers)
    if any(one.compares for one in checkers):
        groups = (*groups, Group(DIGESTS.name, (DIGESTS,)))
    if "package-files" in families:
        groups = (*groups, Group(STATED.name, (STATED,)))
    catalogers = (*readers.catalogers, *(one for group in groups for one in group.catalogers))
    return Readers(checked((*readers.groups, *groups)), catalogers, Router(catalogers))


def seen_by_checks(
    squashed: Squashed, inventory: Inventory, families: Sequence[Family]
) -> dict[str, tuple[SeenFile, ...]]:
    """What the readers of checks saw, by their names: what the container sees, and for checks that ask for it what is
    no longer there."""
    checkers = checkers_for(families)
    inside = expanded(squashed) if any(reader.inside for one in checkers for reader in one.readers) else squashed
    seen: dict[str, list[tuple[SeenFile, frozenset[str]]]] = {
        reader.name: list(_seen(inside if reader.inside else squashed, checker, reader.name))
        for checker in checkers
        for reader in checker.readers
    }
    whose = {reader.name for checker in checkers if checker.compares for reader in checker.readers}
    every = [one for name, files in seen.items() if name in whose for one in files]
    system = [one for one in inventory.packages if one.type in DISTRIBUTED]
    owners = owners_of({one.path for one, _ in every}, system, squashed.links)
    theirs = {path for path, owner in owners.items() if is_of_distribution(owner)}
    known = {one.path: digests for one, digests in every if digests and not one.removed and one.path in theirs}
    shipped = shipped_among(known, squashed)
    return {
        name: tuple(
            sorted(
                (
                    structs.replace(
                        one,
                        owner=owners[one.path].id if one.path in owners else "",
                        shipped=bool(digests) and not one.removed and one.path in shipped,
                    )
                    for one, digests in files
                ),
                key=_order,
            )
        )
        for name, files in seen.items()
        if files
    }


def try_own_checks(path: Path) -> Sequence[TrialResult]:
    """The checks, or the rules for secrets, of a file, tried on their examples. Raises UsageError for what is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    from lading.checks.secrets.rule_files import is_of_secrets

    if is_of_secrets(data):
        from lading.checks.secrets.trials import try_rules

        return try_rules(data, str(path))
    from lading.checks.config.own import try_own

    return try_own(data, str(path))


def run_checks(listed: InventoryResult) -> CheckResult:
    """What the checks that were asked for make of an image. For a target that is no image, a document, they say so."""
    families = listed.examined.families
    case = _case(listed)
    issues: list[Issue] = []
    diagnostics: list[Diagnostic] = []
    if case.examined.config != listed.examined.config:
        message = f"more than {_MOST_STATED:,} instructions, variables or labels: the rest was not checked"
        diagnostics.append(diagnostic("checks-limit", message))
    for checker in checkers_for(families):
        result = checker.run(case)
        issues += result.issues
        diagnostics += result.diagnostics
    mask = _mask(families, listed.examined.inputs)
    issues = [_masked(one, mask) for one in issues]
    return CheckResult(tuple(sorted(issues, key=issue_order)), tuple(diagnostics))


def completed(listed: InventoryResult) -> InventoryResult:
    """What was listed, its packages with what the readers of checks know of them (their licences)."""
    for checker in checkers_for(listed.examined.families):
        if checker.complete is not None:
            inventory = structs.replace(listed.inventory, packages=checker.complete(_case(listed)))
            listed = structs.replace(listed, inventory=inventory)
    return listed


def _case(listed: InventoryResult) -> Case:
    found, examined = listed.inventory, listed.examined
    if examined.config is not None:
        examined = structs.replace(examined, config=_bounded(examined.config))
    return Case(listed.image, examined, found.packages, found.distribution)


def _bounded(config: ImageConfig) -> ImageConfig:
    """A configuration without what no image has so much of: each line of it is held to every check."""
    return structs.replace(
        config,
        environment=config.environment[:_MOST_STATED],
        ports=config.ports[:_MOST_PORTS],
        volumes=config.volumes[:_MOST_STATED],
        labels=dict(islice(config.labels.items(), _MOST_STATED)),
        history=config.history[:_MOST_STATED],
    )


_MOST_STATED: Final = 1000
_MOST_PORTS: Final = 100
"""Instructions, variables and others that are checked. An entry of ports may be a thousand."""


def _masked(issue: Issue, mask: Callable[[str], str]) -> Issue:
    """An issue without secrets in what it says of the image."""
    if issue.place == "file" or issue.kind == "secret":
        return structs.replace(issue, instruction=mask(issue.instruction)) if issue.instruction else issue
    texts = {name: mask(getattr(issue, name)) for name in ("instruction", "message", "evidence", "subject")}
    return structs.replace(issue, **texts)


def masked(image: Image, families: Sequence[Family], inputs: CheckInputs | None = None) -> Image:
    """The image, with what the checks of these families mask left out of the instructions that made its layers; what
    they mask besides by `inputs` too."""
    mask = _mask(families, inputs or CheckInputs())
    layers = (structs.replace(one, created_by=mask(one.created_by)) for one in image.layers)
    return structs.replace(image, layers=tuple(layers))


def load_masks() -> None:
    """Has everything that masking needs loaded, for processes that are made of this one."""
    _mask(HIDING, CheckInputs())("a")


def _mask(families: Sequence[Family], inputs: CheckInputs) -> Callable[[str], str]:
    masks = [one.mask for one in checkers_for(families) if one.mask is not None]

    def mask(text: str) -> str:
        for one in masks:
            text = one(text, inputs)
        return text

    return mask


def _group(checker: Checker, inputs: CheckInputs) -> Group:
    name, readers = name_of_inputs(inputs, checker.inputs), checker.readers
    if name and checker.prepared is not None:
        readers = checker.prepared(inputs)
    suffix = f"_{name}" if name and checker.prepared is not None else ""
    return Group(f"{_PREFIX}{checker.name}{suffix}", tuple(_as_cataloger(one, checker.compares) for one in readers))


def _as_cataloger(reader: Reader[Observed], compares: bool) -> Cataloger:
    parse = reader.parse

    def observe(file: WantedFile) -> CatalogerResult:
        seen = parse(file)
        if not seen.facts:
            return CatalogerResult(diagnostics=seen.diagnostics) if seen.diagnostics else _NOTHING
        whole = len(file.content) == file.stat.size if file.stat is not None else not reader.head
        digests = digests_of(file.content) if compares and whole and len(file.content) else ()
        return CatalogerResult(observed=encode((seen.facts, tuple(sorted(digests)))), diagnostics=seen.diagnostics)

    fields = {name: getattr(reader, name) for name in Reader.__struct_fields__}
    return Cataloger(**{**fields, "parse": observe})


def _seen(squashed: Squashed, checker: Checker, reader: str) -> Iterator[tuple[SeenFile, frozenset[str]]]:
    visible: dict[int, str] = {}
    for (name, wanted), one in squashed.visible.items():
        if name == reader:
            visible[id(one)] = wanted if wanted != one.path else visible.get(id(one), "")
    for (name, known_as), history in squashed.history.items():
        if name != reader:
            continue
        for number, one in enumerate(history):
            if not one.facts.observed:
                continue
            if id(one) in visible:
                yield _file(one, linked=visible[id(one)])
            elif checker.deleted:
                later = history[number + 1].layer if number + 1 < len(history) else 0
                yield _file(one, later or squashed.removed.get((name, known_as), 0))


def _file(seen: Seen, removed: int = 0, linked: str = "") -> tuple[SeenFile, frozenset[str]]:
    """What was seen, and the digests of the file where all of it was read."""
    facts, digests = _decode(seen.facts.observed)
    return SeenFile(seen.path, seen.layer, facts, removed, linked=linked), digests


_decode = Decoder(tuple[bytes, frozenset[str]]).decode


def _order(seen: SeenFile) -> tuple[str, int]:
    return seen.path, seen.layer
