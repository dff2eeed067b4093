"""Refreshing the database: fetch a unit's documents, parse them into shards, put those in place.

Whatever fails keeps the last good shards: nothing is replaced before a whole unit has been read.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from lading.advisories.place import write_pointer
from lading.advisories.rows import Room
from lading.advisories.sets import record
from lading.advisories.store import ShardStore
from lading.advisories.writer import ShardWriter
from lading.feeds.base import Feed, Unit
from lading.feeds.sources import NOT_FOUND, FeedSource, Fetch
from lading.feeds.table import FEEDS, unit_for
from lading.model.advisory import Names, Provenance, ShardName
from lading.model.errors import AdvisoryError, FeedError, LadingError, NetError, UsageError
from lading.model.ports import Progress

_LEAST = 0.8
_MOST_NAMED = 5


class UpdateResult(Struct, frozen=True):
    """What an update did. `built` and `unchanged` are the shards now in place, `failures` one line for each thing that
    went wrong, `remarks` one for each thing worth knowing."""

    built: tuple[Provenance, ...]
    unchanged: tuple[Provenance, ...]
    failures: tuple[str, ...]
    remarks: tuple[str, ...]


def update(
    names: Sequence[str], source: FeedSource, database: Path, progress: Progress, *, allow_shrink: bool = False
) -> UpdateResult:
    """Refreshes feeds or shards by name; with no names all that `source` has. Raises UsageError for unknown names."""
    built: list[Provenance] = []
    unchanged: list[Provenance] = []
    failures: list[str] = []
    remarks: list[str] = []
    absent: list[str] = []
    for feed, unit, wanted in _plan(names, source):
        progress.start(unit.name, unit.name)
        try:
            result = _update_unit(feed, unit, wanted, source, database, progress, allow_shrink)
            built += result.built
            unchanged += result.unchanged
            failures += result.failures
            remarks += result.remarks
        except LadingError as error:
            if not names and source.partial and isinstance(error, NetError) and error.status == NOT_FOUND:
                absent.append(unit.name)
                continue
            failures.append(f"{unit.name}: {error}{_kept(feed, unit, database)}")
        finally:
            progress.finish(unit.name)
    if absent:
        (remarks if built or unchanged else failures).append(f"the mirror does not have: {', '.join(absent)}")
    if built or unchanged:
        record(database)
    return UpdateResult(tuple(built), tuple(unchanged), tuple(failures), tuple(remarks))


def _plan(names: Sequence[str], source: FeedSource) -> list[tuple[Feed, Unit, frozenset[str]]]:
    """Units with the shards wanted of them (none: all)."""
    held = source.held()
    if not names:
        return [(feed, unit, frozenset()) for feed in FEEDS for unit in feed.units(held)]
    feeds = {feed.name: feed for feed in FEEDS}
    plan: dict[tuple[str, str], tuple[Feed, Unit, frozenset[str]]] = {}
    for name in names:
        if name in feeds:
            units = feeds[name].units(held)
            if not units:
                raise FeedError(f"{name}: the source has no documents of this feed")
            plan |= {(name, unit.name): (feeds[name], unit, frozenset()) for unit in units}
            continue
        found = unit_for(ShardName(name))
        if found is None:
            raise UsageError(f"{name}: no such feed or shard; `lading db list` shows them")
        feed, upstream = found
        # A held copy may lie otherwise than upstream's own documents.
        unit = next((one for one in feed.units(held) if one.name == upstream.name), upstream) if held else upstream
        _, _, wanted = plan.get((feed.name, unit.name), (feed, unit, frozenset({name})))
        plan[feed.name, unit.name] = (feed, unit, wanted | {name} if wanted else wanted)
    return list(plan.values())


def _update_unit(
    feed: Feed,
    unit: Unit,
    wanted: frozenset[str],
    source: FeedSource,
    database: Path,
    progress: Progress,
    allow_shrink: bool,
) -> UpdateResult:
    store = ShardStore(database)
    held = _held_of(unit, feed, wanted, store)
    validators = _validators(held, wanted)
    with source.fetch(unit.documents, validators, progress, unit.name) as fetched, ExitStack() as writers:
        if fetched is None:
            return UpdateResult((), tuple(_touch(one, database) for one in held), (), ())
        build = _Build(database, wanted, writers)
        unit.parse(fetched.files, build)
        if not any(writer.finish() for writer in build.writers.values()):
            raise FeedError("the documents hold no record")
        missing = [f"{unit.name}: there is no shard {name} in it" for name in sorted(wanted - build.writers.keys())]
        built, failures = _publish(build, feed, fetched, store, allow_shrink)
        return UpdateResult(tuple(built), (), (*failures, *missing), tuple(_remarks(unit, build)))


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
        self.latest = ""
        self.partial = False

    def shard(self, name: str, scheme: str, names: Names = "source") -> ShardWriter | None:
        if self._wanted and name not in self._wanted:
            self.partial = True
            return None
        writer = self.writers.get(name)
        if writer is None:
            writer = self._stack.enter_context(ShardWriter(self._database, name, self._room))
            self.writers[name] = writer
            self.schemes[name] = scheme
            self.names[name] = names
        return writer

    def skip(self, record: str) -> None:
        self.skipped.append(record[:120])

    def date(self, day: str) -> None:
        self.latest = max(self.latest, day)


def _publish(
    build: _Build, feed: Feed, fetched: Fetch, store: ShardStore, allow_shrink: bool
) -> tuple[list[Provenance], list[str]]:
    built = []
    failures = []
    for name in sorted(build.writers):
        writer = build.writers[name]
        before = _held(store, name)
        least = int(before.records * _LEAST) if before else 0
        if writer.finish() < least and not allow_shrink and before is not None:
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
            feed=feed.name,
            urls=fetched.urls,
            validators=fetched.validators,
            upstream_date=build.latest or fetched.date,
            skipped=len(build.skipped),
            built=_now(),
            partial=build.partial,
        )
        built.append(writer.publish(provenance))
    return built, failures


def _remarks(unit: Unit, build: _Build) -> Iterable[str]:
    if build.skipped:
        named = ", ".join(build.skipped[:_MOST_NAMED])
        more = f" and {len(build.skipped) - _MOST_NAMED:,} more" if len(build.skipped) > _MOST_NAMED else ""
        yield f"{unit.name}: {len(build.skipped):,} records could not be read: {named}{more}"


def _held_of(unit: Unit, feed: Feed, wanted: frozenset[str], store: ShardStore) -> list[Provenance]:
    """The shards this unit made earlier; of the wanted ones only, when some are wanted."""
    names = sorted(wanted) if wanted else store.names()
    held = (_held(store, name) for name in names)
    return [one for one in held if one is not None and one.feed == feed.name and _made_by(unit, one)]


def _made_by(unit: Unit, provenance: Provenance) -> bool:
    found = unit_for(ShardName(provenance.shard))
    return found is not None and found[1].name == unit.name


def _held(store: ShardStore, name: str) -> Provenance | None:
    """A shard's provenance; a broken one counts as none, for it is about to be replaced."""
    try:
        return store.provenance(ShardName(name))
    except AdvisoryError:
        return None


def _validators(held: Sequence[Provenance], wanted: frozenset[str]) -> Mapping[str, str]:
    """By URL. Only when all that is wanted is held, of the same documents, can "unchanged" be trusted."""
    if len({(one.urls, one.validators) for one in held}) != 1:
        return {}
    if not wanted <= {one.shard for one in held} or (not wanted and any(one.partial for one in held)):
        return {}
    return dict(zip(held[0].urls, held[0].validators, strict=False))


def _touch(provenance: Provenance, database: Path) -> Provenance:
    """Upstream says nothing has changed: the shard is as good as new."""
    renewed = structs.replace(provenance, built=_now())
    write_pointer(database, renewed)
    return renewed


def _kept(feed: Feed, unit: Unit, database: Path) -> str:
    held = _held_of(unit, feed, frozenset(), ShardStore(database))
    if not held:
        return ""
    return f"; kept what was built {min(one.built for one in held)} ({', '.join(one.shard for one in held)})"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
