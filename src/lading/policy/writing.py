"""Entries of a policy as TOML."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from lading.policy.document import IgnoreTable
from lading.safeio.toml_text import quoted


def write_ignores(entries: Iterable[IgnoreTable]) -> str:
    """The entries as the text of a policy file."""
    return "\n".join("".join(f"{line}\n" for line in _lines(one)) for one in entries)


def _lines(entry: IgnoreTable) -> Iterator[str]:
    yield "[[ignore]]"
    for name in IgnoreTable.__struct_fields__:
        value = getattr(entry, name)
        if value:
            yield f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, date | int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    items = [quoted(one) for one in value]
    return items[0] if len(items) == 1 else f"[{', '.join(items)}]"
