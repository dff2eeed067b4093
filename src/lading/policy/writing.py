"""Entries of a policy as TOML."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from lading.policy.document import IgnoreTable


def write_ignores(entries: Iterable[IgnoreTable]) -> str:
    """The entries as the text of a policy file."""
    return "\n".join("".join(f"{line}\n" for line in _lines(one)) for one in entries)


def toml_text(text: str) -> str:
    """A text as TOML has it, in one line. What cannot be shown is written out."""
    shown = (f"\\{char}" if char in '"\\' else char if char.isprintable() else _escape(char) for char in text)
    return f'"{"".join(shown)}"'


def _escape(char: str) -> str:
    code = ord(char)
    return "\\uFFFD" if 0xD800 <= code < 0xE000 else f"\\U{code:08X}"  # TOML has no lone surrogates


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
        return toml_text(value)
    items = [toml_text(one) for one in value]
    return items[0] if len(items) == 1 else f"[{', '.join(items)}]"
