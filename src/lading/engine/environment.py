"""What a front door decides for every scan that it runs, and where that stands for a user by default."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from lading.advisories.trust import Trust, read_trust
from lading.database.opening import DatabasePlaces
from lading.database.provider import DatabaseProvider, DownloadedDatabase, RegistryDatabase
from lading.engine.cancellation import Cancellation
from lading.model.ports import NoProgress, Progress


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Places(Struct, frozen=True):
    """Where one user's things lie: what was found in `layers`, by their content; exported databases that were matched
    against, `unpacked`; the `database` that updates fill; the known `bases`; the user's `settings`; and the public
    `keys` of which one must have signed a database."""

    layers: Path
    unpacked: Path
    database: Path
    bases: Path
    settings: Path
    keys: Path


class Environment(Struct, frozen=True, kw_only=True):
    """Everything that a scan does not decide by itself. A front door makes one and hands it to every call.

    `layer_cache` is the directory of what was found in layers, None to keep nothing; `bases` that of the known base
    images, None for none. `database` gives the advisories. `progress` is told what happens, `cancellation` ends a scan
    from outside or at its deadline (None: nothing does), `clock` gives the time.
    """

    database: DatabaseProvider
    layer_cache: Path | None = None
    bases: Path | None = None
    progress: Progress = NoProgress()
    cancellation: Cancellation | None = None
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def default(cls) -> "Environment":
        """The one of this process's user: the directories of the XDG base directory specification, and the advisories
        that are downloaded, or those of the registry that `LADING_DB_SOURCE` names, signed by a key in the file of
        `LADING_DB_KEY` if that is set. Settings files are for front doors. Raises SafeIOError where the trusted keys
        cannot be read."""
        places = user_places()
        databases = user_databases(places)
        source = os.environ.get("LADING_DB_SOURCE", "")
        upstream = not source or source.startswith(("http://", "https://"))
        return cls(
            database=DownloadedDatabase(databases) if upstream else RegistryDatabase(databases, source, utc_now),
            layer_cache=places.layers,
            bases=places.bases,
        )


def user_places(variables: Mapping[str, str] | None = None) -> Places:
    """The places of this process's user, by $XDG_CACHE_HOME, $XDG_DATA_HOME and $XDG_CONFIG_HOME or below the home
    directory (https://specifications.freedesktop.org/basedir-spec/latest/). `variables` stand for the process's own."""
    variables = os.environ if variables is None else variables
    cache = _directory(variables.get("XDG_CACHE_HOME", ""), ".cache")
    data = _directory(variables.get("XDG_DATA_HOME", ""), ".local/share")
    config = _directory(variables.get("XDG_CONFIG_HOME", ""), ".config")
    return Places(
        layers=cache / "layers",
        unpacked=cache / "databases",
        database=data / "db",
        bases=data / "bases",
        settings=config / "lading.toml",
        keys=config / "db.keys",
    )


def user_databases(places: Places) -> DatabasePlaces:
    """As `trusted_databases`, with the key that $LADING_DB_KEY names. Raises SafeIOError."""
    named = os.environ.get("LADING_DB_KEY", "")
    return trusted_databases(places, Path(named) if named else None)


def trusted_databases(places: Places, key: Path | None) -> DatabasePlaces:
    """Where databases lie, and whose are taken: those signed by a key in the file `key`, without one in the user's own,
    where there is one. Raises SafeIOError when it cannot be read."""
    path = key or places.keys
    trust = read_trust(path) if key is not None or path.exists() else Trust()
    return DatabasePlaces(places.database, places.unpacked, trust)


def _directory(named: str, below_home: str) -> Path:
    return (Path(named) if named.startswith("/") else Path.home() / below_home) / "lading"
