"""`lading cache`."""

import click

from lading.cli.units import count_text, size_text


@click.group()
def cache() -> None:
    """Inspect and clear the cache of layers.

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
