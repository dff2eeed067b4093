"""Reading tables of SQLite databases that others made, with the changes that lie in a log or a journal beside them.

SQLite itself reads them: which frames of a write-ahead log count (salts, checksums, commits) and which pages a journal
gives back is its own decision here, as it is in the container.

Source: https://www.sqlite.org/security.html (untrusted database files) and https://www.sqlite.org/fileformat2.html
(bytes 18 and 19 of the header; section 3, the rollback journal; section 4, the write-ahead log).
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, iter_pieces, no_place
from lading.safeio.keeping import kept

LOG, JOURNAL = "-wal", "-journal"
"""What stands behind a database's name in the names of the files beside it."""

_MAGIC = b"SQLite format 3\0"
_JOURNAL_MODE = slice(18, 20)
_ROLLBACK, _WAL = b"\x01", b"\x02"
_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_STEPS = 10_000_000
"""Instructions of SQLite's machine: a row costs a few, so that no honest table comes near."""
_STEPS_AT_ONCE = 100_000
_LONGEST = 64_000_000
"""Bytes of one value, which SQLite and Python each hold: headers of rpm packages have a few million."""


class Database(Struct, frozen=True):
    """A database file with the write-ahead log and the rollback journal beside it, which are empty where there are
    none."""

    content: Content
    log: Content = b""
    journal: Content = b""

    @property
    def size(self) -> int:
        """The bytes of all three."""
        return len(self.content) + len(self.log) + len(self.journal)


def is_database(content: Content) -> bool:
    """Whether the first bytes are SQLite's."""
    return content[: len(_MAGIC)] == _MAGIC


def is_cut(content: Content) -> bool:
    """Whether a database ends within a page, as SQLite never leaves one (fileformat2.html, section 1.2: bytes 16 and 17
    of the header are the size of a page, 1 for 65,536)."""
    size = int.from_bytes(content[16:18], "big")
    return len(content) % (65_536 if size == 1 else size or 1) != 0


def kept_databases(files: Mapping[str, bytes]) -> Iterator[tuple[str, Database]]:
    """Of files by path, each as `keeping.keep` gave it and b"" for those that were not kept, the databases that have
    something beside them. Raises SafeIOError when there is no room for one."""
    for path, packed in files.items():
        log, journal = files.get(path + LOG, b""), files.get(path + JOURNAL, b"")
        if packed and (log or journal):
            yield path, Database(*(kept(one) if one else b"" for one in (packed, log, journal)))


def iter_rows(database: Database, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The rows of a table, as SQLite gives them once it has dealt with what lies beside the database.

    Raises SafeIOError, also between rows, when the database is damaged, has no such table or asks for too much work.
    """
    try:
        with _opened(database) as connection:
            _harden(connection, database.size)
            _check_table(connection, table, columns)
            connection.set_authorizer(_allow_reading)
            listed = ", ".join(f'"{column}"' for column in columns)
            yield from connection.execute(f'SELECT {listed} FROM "{table}" NOT INDEXED')  # noqa: S608
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise SafeIOError(f"SQLite cannot read it ({error})") from error


@contextmanager
def _opened(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection: to the database in memory when it is small and alone, else to a copy that is gone afterwards."""
    if database.size == len(database.content) <= IN_MEMORY:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            image = bytearray(database.content[:])
            image[_JOURNAL_MODE] = image[_JOURNAL_MODE].replace(_WAL, _ROLLBACK)  # in memory there is no log
            connection.deserialize(image)
            yield connection
        return
    _check_journal(database.journal)
    try:
        with TemporaryDirectory(prefix="lading-", ignore_cleanup_errors=True) as directory:
            path = Path(directory, "database")
            for name, content in (("", database.content), (LOG, database.log), (JOURNAL, database.journal)):
                if len(content):
                    _write(Path(f"{path}{name}"), content)
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                # Nobody else reads the copy: no memory is to be shared, and nothing has to outlast a power cut.
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("PRAGMA synchronous=OFF")
                yield connection
    except OSError as error:
        raise SafeIOError(f"a temporary copy of it cannot be made: {no_place(error)}") from error


def _write(path: Path, content: Content) -> None:
    with path.open("wb") as file:
        for piece in iter_pieces(content):
            file.write(piece)


def _check_journal(journal: Content) -> None:
    """Refuses a journal of a transaction over several databases: SQLite looks for files of the names it holds, and may
    delete them, which are files of this host here."""
    if journal[len(journal) - len(_JOURNAL_MAGIC) :] == _JOURNAL_MAGIC:
        raise SafeIOError("its rollback journal is part of a transaction over several databases, which is not read")


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
