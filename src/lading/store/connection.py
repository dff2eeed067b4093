"""Opening a store's file."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lading.model.errors import StoreError
from lading.store.schema import APPLICATION_ID, TABLES, VERSION

_PATIENCE: Final = 60.0
"""Seconds to wait while another process writes."""


def open_connection(path: Path, *, create: bool) -> sqlite3.Connection:
    """The store in a file, made where there is none if `create` says so. Raises StoreError for one that is missing, of
    another program or version, or cannot be opened."""
    if not create and not path.exists():
        raise StoreError(
            f"{path}: there are no results yet: lading scan of several images, or with --store, keeps them"
        )
    with errors(path):
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def errors(path: Path) -> Iterator[None]:
    """Makes what SQLite and the system say of the file a StoreError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: the store of results: {error}{_remedy(error)}") from error
    except UnicodeDecodeError as error:  # SQLite repeats what it cannot read
        raise StoreError(f"{path}: the store of results is damaged; name another") from error
    except OSError as error:
        raise StoreError(f"{path}: the store of results: {error.strerror or error}") from error


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of what is written in the block, or nothing. Raises StoreError."""
    with errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.executescript(
        "PRAGMA trusted_schema=OFF; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
        "PRAGMA temp_store=MEMORY;"
    )
    identity = (_pragma(connection, "application_id"), _pragma(connection, "user_version"))
    if identity == (0, 0) and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        with transaction(connection, path):
            for statement in TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
    elif identity[0] != APPLICATION_ID:
        raise StoreError(f"{path}: is not a store of results; name another file with --store")
    elif identity[1] != VERSION:
        raise StoreError(
            f"{path}: is a store of results of another version of Lading ({identity[1]}, not {VERSION}); "
            "name another file with --store"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _remedy(error: sqlite3.DatabaseError) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    known = {sqlite3.SQLITE_FULL: "; make room, and run again with --resume", sqlite3.SQLITE_NOTADB: "; name another"}
    return known.get(code, "")
