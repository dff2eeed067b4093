"""What comes of many images: collected for the summary and for reports, and kept in the store as it comes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.msgpack import encode

from lading.cli.output import TOOL
from lading.engine.environment import utc_now
from lading.engine.settings import NO_STORE, Settings
from lading.model.decision import Evaluated
from lading.model.diagnostics import diagnostic
from lading.model.errors import StoreError
from lading.model.fleet import FleetSummary, ImageSummary, LayerCounts, badness
from lading.model.image import Image
from lading.model.report import Report, Target
from lading.policy.summary import summary_of
from lading.store.result import Result
from lading.store.store import ResultStore

_KEY_SIZE: Final = 16

Evaluate = Callable[[Report], Evaluated]
"""Holds a report to the policy of the command."""


class Outcome(Struct, frozen=True):
    """What one image came to: a result for each platform, or the error that it failed by."""

    name: str
    results: tuple[Result, ...] = ()
    error: str = ""


class _Facts(Struct, frozen=True):
    """What the summary needs of one outcome."""

    images: tuple[ImageSummary, ...]
    vulnerabilities: frozenset[str] = frozenset()
    layers: tuple[str, ...] = ()
    databases: frozenset[str] = frozenset()


class Collected:
    """The outcomes of a run so far. Whole reports are held only where they are to be written (`whole`)."""

    def __init__(self, evaluate: Evaluate, *, whole: bool) -> None:
        self._evaluate = evaluate
        self._whole = whole
        self._facts: dict[int, _Facts] = {}
        self._reports: dict[int, tuple[Report, ...]] = {}

    def add(self, number: int, outcome: Outcome) -> None:
        """Adds what the image of this number came to."""
        if outcome.error:
            self._facts[number] = _Facts((ImageSummary(outcome.name, "failed", error=outcome.error),))
            if self._whole:
                self._reports[number] = (Report(TOOL, (_unread(outcome),)),)
            return
        evaluated = [self._evaluate(result.report) for result in outcome.results]
        self._facts[number] = _Facts(
            tuple(map(summary_of, evaluated)),
            frozenset(
                one.id
                for each in evaluated
                for one in each.report.findings
                if one.is_open and not one.suppressions and not one.hidden_reason
            ),
            tuple(one.diff_id or one.digest for result in outcome.results for one in result.listed.image.layers),
            frozenset(result.database for result in outcome.results),
        )
        if self._whole:
            self._reports[number] = tuple(result.report for result in outcome.results)

    def images(self, number: int) -> tuple[ImageSummary, ...]:
        """How that of this number fares, on each platform; nothing while it is not done."""
        return self._facts[number].images if number in self._facts else ()

    def summary(self, keeper: "Keeper", numbers: Collection[int] | None = None) -> FleetSummary:
        """All of them, or those of some numbers, the worst first."""
        facts = [one for number, one in self._facts.items() if numbers is None or number in numbers]
        layers = [layer for one in facts for layer in one.layers]
        databases = {database for one in facts for database in one.databases}
        return FleetSummary(
            tool=TOOL,
            images=tuple(sorted((image for one in facts for image in one.images), key=badness)),
            database=databases.pop() if len(databases) == 1 else "",
            layers=LayerCounts(len(layers), len(set(layers))),
            vulnerabilities=len({id for one in facts for id in one.vulnerabilities}),
            store=keeper.place,
            unkept=tuple(keeper.unkept),
            trouble=keeper.trouble,
        )

    def evaluated(self, numbers: Collection[int] | None = None, further: Iterable[Target] = ()) -> Evaluated:
        """The report on all images, or on some, in the order in which they were named, with `further` targets, and the
        decision on it."""
        chosen = [number for number in sorted(self._reports) if numbers is None or number in numbers]
        reports = [report for number in chosen for report in self._reports[number]]
        read = [one for one in reports if one.targets[0].image.source]
        databases = {database for number in chosen for database in self._facts[number].databases}
        return self._evaluate(
            Report(
                TOOL,
                (*(target for one in reports for target in one.targets), *further),
                databases.pop() if len(databases) == 1 else "",
                starter=any(one.starter for one in read),
                pinned=bool(read) and all(one.pinned for one in read),
            )
        )


class Keeper:
    """The store that the outcomes of one run are kept in; None of it where nothing is to be kept. What cannot be kept
    is `unkept`, and why is the `trouble`: the run goes on."""

    def __init__(self, store: ResultStore | None, key: bytes) -> None:
        self._store = store
        self._key = key
        self._run = 0
        self.unkept: list[str] = []
        self.trouble = ""

    @property
    def place(self) -> str:
        """The file of the store, empty for none."""
        return str(self._store.path) if self._store is not None else ""

    def cut_off(self) -> int:
        """How many images of an earlier run of the same are done, where that was cut off; 0 else. Raises StoreError."""
        run = self._store.cut_off(self._key) if self._store is not None else None
        return sum(not one.error for one in self._store.tasks(run.id)) if run is not None and self._store else 0

    def begin(self, names: Sequence[str], *, resume: bool) -> Iterator[tuple[int, Outcome]]:
        """Begins the run over these images, or goes on with the one that was cut off; gives what that has done. Raises
        StoreError."""
        store = self._store
        if store is None:
            return
        run = store.cut_off(self._key) if resume else None
        if run is None:
            self._run = store.start_run(self._key, len(names), _now())
            return
        self._run = run.id
        numbers = {name: number for number, name in enumerate(names)}
        for task in store.tasks(run.id):
            if not task.error and task.name in numbers:
                yield numbers[task.name], Outcome(task.name, tuple(store.get(image) for image in task.images))

    def keep(self, number: int, outcome: Outcome) -> None:
        """Keeps an outcome, as far as that can be."""
        if self._store is None:
            return
        try:
            if outcome.error:
                self._store.fail(self._run, number, outcome.name, outcome.error)
            else:
                self._store.put(self._run, number, outcome.name, outcome.results, _now())
        except StoreError as error:
            self._note(outcome.name, error)

    def end(self) -> None:
        """Marks the run as whole, unless something of it was not kept."""
        try:
            if self._store is not None and not self.unkept:
                self._store.end_run(self._run, _now())
        except StoreError as error:
            self.trouble = str(error)
        finally:
            if self._store is not None:
                self._store.close()

    def _note(self, name: str, error: StoreError) -> None:
        self.unkept.append(name)
        self.trouble = self.trouble or str(error)


def store_place(settings: Settings, *, many: bool) -> Path | None:
    """The file of the store of a command; None where nothing is to be kept."""
    if settings.store == NO_STORE or not (settings.store or many):
        return None
    return Path(settings.store) if settings.store else settings.places.results


def run_key(asked: Iterable[str], settings: Settings) -> bytes:
    """Names what a run was asked for, and how its images are read and matched."""
    names = (
        "platform",
        "base",
        "scope",
        "lock_files",
        "lazy",
        "severity_source",
        "vex",
        "checks",
        "license_full",
        "check_file",
        "secret_rules",
        "yara_rules",
        "known_bad",
        "attestations",
    )
    how = tuple(getattr(settings, name) for name in names)
    return blake2b(encode((TOOL, tuple(asked), how)), digest_size=_KEY_SIZE).digest()


def _unread(outcome: Outcome) -> Target:
    """An image of which nothing is known, as a report has it."""
    said = diagnostic("image-not-scanned", f"{outcome.name} was not scanned: {outcome.error}", outcome.name)
    return Target(Image(outcome.name, ""), diagnostics=(said,))


def _now() -> int:
    return int(utc_now().timestamp())
