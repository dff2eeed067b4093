"""`lading db export` and `lading db import`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lading.cli.db.lines import print_received
from lading.cli.options import ATTACHED, IMAGE, sign_option, with_settings
from lading.cli.processes.worker import Done, do_work
from lading.cli.units import count_text, size_text
from lading.engine.before import before_listing
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.decision import PASSED
from lading.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lading.advisories.carried import CarriedDocument
    from lading.advisories.sets import ShardSet

keep_option = click.option("--keep", is_flag=True, help="Pin the set of shards this gives (see lading db pin).")
allow_older_option = click.option(
    "--allow-older", is_flag=True, help="Take shards that are older than those that are downloaded."
)


@click.command("export", short_help="Write shards into one file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--since",
    metavar="FILE|DIGEST|DATE",
    help="Leave out what the other site has by now: an exported file, or a set of shards that is kept here.",
)
@click.option(
    "--for",
    "images",
    metavar="IMAGE",
    multiple=True,
    help="Write the shards that a scan of this image needs, and fetch those that are missing or a day old. Repeatable.",
)
@click.option("--list", "lists", metavar="FILE", multiple=True, help="The same for the images that this file names.")
@sign_option
@with_settings("vex", "policy_file", "policy_key", "db_source", "offline", *ATTACHED, *IMAGE)
def export_database(
    file: Path,
    names: tuple[str, ...],
    since: str | None,
    images: tuple[str, ...],
    lists: tuple[str, ...],
    sign: Path | None,
    settings: Settings,
) -> None:
    """Write the shards called NAME, or all, into one FILE, to be carried to another site.

    \b
    lading db export lading-db.tar.zst
    lading db export --sign ~/.ssh/lading debian.tar.zst debian-12 debian-13 kev epss
    lading db export --since lading-db.tar.zst changes.tar.zst
    lading db export --list images.txt --vex vex/ --policy policy.toml site.tar.zst

    VEX documents and policies that are named go along; where they lie after lading db import, that says. The same input
    gives the same bytes. `lading scan --db FILE` matches by such a file as it is, unless it was made
    with --since: that one needs the shards that it leaves out, and is imported where they are.
    """
    from lading.advisories.exports import write_export
    from lading.advisories.store import ShardStore
    from lading.cli.references import images_named
    from lading.engine.carried import documents_to_carry
    from lading.engine.environment import user_places

    database = user_places().database
    there = _set_of(since, database) if since else None
    documents = documents_to_carry(settings)
    named = images_named(images, lists) if images or lists else ()
    needed = {shard for image in named for shard in _needed(image, settings)}
    store = ShardStore(database)
    wanted = (*names, *sorted(needed.intersection(store.names()).difference(names)))
    if needed and not wanted:
        raise UsageError(f"none of the shards that the images need is downloaded: {', '.join(sorted(needed)[:5])}")
    exported = write_export(store, database, wanted, file, sign, since=there, documents=documents)
    size = size_text(file.stat().st_size)
    signed = ", signed" if sign else ""
    count = f"{count_text(len(exported.shards), 'shard')}{_with(documents)}"
    click.echo(f"{file}: {count}, {size}{signed}; {exported.digest}")


def _needed(image: str, settings: Settings) -> list[str]:
    """The shards that a scan of an image asks for; they are fetched."""
    equip = before_listing(settings)

    def work(environment: Environment) -> Done:
        from lading.engine.carried import provide_needed

        shards = provide_needed(image, settings, equip(environment))
        return Done(PASSED, ((" ".join(shards).encode(),),))

    (pieces,) = do_work(work, image, settings).outputs
    return b"".join(pieces).decode().split()


def _with(documents: "Sequence[CarriedDocument]") -> str:
    counts = Counter(one.path.partition("/")[0] for one in documents if not one.path.endswith(".sig"))
    vex = f", {count_text(counts['vex'], 'VEX document')}" if counts["vex"] else ""
    return f"{vex}, {counts['policy']} {'policy' if counts['policy'] == 1 else 'policies'}" if counts["policy"] else vex


def _set_of(since: str, database: Path) -> "ShardSet":
    """The set that a file holds, or that is kept by this name. Raises UsageError, AdvisoryError."""
    from lading.advisories.exports import read_set
    from lading.advisories.sets import find_set
    from lading.safeio.trusted_keys import TrustedKeys

    if Path(since).is_file():
        return read_set(Path(since), TrustedKeys())
    return find_set(database, since)


@click.command("import", short_help="Take shards from an exported file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@keep_option
@allow_older_option
@with_settings("db_key")
def import_database(file: Path, names: tuple[str, ...], keep: bool, allow_older: bool, settings: Settings) -> None:
    """Take the shards called NAME, or all, from a FILE that `lading db export` wrote.

    Nothing is put in place before everything is found to be whole, and nothing that is older than what is downloaded.
    """
    from lading.advisories.exports import read_export
    from lading.cli.environment import databases_of
    from lading.cli.progress import progress_on_terminal

    places = databases_of(settings)
    with progress_on_terminal() as progress:
        received = read_export(
            file,
            names,
            places.directory,
            places.trust,
            progress,
            allow_older=allow_older,
            pin=keep,
            keep_documents=True,
        )
    print_received(received, str(file))
