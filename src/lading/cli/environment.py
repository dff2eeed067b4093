"""The environment that the command line hands to the engine."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from lading.cli.progress import progress_on_terminal
from lading.database.places import DatabasePlaces
from lading.database.provider import (
    Advisories,
    DatabaseProvider,
    DownloadedDatabase,
    RegistryDatabase,
    StarterDatabase,
    with_failures,
)
from lading.engine.environment import Environment, utc_now
from lading.engine.settings import Settings
from lading.engine.trust import keys_of
from lading.model.advisory import ShardName
from lading.model.ports import Progress
from lading.model.published import PackageRegistries

if TYPE_CHECKING:
    from lading.feeds.web import WebSource

_MIRRORS = ("http://", "https://")


class UpstreamDatabase(Struct, frozen=True):
    """Shards built from what upstreams publish, or from a mirror of that, kept in the database directory;
    `settings` say how to talk to them."""

    places: DatabasePlaces
    mirror: str
    clock: Callable[[], datetime]
    settings: Settings

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        return with_failures(self.places, self.fetch(shards, progress), progress)

    def fetch(self, shards: Sequence[ShardName], progress: Progress) -> tuple[str, ...]:
        """Fetches what is missing or old; gives a line for each shard that could not be."""
        if not shards:
            return ()
        from lading.feeds.provide import fetch_stale

        directory = self.places.directory
        source = partial(open_web, directory, self.mirror, self.settings)
        return fetch_stale(shards, source, directory, progress, self.clock())


Fetching = UpstreamDatabase | RegistryDatabase
"""The providers that may fetch, apart from opening what they fetched (with_failures)."""


@contextmanager
def open_web(database: Path, mirror: str, settings: Settings) -> "Iterator[WebSource]":
    """What upstreams publish, or a mirror of that, with the keys of services that variables hold."""
    from lading.feeds.web import WebSource
    from lading.net.client import HttpClient

    client = HttpClient(
        str(settings.ca_cert or ""), settings.insecure, timeout=settings.timeout, network=settings.network
    )
    with closing(client):
        yield WebSource(client, database, mirror, os.environ)


@contextmanager
def open_environment(settings: Settings) -> Iterator[Environment]:
    """The environment of one command, with progress on the terminal while the block runs. Raises UsageError for a
    database that cannot be named so."""
    with progress_on_terminal() as progress:
        yield environment_of(settings, progress)


def environment_of(settings: Settings, progress: Progress) -> Environment:
    """The environment of one command that tells its progress so, but for what helps a single process: who reads layers
    beside it and who asks registries of packages. Raises as `open_environment` does."""
    if settings.db:
        from lading.database.opening import check_name

        check_name(settings.db)
    return Environment(
        database=provider_of(settings),
        layer_cache=settings.places.layers if settings.cache else None,
        cache_key=settings.cache_key.value if settings.cache_key else None,
        fingerprint_key=settings.fingerprint_key.value if settings.fingerprint_key else None,
        bases=settings.places.bases,
        network=settings.network,
        progress=progress,
    )


def may_ask(settings: Settings) -> bool:
    """Whether registries of packages may be asked."""
    return settings.ask_registries and not settings.offline


def registries_of(settings: Settings) -> PackageRegistries | None:
    """The registries of packages, where they may be asked."""
    if not may_ask(settings):
        return None
    from lading.engine.published.registries import open_registries

    return open_registries(settings, settings.network, settings)


def databases_of(settings: Settings) -> DatabasePlaces:
    """Where databases lie, and whose are taken. Raises SafeIOError."""
    places = settings.places
    return DatabasePlaces(places.database, places.unpacked, keys_of("database", settings))


def provider_of(settings: Settings) -> DatabaseProvider:
    """Where the advisories of a command come from. Raises SafeIOError."""
    if settings.starter:
        return StarterDatabase()
    places = databases_of(settings)
    if settings.db or settings.offline:
        return DownloadedDatabase(places, settings.db)
    if settings.db_source and not settings.db_source.startswith(_MIRRORS):
        return RegistryDatabase(
            places,
            settings.db_source,
            utc_now,
            settings.timeout,
            plain_http=settings.plain_http,
            insecure=settings.insecure,
            ca_cert=settings.ca_cert,
            token_hosts=settings.token_host,
            network=settings.network,
        )
    return UpstreamDatabase(places, settings.db_source, utc_now, settings)
