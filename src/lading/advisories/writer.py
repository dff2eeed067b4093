"""Writing a shard (`place` puts it in place)."""

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import chain, groupby
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from lading.advisories import stamps
from lading.advisories.bodies import pack_body
from lading.advisories.place import put_in_place
from lading.advisories.rows import Room, Rows
from lading.advisories.schema import APPLICATION_ID, TABLES, VERSION, check_name
from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    KnownExploited,
    LifeCycle,
    Provenance,
    ShardName,
    VulnerabilityRecord,
)
from lading.model.errors import AdvisoryError


class ShardWriter:
    """One shard being built. What is added may come in any order: the same gives the same bytes. Writers that are open
    together share the memory of `room`.

    Use as a context manager: what was not published is removed. Raises AdvisoryError when it cannot be written.
    """

    def __init__(self, database: Path, name: str, room: Room | None = None) -> None:
        self.name: ShardName = check_name(name)
        self._database = database
        self._directory = database / "shards" / name
        self._encode = msgspec.msgpack.Encoder().encode
        self._count = -1
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            descriptor, self._temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._directory)
            os.close(descriptor)
        except OSError as error:
            raise AdvisoryError(f"{self._directory}: cannot be written: {error.strerror}") from error
        try:
            self._connection = _create(self._temporary)
        except sqlite3.Error as error:
            Path(self._temporary).unlink(missing_ok=True)
            raise AdvisoryError(f"{self._directory}: the shard cannot be written: {error}") from error
        room = room or Room()
        self._said = Rows(self._directory, room)
        self._known = Rows(self._directory, room, ordered=True)

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._said.close()
        self._known.close()
        self._connection.close()
        Path(self._temporary).unlink(missing_ok=True)

    def add(self, advisory: Advisory) -> None:
        """Adds an advisory. Of several of one package, id, note and condition the one that says most stays."""
        condition = self._encode(advisory.condition) if advisory.condition is not None else b""
        key = f"{_ADVISORY}{_plain(advisory.package)}\0{_plain(advisory.id)}\0{_plain(advisory.note)}\0"
        self._said.add(key.encode() + condition, self._encode(advisory))

    def add_text(self, text: AdvisoryText) -> None:
        """Adds a text. Of several of one id, package and notice the one that says most stays."""
        body = self._encode(msgspec.structs.replace(text, packages=()))
        for package in text.packages or ("",):
            key = f"{_TEXT}{_plain(text.id)}\0{_plain(package)}\0{_plain(text.notice)}"
            self._said.add(key.encode(), body)

    def add_exploited(self, entry: KnownExploited) -> None:
        """Adds a known exploited vulnerability."""
        self._known.add(f"{_EXPLOITED}{_plain(entry.id)}".encode(), self._encode(entry))

    def add_facts(self, facts: VulnerabilityRecord) -> None:
        """Adds what is known of a vulnerability; a later row of the same id takes the earlier one's place."""
        self._known.add(f"{_VULNERABILITY}{_plain(facts.id)}".encode(), self._encode(facts))

    def add_life_cycle(self, life: LifeCycle) -> None:
        """Adds the release cycles of a product."""
        self._known.add(f"{_LIFE}{_plain(life.product)}".encode(), self._encode(life))

    def finish(self) -> int:
        """How many advisories (or rows of facts) the shard has. Nothing can be added afterwards."""
        if self._count < 0:
            self._count = self._write_rows()
            self._said.close()
            self._known.close()
        return self._count

    def publish(self, provenance: Provenance) -> Provenance:
        """Puts the shard in place; gives its provenance with digest, size and record count filled in."""
        self.finish()
        self._execute("COMMIT", ())
        self._connection.close()
        try:
            return self._put_in_place(provenance)
        except OSError as error:
            raise AdvisoryError(f"{self._directory}: cannot be written: {error.strerror}") from error

    def _put_in_place(self, provenance: Provenance) -> Provenance:
        path = Path(self._temporary)
        complete = msgspec.structs.replace(
            provenance,
            shard=self.name,
            digest=stamps.file_digest(path),
            size=path.stat().st_size,
            records=self.finish(),
            schema=VERSION,
        )
        put_in_place(self._database, path, complete)
        return complete

    def _write_rows(self) -> int:
        counts = Counter[str]()
        for name, rows in groupby(chain(self._said, self._known), key=_name_of):
            table, key = _TABLES[name[0]], name[1:]
            held = list(rows)
            whole = b""
            if table == "advisory":
                whole = self._encode([msgspec.Raw(one) for _, one in held])
            elif table == "text":
                whole = self._encode(_texts(held))
            body = pack_body(whole) if whole else held[0][1]
            counts[table] += len(held)
            self._execute(f"INSERT INTO {table} VALUES (?, ?)", (key, body))  # noqa: S608
        return counts.total() - counts["text"]

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise AdvisoryError(f"{self._directory}: the shard cannot be written: {error}") from error


_ADVISORY, _TEXT, _EXPLOITED, _VULNERABILITY, _LIFE = "atefl"
_TABLES: Final = {
    _ADVISORY: "advisory",
    _TEXT: "text",
    _EXPLOITED: "exploited",
    _VULNERABILITY: "vulnerability",
    _LIFE: "life",
}
"""A row's key begins with the letter of its table and the name it is asked for by, up to the first NUL."""


def _texts(rows: Sequence[tuple[bytes, bytes]]) -> tuple[AdvisoryText, ...]:
    """The texts of one id, each once with its packages."""
    packages: dict[bytes, list[str]] = {}
    for key, body in rows:
        packages.setdefault(body, []).append(key.split(b"\0")[1].decode())
    decode = msgspec.msgpack.Decoder(AdvisoryText).decode
    texts = (
        msgspec.structs.replace(decode(body), packages=() if "" in held else tuple(sorted(held)))
        for body, held in packages.items()
    )
    return tuple(sorted(texts, key=lambda text: (bool(text.packages), text.packages, text.notice)))


def _name_of(row: tuple[bytes, bytes]) -> str:
    return row[0].partition(b"\0")[0].decode()


def _plain(name: str) -> str:
    return name.replace("\0", " ")


def _create(path: str) -> sqlite3.Connection:
    """An empty shard, open for one long transaction. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(
            f"PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
            f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; {TABLES} BEGIN;"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection
