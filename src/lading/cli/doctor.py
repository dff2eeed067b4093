"""`lading doctor`."""

import sys
from collections.abc import Iterable
from itertools import chain

import click

from lading.cli.checkup.checks import Check, checks_of
from lading.cli.checkup.engines import engines_of
from lading.cli.checkup.network import answers_of
from lading.cli.options import DATABASE, REGISTRY, with_settings
from lading.cli.output import TOOL
from lading.engine.settings import Settings
from lading.safeio.json_text import encode_document

_STYLES = {"ok": "green", "note": "dim", "warning": "yellow", "failed": "bold red"}


@click.command()
@click.option("-o", "--output", "form", type=click.Choice(["table", "json"]), default="table", help="Default: table.")
@with_settings(*dict.fromkeys((*DATABASE, *REGISTRY)))
def doctor(form: str, settings: Settings) -> int:
    """Check what scans need on this machine, and say what to do about what is missing.

    Looks at the settings, directories, database, clock, accounts, engines and the sandbox, and asks one address each of
    where data and images come from, at most ten seconds long; not with --offline.

    \b
    Exit status: 0 nothing is broken, 2 something is.
    """
    checks: list[Check] = []
    for check in chain(checks_of(settings), engines_of(settings), answers_of(settings)):
        checks.append(check)
        if form == "table":
            _show([check])
    if form == "json":
        sys.stdout.write(encode_document({"tool": TOOL, "checks": checks}).decode())
    return 2 if any(one.state == "failed" for one in checks) else 0


def _show(checks: Iterable[Check]) -> None:
    from lading.cli.output import screen
    from lading.formats.encoders.text.canvas import Canvas
    from lading.formats.encoders.text.text import printable

    view = screen()
    for one in checks:
        canvas = Canvas(view.width, colour=view.colour)
        canvas.add((f"{one.state:<8}", _STYLES[one.state]), (f" {one.name:<10}", "bold"), f" {printable(one.found)}")
        if one.remedy:
            canvas.add(f"{'':<20}{printable(one.remedy)}")
        sys.stdout.write(canvas.render().decode())
        sys.stdout.flush()
