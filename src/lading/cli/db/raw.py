"""`lading db rebuild` and `lading db clean`: the upstream documents that the database keeps."""

import click


@click.command(short_help="Build shards again without downloading.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--allow-shrink", is_flag=True, help="Take a shard that holds far fewer records than the one before.")
def rebuild(names: tuple[str, ...], allow_shrink: bool) -> int:
    """Build the feeds or shards called NAME again, without a name all that are there, from the upstream documents that
    earlier updates have kept. Nothing is downloaded. Useful after Lading itself was updated."""
    from lading.cli.db.lines import print_result
    from lading.cli.progress import progress_on_terminal
    from lading.engine.environment import user_places
    from lading.feeds.update import rebuild as build_again

    with progress_on_terminal() as progress:
        result = build_again(names, user_places().database, progress, allow_shrink=allow_shrink)
    return print_result(result)


@click.command(short_help="Remove the upstream documents.")
def clean() -> None:
    """Remove the upstream documents that are kept beside the shards. Scans do not need them; without them the next
    update downloads everything anew."""
    from lading.cli.units import size_text
    from lading.engine.environment import user_places
    from lading.feeds.raw import RawStore

    click.echo(f"removed {size_text(RawStore(user_places().database).clear())} of upstream documents")
