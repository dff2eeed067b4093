"""What the formats have in common."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from lading.model.errors import FormatError
from lading.policy.document import IgnoreTable

_LONGEST: Final = 80


class ForeignIgnores(Struct, frozen=True):
    """The entries of a file with the line of each (0 where it cannot be told), and a sentence for each that means
    something that a policy cannot say: such are left out, since what is left of them would mean more."""

    entries: tuple[tuple[IgnoreTable, int], ...]
    notes: tuple[str, ...] = ()


def last_day(ends: str, what: str) -> date | None:
    """The last day of an entry that ends at a day or moment (ISO 8601), as other scanners have it: on that day it holds
    no more. None for none. Raises FormatError."""
    if not ends:
        return None
    try:
        return datetime.fromisoformat(ends.strip().replace(" ", "T", 1)).date() - timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise FormatError(f"{what}: {ends[:_LONGEST]!r} is not a date (2026-01-31)") from error


def text_of(value: Any, what: str) -> str:
    """A text, empty for none. Raises FormatError."""
    if value is None or isinstance(value, str):
        return value or ""
    raise FormatError(f"{what}: expected a text")


def texts_of(value: Any, what: str) -> tuple[str, ...]:
    """A list of texts, none for none. Raises FormatError."""
    if value in (None, ""):
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FormatError(f"{what}: expected a list of texts")
    return tuple(value)


def tables_of(value: Any, what: str) -> list[dict[str, Any]]:
    """A list of tables, none for none. Raises FormatError."""
    if value in (None, ""):
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FormatError(f"{what}: expected a list of entries")
    return value


def left_out(what: str, keys: Iterable[str]) -> str:
    """That an entry is left out for what it asks besides."""
    return f"{what[:_LONGEST]}: left out: {', '.join(keys)} cannot be said in a policy"
