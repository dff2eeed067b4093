"""What the tables have of a result."""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from msgspec.msgpack import encode

from lading.model.finding import Finding
from lading.model.image import Layer
from lading.model.package import Package
from lading.store.result import Need

_CHAIN_SIZE: Final = 8
_KEY_SIZE: Final = 12


class Numbers:
    """The numbers of rows that many results share: of packages, findings, fingerprints, steps and needs, each made
    when it is first asked for. Those of a transaction that was undone are to be forgotten."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[object, ...], int] = {}

    def forget(self) -> None:
        """Asks the tables again."""
        self._known.clear()

    def package(self, package: Package) -> int:
        """The number of a package."""
        row = (package.type, package.name, package.version, package.source or package.name, package.purl)
        return self._number("package", ("key",), (bytes.fromhex(package.id),), _PACKAGE, row)

    def step(self, layer: Layer) -> int:
        """The number of what made a layer, and of its content."""
        return self._number("step", ("diff_id", "created_by"), (layer.diff_id or layer.digest, layer.created_by))

    def fingerprint(self, finding: Finding) -> int:
        """The number of a fingerprint."""
        return self._number("fingerprint", ("value",), (bytes.fromhex(finding.fingerprint),))

    def need(self, need: Need) -> int:
        """The number of what matching was given."""
        return self._number(
            "need", ("shard", "table", "key", "digest"), (need.shard, need.table, need.key, need.digest)
        )

    def finding(self, finding: Finding) -> int:
        """The number of a finding as the tables have it; another status, fix or risk is another one."""
        row = (
            finding.id,
            self.package(finding.package),
            self.fingerprint(finding),
            finding.status,
            finding.severity.label,
            finding.fixed_version,
            finding.known_exploited is not None,
            finding.hidden_reason,
            finding.risk,
        )
        names = tuple(dict.fromkeys((finding.id, *finding.aliases, *finding.notices)))
        key = blake2b(encode((row, names)), digest_size=_KEY_SIZE).digest()
        known = len(self._known)
        number = self._number("finding", ("key",), (key,), _FINDING, row)
        if len(self._known) > known:
            aliases = ((storable(name.upper()), number) for name in names)
            self._connection.executemany("INSERT OR IGNORE INTO alias VALUES (?, ?)", aliases)
        return number

    def _number(
        self,
        table: str,
        keys: tuple[str, ...],
        values: tuple[object, ...],
        further: tuple[str, ...] = (),
        row: tuple[object, ...] = (),
    ) -> int:
        known = (table, *values)
        number = self._known.get(known)
        if number is None:
            named = tuple(map(_storable, values))
            number = self._find(table, keys, named) or self._make(table, keys + further, (*named, *map(_storable, row)))
            self._known[known] = number
        return number

    def _find(self, table: str, keys: tuple[str, ...], values: tuple[object, ...]) -> int:
        where = " AND ".join(f'"{key}"=?' for key in keys)
        found = self._connection.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()  # noqa: S608
        return found[0] if found else 0

    def _make(self, table: str, columns: tuple[str, ...], values: tuple[object, ...]) -> int:
        names, marks = ", ".join(f'"{one}"' for one in columns), ", ".join("?" * len(columns))
        made = self._connection.execute(f"INSERT INTO {table}({names}) VALUES ({marks})", values)  # noqa: S608
        assert made.lastrowid is not None
        return made.lastrowid


_PACKAGE: Final = ("type", "name", "version", "source", "purl")
_FINDING: Final = (
    "vulnerability", "package", "fingerprint", "status", "severity", "fixed", "exploited", "hidden", "risk",
)  # fmt: skip


def chains(layers: Iterable[Layer]) -> Iterator[bytes]:
    """For each layer, what names it with all that lie below it."""
    chain = b""
    for layer in layers:
        chain = blake2b(chain + (layer.diff_id or layer.digest).encode(), digest_size=_CHAIN_SIZE).digest()
        yield chain


def storable(text: str) -> str:
    """A text as SQLite takes it: names from images need not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _storable(value: object) -> object:
    return storable(value) if isinstance(value, str) and not value.isascii() else value
