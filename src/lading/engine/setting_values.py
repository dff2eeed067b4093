"""Values of settings: from files, variables and options, and as text."""

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from lading.engine.secret import parse_secret
from lading.engine.settings import (
    LEAST_RATE,
    LONGEST_TIMEOUT,
    MOST_DAYS,
    MOST_NUMBER,
    MOST_RATE,
    NO_STORE,
    Kind,
    Setting,
)
from lading.model.errors import UsageError
from lading.model.spelling import meant
from lading.safeio.limits import Limits, parse_amount

Locate = Callable[[str], Path]
"""Where a path that is written in some place leads to."""

_SWITCH: Final = {
    "true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
_LONGEST_SHOWN: Final = 80


def from_toml(setting: Setting, value: object, locate: Locate) -> Any:
    """The value that a setting has in a file. Raises ValueError, which says what was expected."""
    if any("\0" in text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)):
        raise ValueError("has a NUL character")
    match setting.kind, value:
        case "switch", bool():
            return value
        case "choice", str() if value.lower() in setting.choices:
            return value.lower()
        case "text", str():
            return _PLACES[setting.name](value, locate) if setting.name in _PLACES and value else value
        case "path", str() if value:
            return locate(value)
        case "list", str():
            return _located(setting, _split(value), locate)
        case "list", list() if all(isinstance(one, str) for one in value):
            return _located(setting, value, locate)
        case "words", bool():
            return (setting.about.bare,) if value else ()
        case "words", str():
            return _split(value)
        case "words", list() if all(isinstance(one, str) for one in value):
            return tuple(value)
        case "days", int() if not isinstance(value, bool) and 0 < value <= MOST_DAYS:
            return value
        case "severities", str() | list():
            return _severities(setting, value)
        case "sources", str():
            return _located(setting, _split(value), locate)
        case "sources", list() if all(isinstance(one, str) and one for one in value):
            return _located(setting, value, locate)
        case "number", int() if not isinstance(value, bool) and 0 <= value <= MOST_NUMBER:
            return value
        case "seconds", int() | float() if not isinstance(value, bool) and 0 < value <= LONGEST_TIMEOUT:
            return float(value)
        case "rate", int() if not isinstance(value, bool) and (not value or LEAST_RATE <= value <= MOST_RATE):
            return value
        case "rate", str() if (rate := parse_amount(value)) is not None:
            return from_toml(setting, rate, locate)
        case "secret", str():
            return parse_secret(value, locate)
        case "limits", dict() | list() | str():
            return _limits(value)
    raise ValueError(_expected(setting, value))


def from_text(setting: Setting, text: str, locate: Locate) -> Any:
    """The value that a setting has in a variable, where lists have commas. Raises ValueError as `from_toml` does."""
    if setting.kind == "switch":
        if (switch := _SWITCH.get(text.strip().lower())) is None:
            raise ValueError(_expected(setting, text))
        return switch
    if setting.kind == "words" and (switch := _SWITCH.get(text.strip().lower())) is not None:
        return from_toml(setting, switch, locate)
    if setting.kind in ("seconds", "number", "days"):
        try:
            return from_toml(setting, float(text) if setting.kind == "seconds" else int(text), locate)
        except ValueError:
            raise ValueError(_expected(setting, text)) from None
    return from_toml(setting, text.strip(), locate)


def from_option(setting: Setting, value: Any) -> Any:
    """The value that a setting has by its option, where switches, choices and files have been checked. Raises
    UsageError for a bad number, severity or secret."""
    if setting.kind == "limits":
        return functools.reduce(Limits.with_option, value, Limits())
    if setting.kind == "words":
        return from_toml(setting, value, Path)
    if setting.kind in ("days", "seconds", "number", "rate", "severities", "secret"):
        try:
            return from_text(setting, value, Path)
        except ValueError as error:
            raise UsageError(f"{setting.flag} {error}") from error
    return _split(value) if setting.kind == "list" and isinstance(value, str) else value


def to_text(value: object) -> str:
    """A value as a variable has it, so that it can be given back; empty for one that is not there."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(value)
        case Limits():
            return ",".join(f"{name}={bound}" for name, bound in structs.asdict(value).items())
        case None:
            return ""
    return str(value)


def is_address(text: str) -> bool:
    """Whether a text is what is fetched, not a path."""
    return "://" in text or text.startswith("oci:")


_OF_FILES: Final = frozenset({"vex", "check_file", "yara_rules", "known_bad", "secret_rules"})


def _located(setting: Setting, values: Iterable[str], locate: Locate) -> tuple[str, ...]:
    """A list; of those that are paths the paths from where they are written."""
    if setting.name not in _OF_FILES and setting.kind != "sources":
        return tuple(values)
    return tuple(one if is_address(one) or not one else str(locate(one)) for one in values)


def _database(value: str, locate: Locate) -> str:
    from lading.advisories.sets import is_name_of_set

    return value if is_name_of_set(value) else str(locate(value))


def _store(value: str, locate: Locate) -> str:
    return value if value == NO_STORE else str(locate(value))


_PLACES: Final[Mapping[str, Callable[[str, Locate], str]]] = {"db": _database, "store": _store}
"""The texts that are paths, unless they are something else."""


def _limits(value: Mapping[str, object] | Iterable[object]) -> Limits:
    if isinstance(value, str):
        items: list[object] = list(_split(value))
    elif isinstance(value, Mapping):
        items = [f"{name}={bound}" for name, bound in value.items()]
    else:
        items = list(value)
    try:
        return functools.reduce(Limits.with_option, map(str, items), Limits())
    except UsageError as error:
        raise ValueError(str(error).removeprefix("--limit ")) from error


def _severities(setting: Setting, value: str | list[object]) -> str:
    words = value.split(",") if isinstance(value, str) else value
    known = [word.strip().lower() if isinstance(word, str) else "" for word in words]
    for given, word in zip(words, known, strict=True):
        if word not in setting.choices:
            raise ValueError(_expected(setting, given))
    if not known:
        raise ValueError(_expected(setting, value))
    return ",".join(known)


def _split(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def _expected(setting: Setting, value: object) -> str:
    expected = f"one of {', '.join(setting.choices)}" if setting.choices else _EXPECTED[setting.kind]
    guess = meant(value, setting.choices) if isinstance(value, str) else ""
    return f"{_shown(value)}: expected {expected}{guess}"


_EXPECTED: Final[Mapping[Kind, str]] = {
    "switch": "true or false",
    "text": "a text",
    "path": "the path of a file",
    "list": "a list of texts, or a text with commas",
    "sources": "a list of paths, or a text with commas",
    "number": f"a whole number from 0 to {MOST_NUMBER}",
    "words": "true, false, a list of texts, or a text with commas",
    "days": f"a whole number of days above 0, and at most {MOST_DAYS:,}",
    "seconds": f"a number of seconds above 0, and at most {LONGEST_TIMEOUT:g}",
    "rate": f"a number of bytes a second, such as 5MB, and at least {LEAST_RATE:,}; 0 for no bound",
    "secret": "a text",
    "limits": "a table or a list of NAME=NUMBER",
}


def _shown(value: object) -> str:
    match value:
        case str():
            return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…")
        case bool():
            return to_text(value)
        case int() if abs(value) > 10**18:
            return "a huge number"
        case float() if not math.isfinite(value):
            return f"{value}"
        case dict():
            return "a table"
        case list():
            return "a list"
        case date() | time():
            return "a date or time"
    return str(value)
