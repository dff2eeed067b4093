"""The headers in a database of rpm, whichever of its formats it has."""

from collections.abc import Iterator

from lading.formats.rpm import bdb, ndb
from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio import foreign_sqlite

HOMES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
SQLITE = "rpmdb.sqlite"
DATABASES = tuple(f"{home}/{name}" for home in HOMES for name in ("Packages", "Packages.db", SQLITE))
"""Where databases lie."""


def iter_headers(content: Content) -> Iterator[bytes | None]:
    """The headers, None for one that is damaged, by the first bytes: the names of the files have come to mean several
    formats. Raises SafeIOError, also between headers."""
    if foreign_sqlite.is_database(content):
        yield from iter_sqlite(foreign_sqlite.Database(content))
    elif ndb.is_database(content):
        yield from ndb.iter_headers(content)
    elif bdb.is_hash_table(content):
        yield from bdb.iter_headers(content)
    else:
        raise SafeIOError("none of the formats that rpm writes")


def iter_sqlite(database: foreign_sqlite.Database) -> Iterator[bytes | None]:
    """The headers in a database of SQLite, as `iter_headers` gives them."""
    left = database.size
    for (blob,) in foreign_sqlite.iter_rows(database, "Packages", ("blob",)):
        if not isinstance(blob, bytes):
            yield None
            continue
        left -= len(blob)
        if left < 0:
            raise SafeIOError("it lists more than it holds")
        yield blob
    if foreign_sqlite.is_cut(database.content):
        raise SafeIOError("it ends in the middle of a page")
