"""Databases with a log or a journal beside them, damaged by chance, and what SQLite itself makes of them."""

import random
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from lading.model.errors import SafeIOError
from lading.safeio.foreign_sqlite import JOURNAL, LOG, Database, iter_rows

Rows = list[tuple[object, ...]]
_PAGE_SIZES = (512, 1024, 4096, 65536)


def logged(place: Path, dice: random.Random) -> Database:
    """A database in WAL mode after some transactions, of which some have gone from the log to the database."""
    place.mkdir()
    with closing(sqlite3.connect(place / "d", isolation_level=None)) as connection:
        for pragma in (
            "synchronous=OFF",
            f"page_size={dice.choice(_PAGE_SIZES)}",
            "journal_mode=WAL",
            "wal_autocheckpoint=0",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE t (a)")
        for _ in range(dice.randint(1, 6)):
            _transaction(connection, dice)
            if dice.random() < 0.3:
                connection.execute(f"PRAGMA wal_checkpoint({dice.choice(('PASSIVE', 'RESTART', 'TRUNCATE'))})")
        return _copied(place)


def journalled(place: Path, dice: random.Random) -> Database:
    """A database as a power cut in the middle of a transaction leaves it, some of whose pages are written already."""
    place.mkdir()
    with closing(sqlite3.connect(place / "d", isolation_level=None)) as connection:
        for pragma in (
            "synchronous=OFF",
            f"page_size={dice.choice(_PAGE_SIZES)}",
            "journal_mode=DELETE",
            "cache_size=1",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE t (a)")
        for _ in range(dice.randint(1, 4)):
            _transaction(connection, dice)
        connection.execute("BEGIN")
        for _ in range(dice.randint(1, 4)):
            _change(connection, dice)
        found = _copied(place)
        connection.execute("ROLLBACK")
        return found


def damaged(database: Database, other: Database, dice: random.Random) -> Database:
    """The same with what a broken or a crafted image may hold."""
    parts = [bytearray(part[:]) for part in (database.content, database.log, database.journal)]
    beside = 1 if parts[1] else 2
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        part = parts[beside if dice.random() < 0.85 else 0]
        if not part:
            continue
        match dice.randrange(8):
            case 0:
                del part[dice.randrange(len(part)) :]
            case 1:
                part += dice.randbytes(dice.choice((1, 30, 5000)))
            case 2:
                place = dice.randrange(min(len(part), 64))
                part[place] = dice.choice((0, 1, 2, 3, 0xFF, dice.randrange(256)))
            case 3:
                _change_frame(part, parts[0], dice)
            case 4:
                start = dice.randrange(len(part))
                part[start:start] = part[start : start + dice.choice((24, 4096, 4120))]
            case 5:
                part[dice.randrange(len(part))] ^= 1 << dice.randrange(8)
            case 6:
                parts[beside] = bytearray((other.log or other.journal)[:])
            case 7:
                parts[0][18:20] = dice.choice((b"\1\1", b"\2\2", b"\2\1", b"\1\2"))
    return Database(*map(bytes, parts))


def by_sqlite(database: Database, place: Path) -> Rows | None:
    """The rows of the table t as SQLite gives them to anybody who opens the file, None when it refuses."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for ending, content in (("", database.content), (LOG, database.log), (JOURNAL, database.journal)):
        if len(content):
            Path(place, f"d{ending}").write_bytes(content[:])
    try:
        with closing(sqlite3.connect(place / "d", isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # decides how fast it is, not what is read
            return connection.execute("SELECT a FROM t NOT INDEXED").fetchall()
    except (sqlite3.Error, OverflowError):
        return None


def by_lading(database: Database) -> Rows | None:
    """The rows as they are read here, None when the database is reported as unreadable."""
    try:
        return list(iter_rows(database, "t", ("a",)))
    except SafeIOError:
        return None


def _transaction(connection: sqlite3.Connection, dice: random.Random) -> None:
    connection.execute("BEGIN")
    for _ in range(dice.randint(1, 5)):
        _change(connection, dice)
    connection.execute("COMMIT")
    if dice.random() < 0.2:
        connection.execute("VACUUM")


def _change(connection: sqlite3.Connection, dice: random.Random) -> None:
    if dice.random() < 0.3:
        connection.execute("DELETE FROM t WHERE rowid % ? = 0", (dice.randint(1, 4),))
    else:
        rows = [(dice.randbytes(dice.choice((3, 90, 900, 9000))),) for _ in range(dice.randint(1, 12))]
        connection.executemany("INSERT INTO t VALUES (?)", rows)


def _copied(place: Path) -> Database:
    parts = (place / f"d{ending}" for ending in ("", LOG, JOURNAL))
    return Database(*(part.read_bytes() if part.exists() else b"" for part in parts))


def _change_frame(log: bytearray, database: bytearray, dice: random.Random) -> None:
    """Another page number, size, salt or checksum in the header of a frame."""
    size = int.from_bytes(database[16:18], "big") or 4096
    size = 65536 if size == 1 else size
    frames = (len(log) - 32) // (size + 24)
    if frames > 0:
        start = 32 + dice.randrange(frames) * (size + 24) + 4 * dice.randrange(6)
        log[start : start + 4] = struct.pack(">I", dice.choice((0, 1, 2, 0xFFFFFFFF, dice.randrange(2**32))))
