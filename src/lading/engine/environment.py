"""What a front door decides for every scan that it runs, and where that stands for a user by default."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, field

from lading.advisories.trust import Trust, read_trust
from lading.database.opening import DatabasePlaces
from lading.database.provider import DatabaseProvider, DownloadedDatabase, RegistryDatabase
from lading.engine.cancellation import Cancellation
from lading.model.ports import NoProgress, Progress


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Places(Struct, frozen=True):
    """The directories of one user: `cache` may be emptied at any time, `data` holds databases and known base images,
    `config` what the user wrote."""

    cache: Path
    data: Path
    config: Path

    @property
    def layers(self) -> Path:
        """What was found in layers, by their content."""
        return self.cache / "layers"

    @property
    def unpacked(self) -> Path:
        """Exported databases that were matched against."""
        return self.cache / "databases"

    @property
    def database(self) -> Path:
        """The database that updates fill."""
        return self.data / "db"

    @property
    def bases(self) -> Path:
        """The known base images."""
        return self.data / "bases"

    @property
    def settings(self) -> Path:
        """The user's settings."""
        return self.config / "lading.toml"

    @property
    def keys(self) -> Path:
        """The public keys of which one must have signed a database."""
        return self.config / "db.keys"


class Environment(Struct, frozen=True, kw_only=True):
    """Everything that a scan does not decide by itself. A front door makes one and hands it to every call.

    `layer_cache` is the directory of what was found in layers, None to keep nothing; `bases` that of the known base
    images, None for none. `database` gives the advisories. `progress` is told what happens, `cancellation` ends a scan
    from outside or at its deadline, `clock` gives the time.
    """

    database: DatabaseProvider
    layer_cache: Path | None = None
    bases: Path | None = None
    progress: Progress = NoProgress()
    cancellation: Cancellation = field(default_factory=Cancellation)
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def default(
        cls,
        provide: "MakeProvider | None" = None,
        *,
        databases: DatabasePlaces | None = None,
        cached: bool = True,
        progress: Progress | None = None,
    ) -> "Environment":
        """The one of this process's user: the directories of the XDG base directory specification, and the advisories
        that are downloaded, or those of the registry that `LADING_DB_SOURCE` names; or what `provide` makes of the
        places where databases lie. `databases` are those places, and whose databases are taken; by default those signed
        by a key in the file of `LADING_DB_KEY`. Without `cached` nothing of the layers is kept. Settings files are for
        front doors. Raises SafeIOError where the trusted keys cannot be read."""
        places = user_places()
        return cls(
            database=(provide or _provider)(databases or user_databases(places)),
            layer_cache=places.layers if cached else None,
            bases=places.bases,
            progress=progress or NoProgress(),
        )


MakeProvider = Callable[[DatabasePlaces], DatabaseProvider]
"""Makes the provider of an environment, told where databases lie."""


def _provider(places: DatabasePlaces) -> DatabaseProvider:
    source = os.environ.get("LADING_DB_SOURCE", "")
    if source and not source.startswith(("http://", "https://")):
        return RegistryDatabase(places, source, utc_now)
    return DownloadedDatabase(places)


def user_places() -> Places:
    """The directories of this process's user, by $XDG_CACHE_HOME, $XDG_DATA_HOME and $XDG_CONFIG_HOME or below the home
    directory (https://specifications.freedesktop.org/basedir-spec/latest/)."""
    return Places(
        cache=_directory("XDG_CACHE_HOME", ".cache"),
        data=_directory("XDG_DATA_HOME", ".local/share"),
        config=_directory("XDG_CONFIG_HOME", ".config"),
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


def _directory(variable: str, below_home: str) -> Path:
    base = os.environ.get(variable, "")
    return (Path(base) if base.startswith("/") else Path.home() / below_home) / "lading"
