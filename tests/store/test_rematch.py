"""Matching what is kept again: only what rests on a row that changed, and the same as scanning everything again."""

import random
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from lading.advisories.store import ShardStore
from lading.advisories.writer import ShardWriter
from lading.database.provider import Advisories
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.advisory import (
    EPSS,
    KEV,
    NVD,
    Advisory,
    AdvisoryText,
    Cycle,
    KnownExploited,
    LifeCycle,
    Provenance,
    Range,
    Severity,
    ShardName,
    VulnerabilityRecord,
)
from lading.model.package import Package
from lading.store.rematch import (
    News,
    Plan,
    decode_updates,
    keep_refreshed,
    keep_updates,
    kept_results,
    match_again,
    plan_rematch,
    shards_needed,
    tidy,
)
from lading.store.result import Result
from lading.store.store import ResultStore
from tests.samples import FixedDatabase, deb
from tests.store.samples import image_of, result_on

FIRST, SECOND = 1_700_000_000, 1_700_100_000
HIGH = (Severity("high", "debian", 0.0, "high"),)
Rows = dict[str, list[Any]]


def publish(database: Path, rows: Rows, day: str) -> ShardStore:
    """A database of these rows by shard."""
    for name, held in rows.items():
        with ShardWriter(database, name) as writer:
            for one in held:
                match one:
                    case Advisory():
                        writer.add(one)
                    case AdvisoryText():
                        writer.add_text(one)
                    case KnownExploited():
                        writer.add_exploited(one)
                    case VulnerabilityRecord():
                        writer.add_facts(one)
                    case LifeCycle():
                        writer.add_life_cycle(one)
            scheme = "deb" if name.startswith("debian") else ""
            writer.publish(Provenance(name, "", 0, scheme, name, upstream_date=day, built=f"{day}T00:00:00Z"))
    return ShardStore(database)


def rows_of(generator: random.Random) -> Rows:
    """Advisories of every kind on forty packages."""
    advisories = [
        Advisory(f"CVE-2024-{number}", f"pkg{number % 40}", ranges=(Range(fixed=str(number % 7)),), severities=HIGH)
        for number in range(120)
    ]
    return {
        "debian-12": [
            *advisories,
            *(AdvisoryText(f"CVE-2024-{number}", f"text {number}") for number in range(0, 120, 9)),
        ],
        KEV: [KnownExploited("CVE-2024-3", "2024-01-01")],
        EPSS: [VulnerabilityRecord(f"CVE-2024-{number}", epss=0.1, percentile=0.5) for number in range(120)],
        "endoflife": [LifeCycle("debian", (Cycle("12", end="2026-06-10"),))],
    }


def images(generator: random.Random) -> dict[str, list[Package]]:
    return {
        f"app:{number}": [deb(f"pkg{one}", str(generator.randrange(8))) for one in generator.sample(range(40), 6)]
        for number in range(30)
    }


def scanned(every: dict[str, list[Package]], store: ShardStore) -> dict[str, Result]:
    return {name: result_on(image_of(name, f"sha256:{name}"), held, store) for name, held in every.items()}


def rematched(store: ResultStore, database: ShardStore) -> tuple[Plan, News]:
    """What `lading rematch` does, without its workers."""
    given = Advisories(database, digest(database))
    plan = plan_rematch(store, given, ScanOptions())
    news = News()
    environment = Environment(database=FixedDatabase(database))
    keep_refreshed(store, plan.same, database, given.database, SECOND)
    for id in plan.again:
        updates = match_again(kept_results(store, [id], plan), shards_needed(store), ScanOptions(), environment)
        named = [structs.replace(one, database=given.database) for one in decode_updates(updates)]
        keep_updates(store, named, plan.changed, news, SECOND)
    return plan, news


def digest(database: ShardStore) -> str:
    """What tells a database from another."""
    every = [database.provenance(shard) for shard in database.names()]
    return sha256(repr([one.digest for one in every if one is not None]).encode()).hexdigest()


def tables(store: ResultStore) -> list[tuple[Any, ...]]:
    """Everything that exposure asks, row by row."""
    return store.connection.execute(
        """SELECT image.name, vulnerability, package.name, package.version, status, severity, fixed, exploited, hidden,
        risk, layer FROM image JOIN presence USING(result) JOIN finding ON finding.id = presence.finding
        JOIN package ON package.id = finding.package
        JOIN holding ON holding.package = package.id AND holding.result = image.result
        ORDER BY 1, 2, 3, 4"""
    ).fetchall()


def put(store: ResultStore, results: Iterable[Result], now: int) -> None:
    for number, result in enumerate(results):
        store.put(1, number, result.listed.image.name, (structs.replace(result, database="sha256:1"),), now)


def change(rows: Rows, generator: random.Random) -> Rows:
    """Rows with one in ten changed, removed or added."""
    changed = {name: list(held) for name, held in rows.items()}
    advisories = [one for one in changed["debian-12"] if isinstance(one, Advisory)]
    for one in generator.sample(advisories, 4):
        changed["debian-12"].remove(one)
    for one in generator.sample(advisories, 4):
        changed["debian-12"].append(structs.replace(one, id=f"{one.id}9", ranges=(Range(),)))
    for one in generator.sample(changed[EPSS], 3):
        changed[EPSS].remove(one)
        changed[EPSS].append(structs.replace(one, epss=0.9))
    changed[KEV].append(KnownExploited(f"CVE-2024-{generator.randrange(120)}", "2025-01-01"))
    changed["debian-12"].append(AdvisoryText("CVE-2024-1", "another text"))
    return changed


@pytest.mark.parametrize("seed", range(8))
def test_the_result_is_that_of_scanning_everything_again(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    rows, every = rows_of(generator), images(generator)
    store = ResultStore(tmp_path / "kept.sqlite")
    put(store, scanned(every, publish(tmp_path / "old", rows, "2026-01-01")).values(), FIRST)
    after = publish(tmp_path / "new", change(rows, generator), "2026-01-02")
    plan, news = rematched(store, after)
    assert 0 < len(plan.again) < len(every)
    whole = ResultStore(tmp_path / "whole.sqlite")
    again = scanned(every, after)
    put(whole, again.values(), SECOND)
    assert tables(store) == tables(whole)
    for id, name, _ in store.iter_images():
        kept = store.get(id)
        assert kept.target == again[name].target
        assert (kept.tool, kept.listed) == (again[name].tool, again[name].listed)
    tidy(store)
    assert tables(store) == tables(whole)
    assert rematched(store, after)[0] == Plan((), tuple(sorted((*plan.again, *plan.same))), 0)
    assert not news.failed


def test_what_is_new_is_told_once_for_all_images(tmp_path: Path) -> None:
    curl = Advisory("CVE-1", "curl", ranges=(Range(fixed="2"),), severities=HIGH)
    old: Rows = {KEV: [], EPSS: []}
    store = ResultStore(tmp_path / "kept.sqlite")
    before = publish(tmp_path / "old", {"debian-12": [curl], **old}, "2026-01-01")
    every = {"a": [deb("curl", "1")], "b": [deb("curl", "1"), deb("tar", "1")], "c": [deb("tar", "1")]}
    put(store, scanned(every, before).values(), FIRST)
    worse = Advisory("CVE-2", "curl", ranges=(Range(fixed="3"),), severities=HIGH)
    plan, news = rematched(store, publish(tmp_path / "new", {"debian-12": [worse], **old}, "2026-01-02"))
    assert (len(plan.again), len(plan.same), plan.rows, news.changed, news.gone) == (2, 1, 1, 2, 2)
    (found,) = news.found(store)
    assert (found.vulnerability, found.package, found.versions, found.images, found.severity, found.fixed_version) == (
        "CVE-2", "curl", ("1",), ("a", "b"), "high", "3",
    )  # fmt: skip
    query = "SELECT DISTINCT first_seen, gone FROM sighting ORDER BY first_seen"
    assert store.connection.execute(query).fetchall() == [(FIRST, FIRST), (SECOND, None)]


def test_an_end_of_support_that_the_data_passes_is_a_change(tmp_path: Path) -> None:
    rows: Rows = {
        "debian-12": [],
        KEV: [],
        EPSS: [],
        "endoflife": [LifeCycle("debian", (Cycle("12", end="2026-06-10"),))],
    }
    every = {"a": [deb("curl", "1")]}
    store = ResultStore(tmp_path / "kept.sqlite")
    put(store, scanned(every, publish(tmp_path / "old", rows, "2026-06-01")).values(), FIRST)
    for number, (day, again) in enumerate((("2026-06-02", 0), ("2026-06-20", 1), ("2026-06-21", 0))):
        after = publish(tmp_path / f"new{number}", rows, day)
        assert len(rematched(store, after)[0].again) == again
        assert store.get(1).target == scanned(every, after)["a"].target


def test_shards_that_come_and_go_are_changes(tmp_path: Path) -> None:
    rows: Rows = {"debian-12": [Advisory("CVE-1", "curl", ranges=(Range(),))]}
    every = {"a": [deb("curl", "1")]}
    store = ResultStore(tmp_path / "kept.sqlite")
    sets: Sequence[Rows] = (rows, {**rows, KEV: [KnownExploited("CVE-1", "2025-01-01")], EPSS: []}, rows)
    put(store, scanned(every, publish(tmp_path / "old", rows, "2026-06-01")).values(), FIRST)
    for number, held in enumerate(sets):
        after = publish(tmp_path / f"new{number}", held, "2026-06-01")
        assert len(rematched(store, after)[0].again) == (number > 0)
        assert store.get(1).target == scanned(every, after)["a"].target


def test_an_advisory_on_the_name_of_a_jar_of_no_group_is_a_change(tmp_path: Path) -> None:
    every = {"a": [Package("shop", "1", "maven", properties={"relationship": "root"})]}
    store = ResultStore(tmp_path / "kept.sqlite")
    facts: Rows = {KEV: [], EPSS: []}
    other, own = (Advisory("CVE-1", name, ranges=(Range(),)) for name in ("acme:other", "acme:shop"))
    sets: Sequence[Rows] = ({"maven": [other], **facts}, {"maven": [own], **facts}, {"maven": [own, other], **facts})
    put(store, scanned(every, publish(tmp_path / "old", sets[0], "2026-06-01")).values(), FIRST)
    for number, held in enumerate(sets):
        after = publish(tmp_path / f"new{number}", held, "2026-06-01")
        assert len(rematched(store, after)[0].again) == (number == 1)
        assert store.get(1).target == scanned(every, after)["a"].target


def test_results_stay_where_the_data_that_they_rest_on_is_gone(tmp_path: Path) -> None:
    rows: Rows = {"debian-12": [Advisory("CVE-1", "curl", ranges=(Range(),))]}
    store = ResultStore(tmp_path / "kept.sqlite")
    before = publish(tmp_path / "old", rows, "2026-06-01")
    put(store, scanned({"a": [deb("curl", "1")], "b": [Package("a", "1", "conda")]}, before).values(), FIRST)
    after = publish(tmp_path / "new", {KEV: []}, "2026-06-01")
    plan, news = rematched(store, after)
    assert (plan.held, plan.missing, news.gone) == ((1,), ("debian-12",), 0)
    assert [one.id for one in store.get(1).target.findings] == ["CVE-1"]
    assert rematched(store, publish(tmp_path / "again", rows, "2026-06-02"))[0].held == ()


def test_results_of_another_version_of_the_program_are_matched_again(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "kept.sqlite")
    database = publish(tmp_path / "old", {"debian-12": [], KEV: [], EPSS: []}, "2026-06-01")
    put(store, scanned({"a": [deb("curl", "1")]}, database).values(), FIRST)
    store.connection.execute("UPDATE result SET tool='lading 0'")
    plan, news = rematched(store, database)
    assert (plan.again, news.changed) == ((1,), 0)
    assert store.get(1).tool.startswith("lading 0.1")
    assert shards_needed(store) == (ShardName("debian-12"), EPSS, KEV)


def test_shards_that_scans_do_not_fetch_are_not_fetched(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "kept.sqlite")
    rows: Rows = {"debian-12": [], KEV: [], EPSS: [], NVD: []}
    put(store, scanned({"a": [deb("curl", "1")]}, publish(tmp_path / "old", rows, "2026-06-01")).values(), FIRST)
    assert NVD in [source.shard for row in store.get(1).target.coverage for source in row.sources]
    assert shards_needed(store) == (ShardName("debian-12"), EPSS, KEV)


def test_a_damaged_inventory_is_told_and_stops_no_other(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "kept.sqlite")
    rows: Rows = {"debian-12": [], KEV: [], EPSS: []}
    put(
        store,
        scanned(
            {"a": [deb("curl", "1")], "b": [deb("curl", "2")]}, publish(tmp_path / "o", rows, "2026-06-01")
        ).values(),
        FIRST,
    )
    store.connection.execute("UPDATE result SET inventory=x'00' WHERE id=1")
    rows["debian-12"] = [Advisory("CVE-1", "curl", ranges=(Range(),))]
    _, news = rematched(store, publish(tmp_path / "n", rows, "2026-06-02"))
    assert [name for name, _ in news.failed] == ["a"]
    assert "a kept result is damaged" in news.failed[0][1]
    assert [one.images for one in news.found(store)] == [("b",)]
