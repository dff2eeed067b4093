"""SQLite databases of others: nothing of theirs runs, and they cannot hold the scan up."""

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio import foreign_sqlite
from lading.safeio.foreign_sqlite import Database, is_database, iter_rows, kept_databases
from lading.safeio.keeping import keep
from tests.safeio.sqlite_cases import Rows, by_lading, by_sqlite, damaged, journalled, logged


def database(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
        return connection.serialize()
    finally:
        connection.close()


def test_rows_of_a_table_in_its_order() -> None:
    data = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, data BLOB, more)",
        "INSERT INTO t VALUES (2, 'b', x'00ff', 1.5), (1, CAST(x'61ff' AS TEXT), NULL, 3)",
        "CREATE INDEX i ON t (text)",
    )
    assert list(iter_rows(Database(data), "t", ("text", "data"))) == [("a\\xff", None), ("b", b"\0\xff")]
    assert is_database(data)
    logged = data[:18] + b"\2\2" + data[20:]
    assert list(iter_rows(Database(logged), "t", ("id",))) == [(1,), (2,)]


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE other (a)",),
        ("CREATE TABLE t (b)",),
        ("CREATE VIEW t (a) AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT n FROM r",),
        ("CREATE TABLE t (b, a AS (zeroblob(100000000)))", "INSERT INTO t VALUES (1)"),
        ("CREATE VIRTUAL TABLE t USING fts5 (a)",),
    ],
    ids=["no table", "no column", "view", "computed column", "virtual table"],
)
def test_only_plain_tables_are_read(statements: tuple[str, ...]) -> None:
    with pytest.raises(SafeIOError):
        list(iter_rows(Database(database(*statements)), "t", ("a",)))


def test_no_database_and_a_damaged_one() -> None:
    for data in (b"", b"x", b"junk" * 1000):
        assert not is_database(data)
        with pytest.raises(SafeIOError):
            list(iter_rows(Database(data), "t", ("a",)))
    whole = database("CREATE TABLE t (a)", "INSERT INTO t SELECT zeroblob(3000) FROM pragma_function_list LIMIT 40")
    rows = iter_rows(Database(whole[: 4096 * 20]), "t", ("a",))
    with pytest.raises(SafeIOError, match="SQLite cannot read it"):
        list(rows)


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 200000) SELECT n FROM r"
    data = database("CREATE TABLE t (a)", f"INSERT INTO t {numbers}")
    assert sum(1 for _ in iter_rows(Database(data), "t", ("a",))) == 200_000
    monkeypatch.setattr("lading.safeio.foreign_sqlite._STEPS", 200_000)
    with pytest.raises(SafeIOError, match="interrupted"):
        list(iter_rows(Database(data), "t", ("a",)))


@pytest.mark.parametrize("content", [b"", b"junk" * 1000], ids=["empty", "junk"])
def test_no_database_on_disk(content: bytes) -> None:
    assert by_lading(Database(content, log=b"x")) is None


def opened(path: Path, *statements: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA synchronous=OFF", "PRAGMA page_size=1024", *statements):
        connection.execute(statement)
    return connection


def rows(*values: object) -> Rows:
    return [(value,) for value in values]


def test_a_log_counts_up_to_its_last_valid_commit(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with closing(opened(path, "PRAGMA journal_mode=WAL", "CREATE TABLE t (a)", "PRAGMA wal_checkpoint")) as connection:
        for number in range(3):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        data, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    frame = 24 + 1024
    assert by_lading(Database(data, log)) == rows(0, 1, 2)
    assert by_lading(Database(data)) == []
    for place in (8, 16, 24):  # salts and checksum of the second frame, then a byte of its page
        changed = bytearray(log)
        changed[32 + frame + place] ^= 1
        assert by_lading(Database(data, bytes(changed))) == rows(0)
    assert by_lading(Database(data, log[:-1])) == rows(0, 1)
    for place in (0, 7, 12, 24):  # magic, version, sequence number and checksum of the log itself
        changed = bytearray(log)
        changed[place] ^= 1
        assert by_lading(Database(data, bytes(changed))) == []
    # The log counts whatever mode the database's header says.
    assert by_lading(Database(data[:18] + b"\1\1" + data[20:], log)) == rows(0, 1, 2)


def test_a_journal_gives_back_what_a_power_cut_left_half_written(tmp_path: Path) -> None:
    path = tmp_path / "d"
    before = rows(*(f"{number:900}" for number in range(50)))
    with closing(opened(path, "PRAGMA cache_size=1", "CREATE TABLE t (a)")) as connection:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?)", before)
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("UPDATE t SET a = replace(a, '1', '2')")
        data, journal = path.read_bytes(), Path(f"{path}-journal").read_bytes()
        connection.execute("ROLLBACK")
    half_written = by_lading(Database(data))
    assert half_written != before
    assert by_lading(Database(data, journal=journal)) == before
    assert by_lading(Database(data, journal=bytes(len(journal)))) == half_written


def test_a_journal_that_names_files_of_this_host_is_refused(tmp_path: Path) -> None:
    bystander = tmp_path / "bystander"
    bystander.write_bytes(b"of this host")
    name = str(bystander).encode()
    tail = len(name).to_bytes(4, "big") + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big")
    magic = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    # A header (records, nonce, pages, sizes of sectors and pages), then the name of a journal over several databases.
    journal = magic + b"".join(number.to_bytes(4, "big") for number in (0, 0, 2, 4096, 4096))
    journal = journal.ljust(4096, b"\0") + bytes(4) + name + tail + magic
    whole = Database(database("CREATE TABLE t (a)"), journal=journal)
    with pytest.raises(SafeIOError, match="a transaction over several databases"):
        list(iter_rows(whole, "t", ("a",)))
    by_sqlite(whole, tmp_path / "peer")
    assert not bystander.exists()  # it really would have


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    whole = Database(database("CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2)"), log=b"junk")
    assert by_lading(whole) == rows(1, 2)
    iterator = iter_rows(whole, "t", ("a",))
    assert next(iterator) == (1,)
    assert list(tmp_path.iterdir()) != []
    iterator.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SafeIOError, match="a temporary copy of it cannot be made: no directory for temporary files"):
        list(iter_rows(whole, "t", ("a",)))


def test_a_large_database_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    data = database("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    in_wal_mode = data[:18] + b"\2\2" + data[20:]
    monkeypatch.setattr(foreign_sqlite, "IN_MEMORY", 100)
    assert by_lading(Database(data)) == by_lading(Database(in_wal_mode)) == rows(1)


def test_which_files_belong_together() -> None:
    packed = {name: keep(name.encode(), 10, name) for name in ("a", "a-wal", "b", "c", "c-journal", "d-wal")}
    found = {name: (one.content, one.log, one.journal) for name, one in kept_databases({**packed, "e": b""})}
    assert found == {"a": (b"a", b"a-wal", b""), "c": (b"c", b"", b"c-journal")}


def test_damaged_logs_and_journals_are_read_as_sqlite_reads_them(tmp_path: Path) -> None:
    """A sample of bench/sqlite_logs.py."""
    dice = random.Random(11)
    pool = [(logged if number % 3 else journalled)(tmp_path / str(number), dice) for number in range(12)]
    read = 0
    for _ in range(250):
        case = damaged(dice.choice(pool), dice.choice(pool), dice)
        theirs, ours = by_sqlite(case, tmp_path / "peer"), by_lading(case)
        assert ours in (theirs, None)
        read += ours is not None
    assert read > 150
