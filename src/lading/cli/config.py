"""`lading config`."""

import sys
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from lading.cli.options import files_of, with_files, with_settings
from lading.cli.output import TOOL
from lading.cli.tables import print_table
from lading.engine.environment import user_places
from lading.engine.secret import Secret
from lading.engine.setting_values import to_text
from lading.engine.settings import SETTINGS, Settings
from lading.engine.settings_files import iter_candidates
from lading.formats.documents.settings import SETTINGS_SCHEMA, SettingDocument, SettingsDocument
from lading.safeio.json_text import encode_document
from lading.safeio.limits import Limits

_NONE = "-"


@click.group()
def config() -> None:
    """Show what is set, and where.

    What an option sets can also stand in a file or a variable, under the same name: for --fail-on high the variable
    LADING_FAIL_ON=high, and in a file

    \b
    fail_on = "high"

    Each of these stands over those before it: the user's file (lading.toml in the configuration directory), the
    project's (lading.toml, or [tool.lading] in pyproject.toml, in the working directory or above it in its repository),
    the organisation's (/etc/lading/lading.toml), variables, options. What the organisation locks (locked = ["fail_on"])
    nothing stands over. A project cannot set where data comes from, whom to trust, or what is written where.
    """


@config.command()
@click.option("--all", "show_all", is_flag=True, help="Show what is at its default, too.")
@click.option("-o", "--output", "form", type=click.Choice(["table", "json"]), default="table", help="Default: table.")
@with_settings(*(name for name in SETTINGS if name not in ("all", "output")))
def show(settings: Settings, show_all: bool, form: str) -> None:
    """Show each value that is set, and where it is from. Takes the options of other commands, to see what they would
    come to."""
    shown = [name for name in SETTINGS if show_all or settings.origins[name].level != "default"]
    if form == "json":
        document = SettingsDocument(SETTINGS_SCHEMA, TOOL, tuple(_document(name, settings) for name in shown))
        sys.stdout.write(encode_document(document).decode())
    elif shown:
        rows = [(name, to_text(getattr(settings, name)) or _NONE, str(settings.origins[name])) for name in shown]
        print_table(("setting", "value", "from"), rows)
    else:
        click.echo("nothing is set; lading config show --all shows what there is to set")


@config.command()
@with_files
def path(**parameters: Any) -> None:
    """Show which files are looked at, the weakest first, and which of them are there."""
    candidates = iter_candidates(files_of(parameters), user_places().settings)
    print_table(("of the", "file", ""), [(one.level, str(one.path), one.state) for one in candidates])


def _document(name: str, settings: Settings) -> SettingDocument:
    value, origin = getattr(settings, name), settings.origins[name]
    if isinstance(value, Limits):
        value = structs.asdict(value)
    elif isinstance(value, Path | Secret):
        value = str(value)
    return SettingDocument(name, value, origin.level, origin.place, origin.locked)
