"""Reading tables of SQLite databases that others made, from bytes in memory.

Source: https://www.sqlite.org/security.html (untrusted database files) and https://www.sqlite.org/fileformat2.html
(bytes 18 and 19 of the header; section 4, the write-ahead log).
"""

import sqlite3
import struct
from collections.abc import Iterator, Sequence

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.content import iter_pieces

_MAGIC = b"SQLite format 3\0"
_JOURNAL_MODE = slice(18, 20)
_ROLLBACK, _WAL = b"\x01\x01", 2
_STEPS = 10_000_000
"""Instructions of SQLite's machine: a row costs a few, so that no honest table comes near."""
_STEPS_AT_ONCE = 100_000
_LONGEST = 256_000_000
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_WAL_HEADER = struct.Struct(">I4xI4x8s8x")  # magic, page size, salts; version, sequence number and checksum left out
_WAL_FRAME = struct.Struct(">II8s8x")  # page number, size of the database in pages after a commit, salts
_PAGE_SIZES = frozenset(2**power for power in range(9, 17))


def is_database(content: Content) -> bool:
    """Whether the first bytes are SQLite's."""
    return content[: len(_MAGIC)] == _MAGIC


def is_wal_mode(database: Content) -> bool:
    """Whether what the database holds may lie in a write-ahead log beside it."""
    return _WAL in database[_JOURNAL_MODE]


def iter_rows(database: Content, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The rows of a table. A log beside the database is not looked for (see `with_log`).

    Raises SafeIOError, also between rows, when the database is damaged, has no such table or asks for too much work.
    """
    image = bytearray().join(iter_pieces(database))
    image[_JOURNAL_MODE] = _ROLLBACK  # databases in memory know no other
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.deserialize(image)
        del image
        _harden(connection, len(database))
        _check_table(connection, table, columns)
        connection.set_authorizer(_allow_reading)
        listed = ", ".join(f'"{column}"' for column in columns)
        yield from connection.execute(f'SELECT {listed} FROM "{table}" NOT INDEXED')  # noqa: S608
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise SafeIOError(f"SQLite cannot read it ({error})") from error
    finally:
        connection.close()


def with_log(database: Content, log: Content) -> bytes:
    """The database as its write-ahead log leaves it, after the last transaction that was committed.

    Frames count when they carry the log's own salts, as those left over from earlier rounds do not; the checksums,
    which tell of power cuts, are not looked at. Raises SafeIOError when it is not such a log.
    """
    magic, size, salts = _WAL_HEADER.unpack(log[: _WAL_HEADER.size].ljust(_WAL_HEADER.size, b"\0"))
    if magic not in _WAL_MAGICS or size not in _PAGE_SIZES:
        raise SafeIOError("not a write-ahead log of SQLite")
    pages: dict[int, int] = {}
    pending: dict[int, int] = {}
    length = len(database)
    for start in range(_WAL_HEADER.size, len(log) - _WAL_FRAME.size - size + 1, _WAL_FRAME.size + size):
        number, committed, frame_salts = _WAL_FRAME.unpack(log[start : start + _WAL_FRAME.size])
        if frame_salts != salts or not number:
            break
        pending[number] = start + _WAL_FRAME.size
        if committed:
            pages.update(pending)
            pending.clear()
            length = committed * size
    joined = bytearray(database[:].ljust(min(length, len(database) + len(log)), b"\0")[:length])
    for number, start in pages.items():
        if number * size <= len(joined):
            joined[(number - 1) * size : number * size] = log[start : start + size]
    return bytes(joined)


def _harden(connection: sqlite3.Connection, size: int) -> None:
    """No code of the database's own runs, nothing is written, and work and memory are bounded by its size."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(max(size, 1_000_000), _LONGEST))
    for pragma in ("trusted_schema=OFF", "query_only=ON", "temp_store=MEMORY", "cell_size_check=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
    left = _STEPS // _STEPS_AT_ONCE

    def stop() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(stop, _STEPS_AT_ONCE)


def _check_table(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> None:
    """Refuses views, virtual tables and computed columns, which would run the database's own code."""
    found = connection.execute("SELECT type, sql FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
    plain = len(found) == 1 and found[0][0] == "table" and str(found[0][1]).upper().startswith("CREATE TABLE")
    if not plain or not {*columns} <= {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}:
        raise SafeIOError(f"it has no table {table} of the expected form")


def _allow_reading(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) else sqlite3.SQLITE_DENY
