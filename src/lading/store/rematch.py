"""Matching what is kept again, when the data has changed: only what rests on a row that has."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct, structs
from msgspec.msgpack import Decoder, encode

from lading.database.provider import Advisories
from lading.engine.again import KeptMatcher
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.refreshed import refreshed_coverage
from lading.engine.scan import TOOL, match_case, prepare
from lading.model.advisory import SEVERITY_ORDER, ShardName
from lading.model.errors import LadingError, StoreError
from lading.model.ports import AdvisoryStore, Progress
from lading.model.rematch import NewFinding
from lading.model.report import Target
from lading.store.connection import errors, transaction
from lading.store.recording import ADVISORY, RECORD, TEXT, Digests, RecordingDatabase, current_digests
from lading.store.result import Need, encoded, pack, unpack_coverage, unpack_listed, unpack_target
from lading.store.rows import FindingRow, finding_rows
from lading.store.scanning import how_matched
from lading.store.store import ResultStore

_BATCH: Final = 2000


Place = tuple[str, str, str]
"""The shard, table and key of a Need."""


class Kept(Struct, frozen=True):
    """A result as it is handed out to be matched again: its number, an image that it is of, its parts as the store has
    them, and the rows that it rests on and that have changed, None where it was matched in another way."""

    id: int
    name: str
    inventory: bytes
    target: bytes
    coverage: bytes
    changed: tuple[Place, ...] | None


class Updated(Struct, frozen=True, array_like=True):
    """What takes the place of a result: parts as the store has them, `findings` those that are open, None where the
    target says the same as before but for its coverage. With `touched`, `findings` are those of these packages, and
    `needs` those that come to what the result rests on and has not changed. `error` says why there is nothing."""

    id: int
    error: str = ""
    target: bytes = b""
    coverage: bytes = b""
    tool: str = ""
    database: str = ""
    starter: bool = False
    pinned: bool = False
    needs: tuple[Need, ...] = ()
    findings: tuple[FindingRow, ...] | None = None
    touched: tuple[bytes, ...] | None = None


class Plan(Struct, frozen=True):
    """The numbers of the results that have to be matched again, for one of so many `rows` has changed, and of those
    that only have to cite the data as it is now, which may have been confirmed since. `whole` are those of the first
    that were matched in another way, `changed` the rows that have changed by the numbers of the needs for them.
    Those that are `held` stay as they are: packages of theirs were matched against the `missing` shards, which are
    not at hand now."""

    again: tuple[int, ...]
    same: tuple[int, ...]
    rows: int
    whole: frozenset[int] = frozenset()
    changed: Mapping[int, Place] = {}
    held: tuple[int, ...] = ()
    missing: tuple[ShardName, ...] = ()

    def of(self, needs: Iterable[int]) -> tuple[Place, ...]:
        """The rows among these needs that have changed."""
        return tuple(self.changed[one] for one in needs if one in self.changed)


def shards_needed(store: ResultStore) -> tuple[ShardName, ...]:
    """The shards that kept results were matched against, as far as scans keep them up to date. Raises StoreError."""
    with errors(store.path):
        every = {coverage for (coverage,) in store.connection.execute("SELECT coverage FROM result")}
    sources = (source for data in every for row in unpack_coverage(data) for source in row.sources)
    return tuple(sorted({ShardName(source.shard) for source in sources if not source.lesser}))


def plan_rematch(store: ResultStore, now: Advisories, options: ScanOptions) -> Plan:
    """What has to be done so that each result is what a scan would give now. Raises StoreError, AdvisoryError."""
    again, same, whole, held = [], [], [], []
    resting = _Resting(now.store)
    with errors(store.path):
        changed = dict(_changed_needs(store, now.store))
        query = "SELECT id, tool, starter, how, needs, coverage FROM result ORDER BY id"
        for id, tool, starter, how, needs, coverage in store.connection.execute(query):
            if resting.on_missing(coverage):
                held.append(id)
            elif tool != TOOL or bool(starter) != now.starter or how != how_matched(options):
                again.append(id)
                whole.append(id)
            elif changed.keys().isdisjoint(array("I", needs)):
                same.append(id)
            else:
                again.append(id)
    missing = tuple(sorted(resting.missing))
    return Plan(tuple(again), tuple(same), len(set(changed.values())), frozenset(whole), changed, tuple(held), missing)


class _Resting:
    """Tells which results rest on shards that are not at hand; `missing` are those met."""

    def __init__(self, store: AdvisoryStore) -> None:
        self._store = store
        self._known: dict[str, bool] = {}
        self._told: dict[bytes, bool] = {}
        self.missing: set[ShardName] = set()

    def on_missing(self, coverage: bytes) -> bool:
        """Whether packages of a result were matched against such a shard, of those that scans keep up to date."""
        if coverage not in self._told:
            rows = (row for row in unpack_coverage(coverage) if row.packages)
            shards = {source.shard for row in rows for source in row.sources if not source.lesser}
            gone = [ShardName(shard) for shard in shards if self._is_missing(shard)]
            self.missing.update(gone)
            self._told[coverage] = bool(gone)
        return self._told[coverage]

    def _is_missing(self, shard: str) -> bool:
        if shard not in self._known:
            self._known[shard] = self._store.provenance(ShardName(shard)) is None
        return self._known[shard]


def _changed_needs(store: ResultStore, advisories: AdvisoryStore) -> Iterator[tuple[int, Place]]:
    """The numbers of the needs that would be met by something else now, with what they are for."""
    query = 'SELECT id, shard, "table", key, digest FROM need ORDER BY shard, "table"'
    waiting: list[tuple[int, str, bytes]] = []
    of = ("", "")
    for id, shard, table, key, digest in store.connection.execute(query):
        if (shard, table) != of or len(waiting) >= _BATCH:
            yield from _differing(advisories, of, waiting)
            waiting, of = [], (shard, table)
        waiting.append((id, key, digest))
    yield from _differing(advisories, of, waiting)


def _differing(
    advisories: AdvisoryStore, of: tuple[str, str], needs: Sequence[tuple[int, str, bytes]]
) -> Iterator[tuple[int, Place]]:
    if needs:
        now = current_digests(advisories, *of, list(dict.fromkeys(key for _, key, _ in needs)))
        yield from ((id, (*of, key)) for id, key, digest in needs if key in now and now[key] != digest)


def kept_results(store: ResultStore, ids: Sequence[int], plan: Plan) -> list[Kept]:
    """Results by their numbers. Raises StoreError."""
    query = """SELECT result.id, min(image.name), inventory, target, coverage, needs FROM result
        LEFT JOIN image ON image.result = result.id WHERE result.id=? GROUP BY result.id"""
    with errors(store.path):
        rows = (store.connection.execute(query, (id,)).fetchone() for id in ids)
        return [
            Kept(id, name or "", inventory, target, coverage, None if id in plan.whole else plan.of(array("I", needs)))
            for id, name, inventory, target, coverage, needs in filter(None, rows)
        ]


def match_again(
    kept: Sequence[Kept], shards: Sequence[ShardName], options: ScanOptions, environment: Environment
) -> bytes:
    """What takes the place of each of these results, as `decode_updates` reads it. Raises LadingError for what concerns
    all of them."""
    given = _Given(environment.database.provide(shards, environment.progress))
    known: Digests = {}
    return encoded([_matched(one, given, known, options, environment) for one in kept])


class _Given(Struct, frozen=True):
    """A DatabaseProvider that has these advisories."""

    advisories: Advisories

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        return self.advisories


def _matched(kept: Kept, given: _Given, known: Digests, options: ScanOptions, environment: Environment) -> Updated:
    try:
        listed = unpack_listed(kept.inventory)
        database = RecordingDatabase(given, known=known)
        case = prepare(listed, options, structs.replace(environment, database=database))
        before, matcher = _before(kept) if case.vex is None else (None, None)
        report = match_case(listed, case, matcher)
    except LadingError as error:
        return Updated(kept.id, str(error))
    assert database.recorder is not None
    (target,) = report.targets
    target, coverage = structs.replace(target, coverage=()), target.coverage
    packed = kept.target if target == before else pack(target)
    is_same, touched = packed == kept.target, matcher.touched if matcher is not None else None
    findings = (one for one in target.findings if touched is None or one.package.id in touched)
    return Updated(
        kept.id,
        target=b"" if is_same else packed,
        coverage=encode(coverage),
        tool=report.tool,
        database=report.database,
        starter=report.starter,
        pinned=report.pinned,
        needs=database.recorder.needs,
        findings=None if is_same else finding_rows(findings),
        touched=None if touched is None else tuple(bytes.fromhex(one) for one in sorted(touched)),
    )


def _before(kept: Kept) -> tuple[Target, KeptMatcher] | tuple[None, None]:
    """What a result said, without its coverage, and what matches it from that; nothing where everything is to be
    matched: more has changed than rows on packages and vulnerabilities (a whole shard, the support of a release)."""
    rows: dict[str, dict[str, set[str]]] = {table: defaultdict(set) for table in (ADVISORY, TEXT, RECORD)}
    if kept.changed is None or any(table not in rows for _, table, _ in kept.changed):
        return None, None
    for shard, table, key in kept.changed:
        rows[table][shard].add(key)
    try:
        target = unpack_target(kept.target, kept.coverage)
    except StoreError:  # all the more reason to make it anew
        return None, None
    advisories, texts = ({shard: frozenset(keys) for shard, keys in rows[one].items()} for one in (ADVISORY, TEXT))
    matcher = KeptMatcher(target, advisories, texts, frozenset(rows[RECORD][""]))
    return structs.replace(target, coverage=()), matcher


def decode_updates(data: bytes | bytearray) -> tuple[Updated, ...]:
    """What `match_again` gave. Raises StoreError."""
    try:
        return _UPDATES.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a result cannot be read: {error}") from error


_UPDATES: Final = Decoder(tuple[Updated, ...])


class News:
    """What is new in images, and what is gone, gathered from updates as they are kept."""

    def __init__(self) -> None:
        self.changed = 0
        self.gone = 0
        self.failed: list[tuple[str, str]] = []
        self._images: dict[int, list[str]] = defaultdict(list)
        """The names of the images that a finding is new in, by its number."""

    def found(self, store: ResultStore) -> tuple[NewFinding, ...]:
        """What is new, the most pressing first; the findings of one vulnerability and package, of one state, together.
        Raises StoreError."""
        query = """SELECT vulnerability, package.type, package.name, package.version, status, severity, fixed,
            exploited, hidden, risk FROM finding JOIN package ON package.id = finding.package WHERE finding.id=?"""
        together: dict[bytes, tuple[set[str], dict[str, None], NewFinding]] = {}
        with errors(store.path):
            for number, images in sorted(self._images.items()):
                name, type, package, version, status, severity, fixed, exploited, hidden, risk = (
                    store.connection.execute(query, (number,)).fetchone()
                )
                one = NewFinding(
                    name, type, package, (), (), status, severity, fixed, bool(exploited), bool(hidden), risk
                )
                versions, names, _ = together.setdefault(encode(one), (set(), {}, one))
                versions.add(version)
                names.update(dict.fromkeys(images))
        found = [
            structs.replace(one, versions=tuple(sorted(versions)), images=tuple(sorted(names)))
            for versions, names, one in together.values()
        ]
        return tuple(sorted(found, key=_pressing))

    def add_since(self, store: ResultStore, since: int) -> None:
        """What images have since a time that they were scanned before. Raises StoreError."""
        query = """SELECT image.name, finding.id FROM sighting JOIN image ON image.id = sighting.image
            JOIN finding ON finding.fingerprint = sighting.fingerprint
            JOIN presence ON presence.finding = finding.id AND presence.result = image.result
            WHERE sighting.first_seen >= ? AND image.first_seen < ? AND gone IS NULL"""
        with errors(store.path):
            for name, finding in store.connection.execute(query, (since, since)):
                self._images[finding].append(name)

    def note(self, images: Iterable[str], findings: Iterable[int]) -> None:
        """These findings are new in these images."""
        names = list(images)
        for one in findings:
            self._images[one] += names


def _pressing(one: NewFinding) -> tuple[object, ...]:
    severity = SEVERITY_ORDER.index(one.severity)
    return one.hidden, not one.exploited, -severity, -one.risk, -len(one.images), one.vulnerability, one.package


def keep_updates(
    store: ResultStore, updates: Sequence[Updated], changed: Collection[int], news: News, now: int
) -> None:
    """Puts updates into the place of results, all of them or none. `changed` are the numbers of the needs that are met
    by something else now. Raises StoreError."""
    with store.writing():
        for one in updates:
            _keep(store, one, changed, news, now)


def _keep(store: ResultStore, update: Updated, changed: Collection[int], news: News, now: int) -> None:
    execute = store.connection.execute
    images = execute("SELECT id, name, last_seen FROM image WHERE result=? ORDER BY name", (update.id,)).fetchall()
    if update.error:
        news.failed += [(name, update.error) for _, name, _ in images]
        return
    needs = array("I", map(store.numbers.need, update.needs))
    if update.touched is not None:
        (resting,) = execute("SELECT needs FROM result WHERE id=?", (update.id,)).fetchone()
        needs = array("I", sorted({*needs, *(one for one in array("I", resting) if one not in changed)}))
    row = (
        update.tool,
        update.database,
        update.starter,
        update.pinned,
        now,
        update.coverage,
        needs.tobytes(),
        update.id,
    )
    execute(
        """UPDATE result SET tool=?, "database"=?, starter=?, pinned=?, matched=?, coverage=?, needs=? WHERE id=?""",
        row,
    )
    if update.findings is None:
        return
    news.changed += 1
    execute("UPDATE result SET target=? WHERE id=?", (update.target, update.id))
    after = {store.numbers.finding(one): one for one in update.findings}
    before = _present(store, update)
    store.connection.executemany(
        "DELETE FROM presence WHERE finding=? AND result=?", ((one, update.id) for one in before - after.keys())
    )
    store.connection.executemany(
        "INSERT INTO presence VALUES (?, ?)", ((one, update.id) for one in after.keys() - before)
    )
    by_fingerprint: dict[int, list[int]] = defaultdict(list)
    for number, one in after.items():
        by_fingerprint[store.numbers.fingerprint(one.fingerprint)].append(number)
    for image, name, last_seen in images:
        new, gone = store.see(image, update.id, now, last_seen)
        news.note([name], (number for one in new for number in by_fingerprint[one]))
        news.gone += len(gone)


def _present(store: ResultStore, update: Updated) -> set[int]:
    """The numbers of the findings that a result had, of the packages that the update is about."""
    query = "SELECT finding FROM presence WHERE result=?"
    if update.touched is None:
        return {number for (number,) in store.connection.execute(query, (update.id,))}
    marks = ",".join("?" * len(update.touched))
    of = f"SELECT id FROM finding WHERE package IN (SELECT id FROM package WHERE key IN ({marks}))"  # noqa: S608
    rows = store.connection.execute(f"{query} AND finding IN ({of})", (update.id, *update.touched))
    return {number for (number,) in rows}


def keep_refreshed(store: ResultStore, ids: Sequence[int], advisories: AdvisoryStore, database: str, now: int) -> None:
    """Makes results that rest on nothing that has changed cite the data as it is now. Raises StoreError,
    AdvisoryError."""
    query = 'SELECT coverage, "database" FROM result WHERE id=?'
    change = 'UPDATE result SET coverage=?, "database"=?, matched=? WHERE id=?'
    known: dict[bytes, bytes] = {}
    with transaction(store.connection, store.path):
        for id in ids:
            coverage, of = store.connection.execute(query, (id,)).fetchone()
            if coverage not in known:
                known[coverage] = encode(refreshed_coverage(unpack_coverage(coverage), advisories))
            if (known[coverage], database) != (coverage, of):
                store.connection.execute(change, (known[coverage], database, now, id))


def tidy(store: ResultStore) -> None:
    """Removes what no result rests on any more. Raises StoreError."""
    with transaction(store.connection, store.path):
        used: set[int] = set()
        for (needs,) in store.connection.execute("SELECT needs FROM result"):
            used.update(array("I", needs))
        unused = [(id,) for (id,) in store.connection.execute("SELECT id FROM need") if id not in used]
        store.connection.executemany("DELETE FROM need WHERE id=?", unused)
        store.connection.execute("DELETE FROM finding WHERE id NOT IN (SELECT finding FROM presence)")
        store.connection.execute("DELETE FROM alias WHERE finding NOT IN (SELECT id FROM finding)")
    store.numbers.forget()
