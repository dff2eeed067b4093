"""The settings of one command of a front door: what files, variables and options say."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from lading.engine.environment import user_network, user_places
from lading.engine.setting_sources import given_by_options, given_by_variables
from lading.engine.settings import SETTINGS, Settings, resolve
from lading.engine.settings_files import SettingsFiles, iter_candidates, locate, read_given
from lading.model.errors import UsageError

CONFIG_VARIABLE: Final = "LADING_CONFIG"
NO_CONFIG_VARIABLE: Final = "LADING_NO_CONFIG"
ORGANISATION_VARIABLE: Final = "LADING_ORG_CONFIG"
USERNAME_VARIABLE: Final = "LADING_USERNAME"
PASSWORD_VARIABLE: Final = "LADING_PASSWORD"  # noqa: S105 - its name


def configure(options: Mapping[str, Any], files: SettingsFiles, variables: Mapping[str, str]) -> Settings:
    """What holds for one command with these options, by the names of their settings, and these variables of the
    process. Raises UsageError."""
    places = user_places(variables)
    given = [read_given(one) for one in iter_candidates(files, places.settings) if one.state == "read"]
    others = (CONFIG_VARIABLE, NO_CONFIG_VARIABLE, ORGANISATION_VARIABLE, USERNAME_VARIABLE, PASSWORD_VARIABLE)
    set_by_variables, unknown = given_by_variables(variables, others, lambda named: locate(named, Path()))
    settings = resolve([*given, set_by_variables, given_by_options(options)], places, user_network(variables))
    _check(settings)
    return structs.replace(settings, notes=(*unknown, *settings.notes))


def _check(settings: Settings) -> None:
    """What the values alone do not show. Options are checked by those who use them."""
    for name, check in _CHECKS.items():
        origin, value = settings.origins[name], getattr(settings, name)
        if origin.level in ("default", "flag") or not value:
            continue
        try:
            check(value)
        except UsageError as error:
            why = str(error).removeprefix(f"{SETTINGS[name].flag} ")
            raise UsageError(f"{origin.label(name)}: {why}") from error


def _check_formats(outputs: tuple[str, ...]) -> None:
    from lading.formats.encoders.registry import check_format

    for output in outputs:
        check_format(output.partition("=")[0])


def _check_platform(platform: str) -> None:
    from lading.image.platforms import parse_platform

    parse_platform(platform)


def _check_places(names: tuple[str, ...]) -> None:
    from lading.image.places import places_of

    places_of(names)


def _check_database(wanted: str) -> None:
    from lading.database.opening import check_name

    check_name(wanted)


def _check_file(path: Path) -> None:
    if not path.exists() or path.is_dir():
        raise UsageError(f"{path}: no such file")


def _check_fail_on(words: str) -> None:
    from lading.policy.fail_on import parse_fail_on

    parse_fail_on(words)


_CHECKS: Final[Mapping[str, Callable[[Any], None]]] = {
    "output": _check_formats,
    "fail_on": _check_fail_on,
    "db": _check_database,
    "db_key": _check_file,
    "platform": _check_platform,
    "image_from": _check_places,
    "ca_cert": _check_file,
    "vex_key": _check_file,
    "image_key": _check_file,
    "trusted_root": _check_file,
    "policy_key": _check_file,
    "report_key": _check_file,
}
