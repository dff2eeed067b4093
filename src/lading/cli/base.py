"""`lading base`."""

import click

from lading.cli.accounts import bind
from lading.cli.log import say
from lading.cli.options import SOURCE, with_settings
from lading.cli.tables import print_table
from lading.cli.units import count_text
from lading.engine.settings import Settings


@click.group()
def base() -> None:
    """Tell Lading which images others are built on.

    What is known here is recognised in every image by its lowest layers, whose packages are then told apart from those
    of the application.
    """


@base.command()
@click.argument("image", metavar="REF")
@click.option("--name", default="", help="Know it by this name; default: the reference in full.")
@with_settings(*SOURCE)
def add(image: str, name: str, settings: Settings) -> None:
    """Put the image REF among the known bases. Only its manifest and configuration are read.

    \b
    lading base add debian:12
    lading base add --name golden registry.example/base@sha256:…

    Images built on what the tag named before stay recognised.
    """
    from datetime import UTC, datetime

    from lading.engine.environment import user_places
    from lading.image.bases import add_base
    from lading.image.open import OpenOptions, open_image

    settings = bind(settings, image)
    options = OpenOptions(
        platform=settings.platform,
        plain_http=settings.plain_http,
        insecure=settings.insecure,
        ca_cert=settings.ca_cert,
        timeout=settings.timeout,
        token_hosts=settings.token_host,
        network=settings.network,
    )
    opened = open_image(image, options)
    opened.close()
    today = datetime.now(UTC).date().isoformat()
    known = add_base(user_places().bases, opened.image, name or opened.image.name, today)
    facts = (known.platform, count_text(len(known.diff_ids), "layer"), (known.digest or known.config_digest)[:19])
    click.echo(f"{known.name}: {', '.join(filter(None, facts))}")


@base.command("list")
def list_bases() -> int:
    """Show the known bases."""
    from lading.engine.environment import user_places
    from lading.image.bases import read_bases

    known, unreadable = read_bases(user_places().bases)
    rows = [
        (one.name, one.platform, str(len(one.diff_ids)), one.added, (one.digest or one.config_digest)[:19])
        for one in known
    ]
    print_table(("name", "platform", "layers", "added", "digest"), rows, right=(2,))
    for one in unreadable:
        say("warning", f"{one.where}: {one.message}")
    return 2 if unreadable else 0


@base.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget the known bases called NAME, of whatever platform or day."""
    from lading.engine.environment import user_places
    from lading.image.bases import remove_bases
    from lading.image.reference import full_name
    from lading.model.errors import UsageError

    removed = remove_bases(user_places().bases, (name, full_name(name)))
    if not removed:
        raise UsageError(f"{name}: no known base has this name; lading base list shows those that are known")
    click.echo(f"{removed[0].name}: removed {count_text(len(removed), 'image')}")
