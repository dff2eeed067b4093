"""What one place sets: a settings file's table, the environment's variables, the command line's options."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

from lading.engine.setting_values import Locate, from_option, from_text, from_toml, is_address
from lading.engine.settings import SETTINGS, VARIABLE_PREFIX, Given, Level, PolicyTables, Setting
from lading.model.errors import UsageError
from lading.model.spelling import closest, meant
from lading.policy.tables import TABLES

_LOCKED: Final = "locked"
_LONGEST_KEY: Final = 100


def given_by_table(
    table: Mapping[str, Any], level: Level, file: Path, line_of: Callable[..., int], locate: Locate
) -> Given:
    """What the table of a settings file sets. `line_of` gives the line of a key by the tables that lead to it, 0 where
    it cannot be told. Raises UsageError for a key that is not known or may not stand in such a file, and for a bad
    value."""
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    locked: dict[str, str] = {}
    policy: dict[str, Any] = {}
    for key, value in table.items():
        place = f"{file}:{line}" if (line := line_of(key)) else str(file)
        try:
            if key in TABLES:
                policy[key] = value
            elif key == _LOCKED:
                locked = dict.fromkeys(_locked(value, level), place)
            else:
                values[key] = _value(key, value, level, locate)
                places[key] = place
        except ValueError as error:
            raise UsageError(f"{place}: {key[:_LONGEST_KEY]}: {error}") from error
    tables = PolicyTables(level, file, policy, line_of) if policy else None
    return Given(level=level, values=values, places=places, locked=locked, policy=tables)


def given_by_variables(
    variables: Mapping[str, str], others: Collection[str], locate: Locate
) -> tuple[Given, tuple[str, ...]]:
    """What the variables of an environment set, and a line for each that looks like a setting's and is none. One that
    is empty counts as not there; `others` are those that have a meaning of their own. Raises UsageError for a bad
    value."""
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    notes = []
    named = {setting.variable: setting for setting in SETTINGS.values()}
    for variable in sorted(name for name in variables if name.startswith(VARIABLE_PREFIX)):
        text, setting = variables[variable], named.get(variable)
        if setting is None:
            if variable not in others:
                notes.append(f"{variable[:_LONGEST_KEY]}: {_no_such(variable, [*named, *others])}")
        elif text:
            try:
                values[setting.name] = from_text(setting, text, locate)
            except ValueError as error:
                raise UsageError(f"{variable}: {error}") from error
            places[setting.name] = variable
    return Given(level="variable", values=values, places=places), tuple(notes)


def given_by_options(options: Mapping[str, Any]) -> Given:
    """What the options of a command line set, by the names of their settings. Raises UsageError for a bad limit."""
    values = {name: from_option(SETTINGS[name], value) for name, value in options.items()}
    places = {name: option_of(SETTINGS[name], value) for name, value in options.items()}
    return Given(level="flag", values=values, places=places)


def option_of(setting: Setting, value: object = True) -> str:
    """The option that sets a value: `--platform`, `--offline`, `--no-offline`."""
    return setting.flag if value is not False else f"--no-{setting.flag.removeprefix('--')}"


def _value(key: str, value: object, level: Level, locate: Locate) -> Any:
    setting = SETTINGS.get(key)
    if setting is None:
        raise ValueError(
            f"no such setting{meant(key, [*SETTINGS, *TABLES])}; lading config show --all --no-config lists them"
        )
    if level == "project" and setting.about.trust == "user":
        raise ValueError(f"cannot be set by a project; it may stand in {_elsewhere(setting)}")
    result = from_toml(setting, value, locate)
    if level == "project" and key == "output" and any(map(writes_file, result)):
        raise ValueError(f"a project cannot say which files are written; that may stand in {_elsewhere(setting)}")
    if level == "project" and key in ("vex", "policy_file", "ignore_file") and any(map(is_address, result)):
        raise ValueError(f"a project cannot say what is fetched; that may stand in {_elsewhere(setting)}")
    return result


def writes_file(output: str) -> bool:
    """Whether a value of `output` names a file."""
    return output.partition("=")[2] not in ("", "-")


def _elsewhere(setting: Setting) -> str:
    return f"the user's or the organisation's file (lading config path), in {setting.variable} or {setting.flag}"


def _no_such(variable: str, known: list[str]) -> str:
    """What to say of a variable. What all of them begin with does not make them alike."""
    names = [one.removeprefix(VARIABLE_PREFIX).lower() for one in known]
    close = closest(variable.removeprefix(VARIABLE_PREFIX), names)
    guess = f" (did you mean {VARIABLE_PREFIX}{close.upper()}?)" if close else ""
    return f"no such variable{guess}; it has no effect"


def _locked(value: object, level: Level) -> list[str]:
    if level != "organisation":
        raise ValueError("only an organisation's file can lock settings")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("expected a list of settings")
    for name in value:
        if name not in SETTINGS:
            raise ValueError(f"{name[:_LONGEST_KEY]!r}: no such setting{meant(name, SETTINGS)}")
    return value
