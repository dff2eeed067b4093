"""The environment that the command line hands to the engine."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import click
from msgspec import Struct

from lading.cli.progress import progress_on_terminal
from lading.database.opening import DatabasePlaces, check_name
from lading.database.provider import (
    Advisories,
    DatabaseProvider,
    DownloadedDatabase,
    RegistryDatabase,
    StarterDatabase,
    with_failures,
)
from lading.engine.environment import Environment, utc_now
from lading.model.advisory import ShardName
from lading.model.errors import UsageError
from lading.model.ports import Progress

_MIRRORS = ("http://", "https://")
SOURCE_VARIABLE = "LADING_DB_SOURCE"


class DatabaseOptions(Struct, frozen=True):
    """`wanted` is what --db names, `source` where shards are fetched from in place of each upstream; both empty when
    nothing was said."""

    wanted: str
    source: str
    offline: bool
    starter: bool


class UpstreamDatabase(Struct, frozen=True):
    """Shards built from what upstreams publish, or from a mirror of that, kept in the database directory."""

    places: DatabasePlaces
    mirror: str
    clock: Callable[[], datetime]

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        failures: tuple[str, ...] = ()
        if shards:
            from lading.feeds.provide import fetch_stale

            failures = fetch_stale(shards, self.places.directory, progress, self.clock(), mirror=self.mirror)
        return with_failures(self.places, failures, progress)


def database_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options and hands them over as one keyword, `database_options`. Raises UsageError for options that
    exclude each other."""

    @functools.wraps(function)
    def command(*, db: str, db_source: str, offline: bool, starter: bool, **rest: object) -> object:
        if db and starter:
            raise UsageError("--db and --starter exclude each other: each names what to match against")
        if db:
            check_name(db)
        return function(database_options=DatabaseOptions(db, db_source, offline, starter), **rest)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def open_environment(*, cached: bool = True, database: DatabaseOptions | None = None) -> Iterator[Environment]:
    """The environment of one command, with progress on the terminal while the block runs."""
    with progress_on_terminal() as progress:
        yield Environment.default(partial(_provider, database), cached=cached, progress=progress)


def _provider(options: DatabaseOptions | None, places: DatabasePlaces) -> DatabaseProvider:
    if options is None or options.wanted or options.offline:
        return DownloadedDatabase(places, options.wanted if options is not None else "")
    if options.starter:
        return StarterDatabase()
    if options.source and not options.source.startswith(_MIRRORS):
        return RegistryDatabase(places, options.source, utc_now)
    return UpstreamDatabase(places, options.source, utc_now)


_OPTIONS = (
    click.option(
        "--db",
        metavar="PATH|DIGEST|DATE",
        default="",
        help="Match against this database and fetch nothing: an exported file, a directory, or a set of shards that is "
        "kept, by its digest or as of a date (lading db status shows them).",
    ),
    click.option(
        "--db-source",
        envvar=SOURCE_VARIABLE,
        metavar="REF|URL",
        default="",
        help="Fetch advisories from this registry (lading db push) or mirror instead of each upstream.  "
        f"[variable: {SOURCE_VARIABLE}]",
    ),
    click.option("--offline", is_flag=True, help="Use the advisories that are downloaded; never fetch any."),
    click.option(
        "--starter", is_flag=True, help="Match against the small built-in starter set instead of the database."
    ),
)
