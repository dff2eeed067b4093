"""`lading cache`."""

import re
from typing import Final

import click

from lading.cli.units import count_text, size_text
from lading.model.errors import UsageError
from lading.safeio.limits import parse_amount

_AGE: Final = re.compile(r"(\d{1,6})\s*([hdw])", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


@click.group()
def cache() -> None:
    """Inspect, clear and cut the cache of layers.

    What was found in a layer is kept by the layer's content, so that no layer is read twice. Exported databases that
    `--db FILE` named are kept unpacked, the last three of them.
    """


@cache.command()
def info() -> None:
    """Show where the cache is and what it holds."""
    from lading.engine import cache as layers
    from lading.engine.environment import user_places

    directory = user_places().layers
    held = layers.info(directory)
    click.echo(f"{directory}: {count_text(held.entries, 'file')}, {size_text(held.bytes)}")


@cache.command()
def clear() -> None:
    """Empty the cache. Scans that run meanwhile are not disturbed."""
    from lading.database.opening import clear_unpacked
    from lading.engine import cache as layers
    from lading.engine.environment import user_places

    directory = user_places().layers
    removed = layers.clear(directory)
    click.echo(f"{directory}: removed {count_text(removed.entries, 'file')}, {size_text(removed.bytes)}")
    unpacked = clear_unpacked(user_places().unpacked)
    if unpacked:
        click.echo(f"{user_places().unpacked}: removed {count_text(unpacked, 'unpacked database')}")


@cache.command()
@click.option("--max-size", default="2GB", metavar="SIZE", help="Bytes to keep, such as 500MB (default: 2GB).")
@click.option(
    "--older-than", default="", metavar="AGE", help="Remove what was not used for so long, such as 12h or 30d."
)
def prune(max_size: str, older_than: str) -> None:
    """Remove what was not used for longest. Scans do so by themselves, down to 2 GB; they are not disturbed."""
    from lading.engine import cache as layers
    from lading.engine.environment import user_places

    directory = user_places().layers
    removed = layers.prune(directory, max_size=parse_size(max_size), older_than=parse_age(older_than))
    left = layers.info(directory)
    gone = f"removed {count_text(removed.entries, 'file')}, {size_text(removed.bytes)}"
    click.echo(f"{directory}: {gone}; {count_text(left.entries, 'file')}, {size_text(left.bytes)} left")


def parse_size(text: str) -> int:
    """Bytes, from a number that may end in K, M, G or T. Raises UsageError."""
    size = parse_amount(text)
    if size is None:
        raise UsageError(f"--max-size {text}: expected a number of bytes, such as 500MB or 2GB")
    return size


def parse_age(text: str) -> int:
    """Seconds, from a number of hours, days or weeks; 0 for none. Raises UsageError."""
    match = _AGE.fullmatch(text.strip())
    if match is None and text:
        raise UsageError(f"--older-than {text}: expected a number of hours, days or weeks, such as 12h, 30d or 4w")
    return int(match[1]) * _SECONDS[match[2].lower()] if match is not None else 0
