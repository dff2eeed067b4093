"""What `lading db` says of shards."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from lading.cli.log import say
from lading.cli.tables import print_table
from lading.cli.units import size_text

if TYPE_CHECKING:
    from lading.advisories.incoming import Received
    from lading.feeds.update import UpdateResult
    from lading.model.advisory import Provenance


def print_result(result: "UpdateResult") -> int:
    """Tells what an update did; gives the exit code."""
    print_shards(result.built)
    if result.unchanged:
        click.echo(f"unchanged upstream: {', '.join(one.shard for one in result.unchanged)}")
    for note in result.notes:
        say("info", note)
    print_failures(result.failures)
    return 2 if result.failures else 0


def print_received(received: "Received", where: str) -> None:
    """Tells what has come from a file or a registry."""
    click.echo(f"{where}: {received.summary}; now {received.set.digest}")
    for note in received.notes:
        say("info", note)


def print_failures(lines: "Iterable[str]") -> None:
    """Each on standard error, of one line."""
    for line in lines:
        say("warning", line)


def print_shards(shards: "Iterable[Provenance]") -> None:
    """A line for each shard below a header, with records that could not be read where there are any; nothing without
    shards."""
    shards = sorted(shards, key=lambda one: one.shard)
    unread = any(one.skipped for one in shards)
    rows = [
        (
            one.shard,
            f"{one.records:,}",
            *([f"{one.skipped:,}"] if unread else []),
            one.upstream_date[:10] or "-",
            one.built[:10],
            size_text(one.size),
            one.digest.removeprefix("sha256:")[:12],
        )
        for one in shards
    ]
    header = ("shard", "records", *(["unread"] if unread else []), "data of", "built", "size", "digest")
    print_table(header, rows, right=(1, 2, 5) if unread else (1, 4))
