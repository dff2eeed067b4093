"""Refreshing the database: fetch a unit's documents, parse them into shards, put those in place.

Whatever fails keeps the last good shards: nothing is replaced before a whole unit has been read.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from lading.advisories.moments import is_future, parse_moment
from lading.advisories.place import remove_shard, write_pointer
from lading.advisories.rows import Room
from lading.advisories.sets import record
from lading.advisories.store import ShardStore
from lading.advisories.writer import ShardWriter
from lading.feeds.feed import Feed, Unit
from lading.feeds.raw import RawStore
from lading.feeds.registry import FEEDS, unit_for
from lading.feeds.sources import FeedSource, Fetch, RawSource
from lading.feeds.web import NOT_FOUND
from lading.model.advisory import Names, Provenance, ShardName
from lading.model.errors import AdvisoryError, FeedError, LadingError, NetError, UsageError
from lading.model.ports import Progress
from lading.model.spelling import meant

_LEAST = 0.8
_MOST_NAMED = 5


class UpdateResult(Struct, frozen=True):
    """What an update did. `built` and `unchanged` are the shards now in place, `failures` one line for each thing that
    went wrong, `notes` one for each thing worth knowing."""

    built: tuple[Provenance, ...]
    unchanged: tuple[Provenance, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]


class _Task(Struct, frozen=True):
    """A unit to build, with the shards wanted of it (none: all)."""

    feed: Feed
    unit: Unit
    wanted: frozenset[str] = frozenset()


class _Manner(Struct, frozen=True):
    """`again` builds shards anew of documents that have not changed."""

    allow_shrink: bool
    again: bool = False


def update(
    names: Sequence[str], source: FeedSource, database: Path, progress: Progress, *, allow_shrink: bool = False
) -> UpdateResult:
    """Refreshes feeds or shards by name; with no names all that `source` has, but for the bulk of upstream's that
    nobody has asked for. Raises UsageError for unknown names."""
    tasks = _wanted(names, source, database)
    return _run(tasks, source, database, progress, _Manner(allow_shrink), everything=not names)


def announcements(names: Sequence[str], source: FeedSource, database: Path) -> tuple[str, ...]:
    """What is to be said before `update` is called in the same way: of each feed of bulk how much it is, or that it is
    left out. Raises UsageError for unknown names."""
    if source.held() is not None:
        return ()
    wanted = {task.feed.name for task in _wanted(names, source, database)}
    lines = []
    for feed in FEEDS if not names else [feed for feed in FEEDS if feed.name in wanted]:
        if feed.bulk and feed.name in wanted:
            lines.append(f"{feed.name}: {feed.bulk} to download")
        elif feed.bulk:
            lines.append(f"{feed.name} is left out ({feed.bulk}); lading db update {feed.name} fetches it")
    return tuple(lines)


def _wanted(names: Sequence[str], source: FeedSource, database: Path) -> list[_Task]:
    held = source.held()
    tasks = _plan(names, held)
    if names or held is not None or not any(task.feed.bulk for task in tasks):
        return tasks
    store = ShardStore(database)
    there = {one.feed for name in store.names() if (one := _provenance(store, name)) is not None}
    return [task for task in tasks if not task.feed.bulk or task.feed.name in there]


def _provenance(store: ShardStore, name: ShardName) -> Provenance | None:
    try:
        return store.provenance(name)
    except AdvisoryError:
        return None  # an update puts another in its place


def rebuild(names: Sequence[str], database: Path, progress: Progress, *, allow_shrink: bool = False) -> UpdateResult:
    """Builds feeds or shards by name, with no names all that are held, of the documents kept from earlier updates.
    Raises UsageError for unknown names, and FeedError when none of their documents are kept."""
    raw = RawStore(database)
    kept = frozenset(raw.names())
    tasks = _plan(names, None) if names else _held_tasks(ShardStore(database))
    tasks = [task for task in tasks if task.unit.name in kept]
    if not tasks:
        raise FeedError("no documents are kept to build from; run: lading db update")
    return _run(tasks, RawSource(raw), database, progress, _Manner(allow_shrink, again=True), everything=False)


def _run(
    tasks: Sequence[_Task],
    source: FeedSource,
    database: Path,
    progress: Progress,
    manner: _Manner,
    *,
    everything: bool,
) -> UpdateResult:
    results = []
    failures = []
    absent = []
    for task in tasks:
        name = task.unit.name
        progress.start(name, name)
        try:
            results.append(_update_unit(task, source, database, progress, manner))
        except LadingError as error:
            if everything and source.partial and isinstance(error, NetError) and error.status == NOT_FOUND:
                absent.append(name)
            else:
                failures.append(f"{name}: {error}{_kept(task, database)}")
        except Exception as error:  # a parser's mistake about one feed must not cost the others
            failures.append(f"{name}: {type(error).__name__}: {error} (a defect of Lading){_kept(task, database)}")
        finally:
            progress.finish(name)
    whole = _joined(results, failures)
    if absent:
        line = f"the mirror does not have: {', '.join(absent)}"
        if whole.built or whole.unchanged:
            whole = structs.replace(whole, notes=(*whole.notes, line))
        else:
            whole = structs.replace(whole, failures=(*whole.failures, line))
    if whole.built or whole.unchanged:
        record(database)
    return whole


def _joined(results: Sequence[UpdateResult], failures: Sequence[str]) -> UpdateResult:
    return UpdateResult(
        tuple(shard for one in results for shard in one.built),
        tuple(shard for one in results for shard in one.unchanged),
        (*(line for one in results for line in one.failures), *failures),
        tuple(line for one in results for line in one.notes),
    )


def _plan(names: Sequence[str], held: Sequence[str] | None) -> list[_Task]:
    if not names:
        return [_Task(feed, unit) for feed in FEEDS for unit in feed.units(held)]
    feeds = {feed.name: feed for feed in FEEDS}
    plan: dict[tuple[str, str], _Task] = {}
    for name in names:
        if name in feeds:
            units = feeds[name].units(held)
            if not units:
                raise FeedError(f"{name}: the source has no documents of this feed")
            plan |= {(name, unit.name): _Task(feeds[name], unit) for unit in units}
            continue
        found = unit_for(ShardName(name))
        if found is None:
            raise UsageError(f"{name}: no such feed or shard{meant(name, feeds)}; `lading db list` shows them")
        feed, upstream = found
        # A held copy may lie otherwise than upstream's own documents.
        unit = next((one for one in feed.units(held) if one.name == upstream.name), upstream) if held else upstream
        before = plan.get((feed.name, unit.name))
        if before is None or before.wanted:
            wanted = before.wanted | {name} if before else frozenset({name})
            plan[feed.name, unit.name] = _Task(feed, unit, wanted)
    return list(plan.values())


def _held_tasks(store: ShardStore) -> list[_Task]:
    """The units of all shards that are held: the whole of those that were built whole."""
    plan: dict[tuple[str, str], _Task] = {}
    for name in store.names():
        found = unit_for(name)
        if found is None:
            continue
        feed, unit = found
        provenance = _held(store, name)
        wanted = plan.get((feed.name, unit.name), _Task(feed, unit)).wanted
        partial = provenance is None or provenance.partial
        plan[feed.name, unit.name] = _Task(feed, unit, wanted | {name} if partial else wanted)
    return list(plan.values())


def _update_unit(task: _Task, source: FeedSource, database: Path, progress: Progress, manner: _Manner) -> UpdateResult:
    store = ShardStore(database)
    with source.fetch(task.unit, progress) as fetched, ExitStack() as writers:
        held = _held_of(task, store)
        if fetched.digest and not manner.again and _is_current(held, task.wanted, fetched.digest):
            fetched.accept()
            return UpdateResult((), tuple(_touch(one, database) for one in held), (), ())
        build = _Build(database, task.wanted, writers)
        task.unit.parse(fetched.files, build)
        if not any(writer.finish() for writer in build.writers.values()):
            raise FeedError("the documents hold no record")
        missing = [f"{task.unit.name}: there is no shard {name} in it" for name in build.missing()]
        built, failures = _publish(build, task, fetched, store, manner)
        failures += _drop_vanished(build, task, database, manner)
        fetched.accept()
        return UpdateResult(tuple(built), (), (*failures, *missing), tuple(_notes(task.unit, build)))


class _Build:
    """The parser's side of a unit (feeds.base.Build)."""

    def __init__(self, database: Path, wanted: frozenset[str], stack: ExitStack) -> None:
        self._database = database
        self._wanted = wanted
        self._stack = stack
        self._room = Room()
        self.writers: dict[str, ShardWriter] = {}
        self.schemes: dict[str, str] = {}
        self.names: dict[str, Names] = {}
        self.skipped: list[str] = []
        self.skips = 0
        self.latest = ""
        self.future = ""
        self.bound = ""
        self._now = datetime.now(UTC)
        self.partial = False

    def wants(self, name: str) -> bool:
        if self._wanted and name not in self._wanted:
            self.partial = True
            return False
        return True

    def shard(self, name: str, scheme: str, names: Names = "source") -> ShardWriter | None:
        if not self.wants(name):
            return None
        writer = self.writers.get(name)
        if writer is None:
            writer = self._stack.enter_context(ShardWriter(self._database, name, self._room))
            self.writers[name] = writer
            self.schemes[name] = scheme
            self.names[name] = names
        return writer

    def skip(self, record: str) -> None:
        self.skips += 1
        if len(self.skipped) < _MOST_NAMED:
            self.skipped.append(record[:120])

    def newest_year(self, year: str) -> None:
        # The first of a year become known in its first weeks.
        last = f"{int(year) + 1}-01-31" if year.isdecimal() else ""
        self.bound = max(self.bound, "" if is_future(last, self._now) else last)

    def date(self, day: str) -> None:
        if day in (self.latest, self.future) or parse_moment(day) is None:
            return
        if is_future(day, self._now):
            self.future = max(self.future, day)
        else:
            self.latest = max(self.latest, day)

    def missing(self) -> list[str]:
        return sorted(self._wanted - self.writers.keys())


def _publish(
    build: _Build, task: _Task, fetched: Fetch, store: ShardStore, manner: _Manner
) -> tuple[list[Provenance], list[str]]:
    built = []
    failures = []
    for name in sorted(build.writers):
        writer = build.writers[name]
        before = _held(store, name)
        least = int(before.records * _LEAST) if before else 0
        if writer.finish() < least and not manner.allow_shrink and before is not None:
            failures.append(
                f"{name}: shrank from {before.records:,} to {writer.finish():,} records; "
                f"kept the shard built {before.built} (--allow-shrink takes the new one)"
            )
            continue
        provenance = Provenance(
            shard=name,
            digest="",
            size=0,
            scheme=build.schemes[name],
            names=build.names[name],
            feed=task.feed.name,
            urls=fetched.urls,
            validators=fetched.validators,
            documents=fetched.digest,
            upstream_date=build.latest or build.future or min(filter(None, (fetched.date, build.bound)), default=""),
            skipped=build.skips,
            built=_confirmed(before, manner),
            partial=build.partial,
            interval=task.feed.interval if task.unit.interval is None else task.unit.interval,
        )
        built.append(writer.publish(provenance))
    return built, failures


def _confirmed(before: Provenance | None, manner: _Manner) -> str:
    """When a shard's source was last asked: now, unless it is built once more of what was there already."""
    if not manner.again:
        return _now()
    return before.built if before is not None else ""


def _drop_vanished(build: _Build, task: _Task, database: Path, manner: _Manner) -> list[str]:
    """Shards that the unit made before and of which its documents now say nothing at all."""
    failures = []
    for before in _held_of(task, ShardStore(database)):
        if before.shard in build.writers or before.shard in task.wanted:
            continue
        if manner.allow_shrink:
            remove_shard(database, before.shard)
        else:
            failures.append(
                f"{before.shard}: upstream has no record of it any more; "
                f"kept the shard built {before.built} (--allow-shrink drops it)"
            )
    return failures


def _notes(unit: Unit, build: _Build) -> Iterable[str]:
    if build.future:
        yield f"{unit.name}: a date of the data lies in the future ({build.future})"
    if build.skipped:
        named = ", ".join(build.skipped)
        more = f" and {build.skips - len(build.skipped):,} more" if build.skips > len(build.skipped) else ""
        records = "record" if build.skips == 1 else "records"
        yield f"{unit.name}: {build.skips:,} {records} could not be read: {named}{more}"


def _held_of(task: _Task, store: ShardStore) -> list[Provenance]:
    """The shards this unit made earlier; of the wanted ones only, when some are wanted."""
    names = sorted(task.wanted) if task.wanted else store.names()
    held = (_held(store, name) for name in names)
    return [one for one in held if one is not None and one.feed == task.feed.name and _made_by(task.unit, one)]


def _made_by(unit: Unit, provenance: Provenance) -> bool:
    found = unit_for(ShardName(provenance.shard))
    return found is not None and found[1].name == unit.name


def _held(store: ShardStore, name: str) -> Provenance | None:
    """A shard's provenance; a broken one counts as none, for it is about to be replaced."""
    try:
        return store.provenance(ShardName(name))
    except AdvisoryError:
        return None


def _is_current(held: Sequence[Provenance], wanted: frozenset[str], documents: str) -> bool:
    """Whether all that is wanted has been built of these very documents."""
    if not wanted <= {one.shard for one in held} or (not wanted and any(one.partial for one in held)):
        return False
    return bool(held) and all(one.documents == documents for one in held)


def _touch(provenance: Provenance, database: Path) -> Provenance:
    """Upstream says nothing has changed: the shard is as good as new."""
    renewed = structs.replace(provenance, built=_now())
    write_pointer(database, renewed)
    return renewed


def _kept(task: _Task, database: Path) -> str:
    held = _held_of(structs.replace(task, wanted=frozenset()), ShardStore(database))
    if not held:
        return ""
    return f"; kept what was built {min(one.built for one in held)} ({', '.join(one.shard for one in held)})"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
