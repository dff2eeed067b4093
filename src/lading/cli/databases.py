"""Which advisories a scan matches by: those at hand, fetched before when they are old, or those of `--db`."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click
from msgspec import Struct

from lading.match.groups import shards_for
from lading.model.advisory import ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.errors import UsageError
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore, Progress

_MIRRORS = ("http://", "https://")
SOURCE_VARIABLE = "LADING_DB_SOURCE"


class DatabaseOptions(Struct, frozen=True):
    """`wanted` is what --db names, `source` where shards are fetched from in place of each upstream; both empty when
    nothing was said."""

    wanted: str
    source: str
    offline: bool
    starter: bool


class Advisories(Struct, frozen=True):
    """What to match by. `database` is the digest of the set of shards, empty for the starter set; `failures` tell what
    could not be fetched."""

    store: AdvisoryStore
    database: str = ""
    failures: tuple[Diagnostic, ...] = ()


def database_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options and hands them over as one keyword, `database_options`. Raises UsageError for options that
    exclude each other."""

    @functools.wraps(function)
    def command(*, db: str, db_source: str, offline: bool, starter: bool, **rest: object) -> object:
        if db and starter:
            raise UsageError("--db and --starter exclude each other: each names what to match by")
        if db:
            from lading.database.opening import check_name

            check_name(db)
        return function(database_options=DatabaseOptions(db, db_source, offline, starter), **rest)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def open_advisories(inventory: Inventory, options: DatabaseOptions, progress: Progress) -> Advisories:
    """The advisories an inventory is matched against. Raises LadingError."""
    as_it_is = options.wanted or options.offline or options.starter
    shards = () if as_it_is else shards_for(inventory)
    # An update makes the shards anew: the store looks at them only afterwards.
    failures = _provide(shards, options.source, progress) if shards else ()
    return _open(options, failures, progress)


def _provide(shards: Sequence[ShardName], source: str, progress: Progress) -> tuple[Diagnostic, ...]:
    """Fetch the shards that are missing or old; what cannot be fetched is said in the result."""
    from lading.advisories.store import default_directory

    if source and not source.startswith(_MIRRORS):
        from lading.database.artifacts import pull_missing

        return pull_missing(source, shards, default_directory(), progress)
    from lading.feeds.provide import fetch_missing

    return fetch_missing(shards, default_directory(), progress, mirror=source)


def _open(options: DatabaseOptions, failures: tuple[Diagnostic, ...], progress: Progress) -> Advisories:
    if options.starter:
        from lading.database.starter import StarterStore

        return Advisories(StarterStore())
    from lading.advisories.trust import read_trust
    from lading.database.opening import open_database

    opened = open_database(options.wanted, read_trust(None), progress)
    return Advisories(opened.store, opened.set.digest if opened.set.shards else "", failures)


_OPTIONS = (
    click.option(
        "--db",
        metavar="PATH|DIGEST|DATE",
        default="",
        help="Match by this database and fetch nothing: an exported file, a directory, or a set of shards that is "
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
    click.option("--offline", is_flag=True, help="Use the advisories that are here; never fetch any."),
    click.option("--starter", is_flag=True, help="Match by the small built-in starter set instead of the database."),
)
