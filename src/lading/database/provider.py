"""Where the advisories of a scan come from: one port, and what stands behind it without the shard builder."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from lading.database.places import DatabasePlaces
from lading.model.advisory import ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.ports import AdvisoryStore, Progress
from lading.net.network import Network


class Advisories(Struct, frozen=True):
    """What to match against. `database` is the digest of the set of shards, empty for the starter set; `diagnostics`
    tell what could not be fetched; `starter` that it is the built-in starter set, `pinned` that it was named."""

    store: AdvisoryStore
    database: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    starter: bool = False
    pinned: bool = False


class DatabaseProvider(Protocol):
    """Gives the advisories that a scan needs."""

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """The advisories with these shards as far as they can be had. What could not be fetched is a diagnostic, and
        an older shard then goes on serving. Raises UsageError, AdvisoryError, SafeIOError."""


class DownloadedDatabase(Struct, frozen=True):
    """What is downloaded, and nothing else; or what `wanted` names (lading.database.opening)."""

    places: DatabasePlaces
    wanted: str = ""

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port says; nothing is fetched."""
        from lading.database.opening import open_database

        opened = open_database(self.wanted, self.places, progress)
        return Advisories(opened.store, opened.set.digest if opened.set.shards else "", pinned=bool(self.wanted))


class RegistryDatabase(Struct, frozen=True):
    """Shards from an artifact in a registry (`lading db push`), kept in the database directory. The last six are how to
    talk to it (lading.database.artifacts.Registry)."""

    places: DatabasePlaces
    reference: str
    clock: Callable[[], datetime]
    timeout: float = 120.0
    plain_http: bool = False
    insecure: bool = False
    ca_cert: Path | None = None
    token_hosts: tuple[str, ...] = ()
    network: Network = Network()

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port says."""
        return with_failures(self.places, self.fetch(shards, progress), progress)

    def fetch(self, shards: Sequence[ShardName], progress: Progress) -> tuple[str, ...]:
        """Fetches what is missing or old; gives a line for each shard that could not be. Raises as `provide` does."""
        from lading.database.artifacts import Registry, pull_stale

        places = self.places
        registry = Registry(self.plain_http, self.insecure, self.ca_cert, self.timeout, self.token_hosts, self.network)
        return tuple(
            pull_stale(self.reference, shards, places.directory, places.trust, progress, self.clock(), registry)
        )


class StarterDatabase(Struct, frozen=True):
    """The built-in starter set."""

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port says; nothing is fetched."""
        from lading.database.starter import StarterStore

        return Advisories(StarterStore(), starter=True)


def with_failures(places: DatabasePlaces, failures: Sequence[str], progress: Progress) -> Advisories:
    """What is downloaded after an update that failed in these points, opened only now: the update made shards anew."""
    opened = DownloadedDatabase(places).provide((), progress)
    diagnostics = tuple(diagnostic("update-failed", failure) for failure in failures)
    return Advisories(opened.store, opened.database, diagnostics)
