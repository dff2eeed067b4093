"""The settings of one command: what files, variables and options say."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from lading.cli.settings_files import Places, iter_candidates, locate, read_given
from lading.engine.setting_sources import given_by_options, given_by_variables
from lading.engine.settings import SETTINGS, Settings, resolve
from lading.model.errors import UsageError

CONFIG_VARIABLE: Final = "LADING_CONFIG"
NO_CONFIG_VARIABLE: Final = "LADING_NO_CONFIG"
ORGANISATION_VARIABLE: Final = "LADING_ORG_CONFIG"


def read_settings(options: Mapping[str, Any], places: Places) -> Settings:
    """What holds for one command with these options, by the names of their settings. Standard error is told what has
    no effect. Raises UsageError."""
    files = [read_given(one) for one in iter_candidates(places) if one.state == "read"]
    others = (CONFIG_VARIABLE, NO_CONFIG_VARIABLE, ORGANISATION_VARIABLE)
    variables, unknown = given_by_variables(os.environ, others, lambda named: locate(named, Path()))
    settings, overruled = resolve([*files, variables, given_by_options(options)])
    _check(settings)
    for note in (*unknown, *overruled):
        _tell(note)
    return settings


def _tell(note: str) -> None:
    from lading.formats.encoders.text.text import sentence

    click.echo(f"lading: {sentence(note)}", err=True)


def _check(settings: Settings) -> None:
    """What the values alone do not show. Options are checked by those who use them."""
    for name, check in _CHECKS.items():
        origin, value = settings.origin(name), getattr(settings, name)
        if origin.level in ("default", "flag") or not value:
            continue
        try:
            check(value)
        except UsageError as error:
            why = str(error).removeprefix(f"{SETTINGS[name].flag} ")
            raise UsageError(f"{origin.label(name)}: {why}") from error


def _check_formats(outputs: tuple[str, ...]) -> None:
    from lading.cli.output import check_format

    for output in outputs:
        check_format(output)


def _check_platform(platform: str) -> None:
    from lading.image.platforms import parse_platform

    parse_platform(platform)


def _check_database(wanted: str) -> None:
    from lading.database.opening import check_name

    check_name(wanted)


def _check_file(path: Path) -> None:
    if not path.exists() or path.is_dir():
        raise UsageError(f"{path}: no such file")


_CHECKS: Final[Mapping[str, Callable[[Any], None]]] = {
    "output": _check_formats,
    "db": _check_database,
    "db_key": _check_file,
    "platform": _check_platform,
    "ca_cert": _check_file,
}
