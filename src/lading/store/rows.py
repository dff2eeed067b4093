"""What the tables have of a result."""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from lading.model.finding import Finding
from lading.model.image import Layer
from lading.model.package import Package
from lading.store.result import Need, encoded

_CHAIN_SIZE: Final = 8
_KEY_SIZE: Final = 12


class PackageRow(Struct, frozen=True, array_like=True):
    """A package as the tables have it: its type, name, version, source and package URL."""

    key: bytes
    facts: tuple[str, str, str, str, str]


class FindingRow(Struct, frozen=True, array_like=True):
    """A finding as the tables have it: the same package with another status, fix or risk is another one. `facts` are
    its status, severity, fixed version, whether it is known to be exploited, why it is hidden, and its risk; `names`
    all names that it goes by."""

    key: bytes
    vulnerability: str
    package: PackageRow
    fingerprint: bytes
    facts: tuple[str, str, str, bool, str, float]
    names: tuple[str, ...]


def package_row(package: Package) -> PackageRow:
    """The row of a package."""
    facts = (package.type, package.name, package.version, package.source or package.name, package.purl)
    return PackageRow(bytes.fromhex(package.id), facts)


def finding_rows(findings: Iterable[Finding]) -> tuple[FindingRow, ...]:
    """The rows of the findings that are open."""
    return tuple(_finding_row(one) for one in findings if one.is_open)


def _finding_row(finding: Finding) -> FindingRow:
    facts = (
        finding.status,
        finding.severity.label,
        finding.fixed_version,
        finding.known_exploited is not None,
        finding.hidden_reason,
        finding.risk,
    )
    names = tuple(dict.fromkeys((finding.id, *finding.aliases, *finding.notices)))
    package, fingerprint = package_row(finding.package), bytes.fromhex(finding.fingerprint)
    key = blake2b(encoded((package.key, fingerprint, facts, names)), digest_size=_KEY_SIZE).digest()
    return FindingRow(key, finding.id, package, fingerprint, facts, names)


class Numbers:
    """The numbers of rows that many results share: of packages, findings, fingerprints, steps and needs, each made
    when it is first asked for. Those of a transaction that was undone are to be forgotten."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[object, ...], int] = {}

    def forget(self) -> None:
        """Asks the tables again."""
        self._known.clear()

    def package(self, row: "PackageRow") -> int:
        """The number of a package."""
        return self._number("package", ("key",), (row.key,), _PACKAGE, row.facts)

    def step(self, layer: Layer) -> int:
        """The number of what made a layer, and of its content."""
        return self._number("step", ("diff_id", "created_by"), (layer.diff_id or layer.digest, layer.created_by))

    def fingerprint(self, value: bytes) -> int:
        """The number of a fingerprint."""
        return self._number("fingerprint", ("value",), (value,))

    def need(self, need: Need) -> int:
        """The number of what matching was given."""
        return self._number(
            "need", ("shard", "table", "key", "digest"), (need.shard, need.table, need.key, need.digest)
        )

    def finding(self, row: "FindingRow") -> int:
        """The number of a finding as the tables have it."""
        known = self._known.get(("finding", row.key))
        if known is not None:
            return known
        values = (row.vulnerability, self.package(row.package), self.fingerprint(row.fingerprint), *row.facts)
        before = self._find("finding", ("key",), (row.key,))
        number = self._number("finding", ("key",), (row.key,), _FINDING, values)
        if not before:
            aliases = ((storable(name.upper()), number) for name in row.names)
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
