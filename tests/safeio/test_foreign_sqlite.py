"""SQLite databases of others: nothing of theirs runs, and they cannot hold the scan up."""

import sqlite3
import struct
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.foreign_sqlite import is_database, is_wal_mode, iter_rows, with_log


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
    assert list(iter_rows(data, "t", ("text", "data"))) == [("a\\xff", None), ("b", b"\0\xff")]
    assert is_database(data)
    assert not is_wal_mode(data)
    logged = data[:18] + b"\2\2" + data[20:]
    assert is_wal_mode(logged)
    assert list(iter_rows(logged, "t", ("id",))) == [(1,), (2,)]


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
        list(iter_rows(database(*statements), "t", ("a",)))


def test_no_database_and_a_damaged_one() -> None:
    for data in (b"", b"x", b"junk" * 1000):
        assert not is_database(data)
        with pytest.raises(SafeIOError):
            list(iter_rows(data, "t", ("a",)))
    whole = database("CREATE TABLE t (a)", "INSERT INTO t SELECT zeroblob(3000) FROM pragma_function_list LIMIT 40")
    rows = iter_rows(whole[: 4096 * 20], "t", ("a",))
    with pytest.raises(SafeIOError, match="SQLite cannot read it"):
        list(rows)


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 200000) SELECT n FROM r"
    data = database("CREATE TABLE t (a)", f"INSERT INTO t {numbers}")
    assert sum(1 for _ in iter_rows(data, "t", ("a",))) == 200_000
    monkeypatch.setattr("lading.safeio.foreign_sqlite._STEPS", 200_000)
    with pytest.raises(SafeIOError, match="interrupted"):
        list(iter_rows(data, "t", ("a",)))


def logged(path: Path, *rounds: str) -> tuple[bytes, bytes]:
    """A database and its log after the statements; each checkpoint starts the log over."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", *rounds):
            connection.execute(statement)
        return path.read_bytes(), path.with_name(f"{path.name}-wal").read_bytes()
    finally:
        connection.close()


def test_a_log_is_joined(tmp_path: Path) -> None:
    data, log = logged(tmp_path / "db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    assert len(log) > 32
    assert list(iter_rows(with_log(data, log), "t", ("a",))) == [(1,)]
    assert with_log(data, log[:32]) == data


def test_frames_of_an_earlier_round_are_passed_over(tmp_path: Path) -> None:
    many = "INSERT INTO t SELECT zeroblob(3000) FROM pragma_function_list LIMIT 40"
    data, log = logged(
        tmp_path / "db", "CREATE TABLE t (a)", many, "PRAGMA wal_checkpoint", "DELETE FROM t WHERE rowid > 1"
    )
    assert len(log) > 40 * 3000
    assert len(list(iter_rows(data, "t", ("a",)))) == 40
    assert len(list(iter_rows(with_log(data, log), "t", ("a",)))) == 1


def test_a_log_that_is_none_or_lies(tmp_path: Path) -> None:
    data, log = logged(tmp_path / "db", "CREATE TABLE t (a)")
    for broken in (b"", b"junk" * 20, log[:8] + b"\0\0\0\3" + log[12:]):
        with pytest.raises(SafeIOError, match="not a write-ahead log"):
            with_log(data, broken)
    huge = log[:32] + struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF) + log[40:]
    assert len(with_log(data, huge)) <= len(data) + len(log)
