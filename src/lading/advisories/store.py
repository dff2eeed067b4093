"""Reading shards: what a scan asks. A file is opened and checked when first needed, and never written."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from lading.advisories.bodies import unpack_body
from lading.advisories.schema import APPLICATION_ID, KEYS, SUFFIX, VERSION, check_name
from lading.advisories.stamps import digest_of, file_digest
from lading.model.advisory import (
    CVE,
    EPSS,
    KEV,
    KEV_EUVD,
    KEV_VULNCHECK,
    NVD,
    Advisory,
    AdvisoryText,
    KnownExploited,
    LifeCycle,
    Provenance,
    ShardName,
    VulnerabilityRecord,
    VulnerabilityRecords,
)
from lading.model.errors import AdvisoryError, SafeIOError

END_OF_LIFE = ShardName("endoflife")
_BATCH = 500
_FEW = 20
_Value = TypeVar("_Value")


class ShardStore:
    """An AdvisoryStore over a database directory (see lading.advisories.place for its layout), or over `pinned`, the
    shards of one set of those whose files it has."""

    def __init__(self, directory: Path, pinned: Iterable[Provenance] | None = None) -> None:
        self._directory = directory / "shards"
        self._pinned = None if pinned is None else {ShardName(one.shard): one for one in pinned}
        self._open: dict[ShardName, sqlite3.Connection] = {}
        self._provenances: dict[ShardName, Provenance | None] = {}

    def close(self) -> None:
        """Closes every file. The store can be asked again: it then opens what is current."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()
        self._provenances.clear()

    def names(self) -> tuple[ShardName, ...]:
        """The shards that are downloaded, sorted."""
        if self._pinned is not None:
            return tuple(sorted(self._pinned))
        return tuple(sorted(ShardName(path.name.removesuffix(".json")) for path in self._directory.glob("*.json")))

    def check(self, shard: ShardName) -> Provenance:
        """The provenance of a shard whose file has been read whole and is as it was written. Raises AdvisoryError."""
        self._open_shard(shard, thorough=True).close()
        provenance = self.provenance(shard)
        assert provenance is not None
        return provenance

    def provenance(self, shard: ShardName) -> Provenance | None:
        if shard not in self._provenances:
            self._provenances[shard] = self._read_pointer(shard) if self._pinned is None else self._pinned.get(shard)
        return self._provenances[shard]

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        return dict(self._rows(shard, "advisory", "package", packages, tuple[Advisory, ...]))

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        wanted = {spelled(name) for name in names}
        # Looking for one of many names takes longer than decoding what they may be in.
        few = wanted if len(wanted) <= _FEW else {""}
        spelling = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(few)) or b"(?!)")
        decode = msgspec.msgpack.Decoder(tuple[Advisory, ...]).decode
        found = {}
        try:
            # No index: a look through the whole shard takes some ten milliseconds, an index a tenth of its size.
            for package, stored in self._connect(shard).execute("SELECT package, body FROM advisory"):
                body = unpack_body(stored)
                if spelling.search(body):
                    found[package] = tuple(one for one in decode(body) if wanted & {one.id, one.note, *one.aliases})
        except (sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError, SafeIOError) as error:
            raise _broken(shard, self._directory, str(error)) from error
        return {package: held for package, held in sorted(found.items()) if held}

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        try:
            packages = self._connect(shard).execute("SELECT package FROM advisory").fetchall()
        except sqlite3.Error as error:
            raise _broken(shard, self._directory, str(error)) from error
        return frozenset(names) & {package.rpartition(":")[2] for (package,) in packages}

    def rows(self, shard: ShardName, table: str) -> Iterator[tuple[str, bytes]]:
        """The rows of a table of a shard as they are stored (see `bodies`), by key. Raises AdvisoryError."""
        key = KEYS[table]
        try:
            yield from self._connect(shard).execute(f"SELECT {key}, body FROM {table} ORDER BY {key}")  # noqa: S608
        except sqlite3.Error as error:
            raise _broken(shard, self._directory, str(error)) from error

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        return dict(self._rows(shard, "text", "id", ids, tuple[AdvisoryText, ...]))

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        wanted = sorted(set(ids))
        return VulnerabilityRecords(
            exploited=together(
                [self._held(shard, "exploited", wanted, KnownExploited) for shard in (KEV, KEV_EUVD, KEV_VULNCHECK)]
            ),
            epss=self._held(EPSS, "vulnerability", wanted, VulnerabilityRecord),
            nvd=self._held(NVD, "vulnerability", wanted, VulnerabilityRecord),
            cve=self._held(CVE, "vulnerability", wanted, VulnerabilityRecord),
        )

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        return self._held(END_OF_LIFE, "life", products, LifeCycle)

    def _held(self, shard: ShardName, table: str, keys: Iterable[str], kind: type[_Value]) -> dict[str, _Value]:
        """Rows of a shard that need not be there."""
        return dict(self._rows(shard, table, KEYS[table], keys, kind)) if self.provenance(shard) is not None else {}

    def _rows(
        self, shard: ShardName, table: str, column: str, keys: Iterable[str], kind: type[_Value]
    ) -> Iterator[tuple[str, _Value]]:
        connection = self._connect(shard)
        decode = msgspec.msgpack.Decoder(kind).decode
        wanted = sorted(set(keys))
        try:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                query = f"SELECT {column}, body FROM {table} WHERE {column} IN ({marks}) ORDER BY {column}"  # noqa: S608
                for key, body in connection.execute(query, batch):
                    yield key, decode(unpack_body(body))
        except (sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError, SafeIOError) as error:
            raise _broken(shard, self._directory, str(error)) from error

    def _connect(self, shard: ShardName) -> sqlite3.Connection:
        connection = self._open.get(shard)
        if connection is None:
            connection = self._open[shard] = self._open_shard(shard)
        return connection

    def _open_shard(self, shard: ShardName, *, thorough: bool = False) -> sqlite3.Connection:
        for _ in range(2):
            provenance = self.provenance(shard)
            if provenance is None:
                raise AdvisoryError(f"the shard {shard} is not downloaded; run: lading db update {shard}")
            path = self._directory / shard / f"{provenance.digest.removeprefix('sha256:')}{SUFFIX}"
            try:
                return _open_checked(path, provenance, thorough=thorough)
            except FileNotFoundError:
                # An update may have put another shard in its place since the pointer was read.
                del self._provenances[shard]
        raise AdvisoryError(f"the shard {shard} has lost its file {path}; run: lading db update {shard}")

    def _read_pointer(self, shard: ShardName) -> Provenance | None:
        path = self._directory / f"{check_name(shard)}.json"
        try:
            provenance = msgspec.json.decode(path.read_bytes(), type=Provenance)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _broken(shard, path, str(error)) from error
        if provenance.shard != shard or provenance.schema not in (0, VERSION):
            raise _broken(shard, path, "it was written by another version of Lading")
        return provenance


def together(catalogues: Sequence[Mapping[str, KnownExploited]]) -> dict[str, KnownExploited]:
    """The rows of several catalogues, the first CISA's: its dates count before those of others, and each is named."""
    found: dict[str, KnownExploited] = {}
    for rows in catalogues:
        for name, row in rows.items():
            first = found.get(name)
            if first is None:
                found[name] = row
                continue
            names = tuple(dict.fromkeys((*(first.catalogues or ("CISA",)), *row.catalogues)))
            ransomware = first.ransomware or row.ransomware
            found[name] = msgspec.structs.replace(first, ransomware=ransomware, catalogues=names)
    return found


def spelled(name: str) -> str:
    """The name of a vulnerability as advisories write it: in capitals, but for the letters of a GHSA id."""
    name = name.strip().upper()
    return f"GHSA-{name[5:].lower()}" if name.startswith("GHSA-") else name


def _open_checked(path: Path, provenance: Provenance, *, thorough: bool) -> sqlite3.Connection:
    """A shard's file, read whole first when `thorough` or never checked before. Raises FileNotFoundError, and
    AdvisoryError when the file is not the one the pointer names."""
    shard = ShardName(provenance.shard)
    try:
        digest = file_digest(path) if thorough else digest_of(path, provenance.digest)
        if digest != provenance.digest:
            raise _broken(shard, path, f"its digest is {digest}, expected {provenance.digest}")
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        connection.executescript("PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;")
        if (_pragma(connection, "application_id"), _pragma(connection, "user_version")) != (APPLICATION_ID, VERSION):
            raise _broken(shard, path, "it was written by another version of Lading")
    except FileNotFoundError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise _broken(shard, path, str(error)) from error
    return connection


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _broken(shard: ShardName, path: Path, reason: str) -> AdvisoryError:
    return AdvisoryError(f"the shard {shard} cannot be read ({path}: {reason}); run: lading db update {shard}")
