"""`lading cache`."""

import click


@click.group()
def cache() -> None:
    """Inspect and clear the cache of layers.

    What was found in a layer is kept by the layer's content, so that no layer is read twice.
    """


@cache.command()
def info() -> None:
    """Show where the cache is and what it holds."""
    from lading.engine import cache as layers

    directory = layers.default_directory()
    held = layers.info(directory)
    click.echo(f"{directory}: {_layers(held.entries)}, {_size(held.bytes)}")


@cache.command()
def clear() -> None:
    """Empty the cache. Scans that run meanwhile are not disturbed."""
    from lading.engine import cache as layers

    directory = layers.default_directory()
    removed = layers.clear(directory)
    click.echo(f"{directory}: removed {_layers(removed.entries)}, {_size(removed.bytes)}")


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count:,} layers"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
