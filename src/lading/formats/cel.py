"""Expressions in CEL (https://cel.dev), whoever asks them of what: one library, its messages as lines for people."""

import re
from collections.abc import Callable
from typing import Any, Final

_CODE: Final = re.compile(r"^[A-Z_]+: |ERROR: <input>:(?=\d)| \[[A-Z_]+\]$")
_ABSENT: Final = re.compile(r'No value with name "([\w.]+)" found in Activation')

MISSING: Final = (
    "need the library cel-expr-python (pip install 'lading[rules]'), which is there for GNU Linux and macOS, and not "
    "for musl (Alpine)"
)
"""What has to be said where the library is not there."""


How = Callable[[str], str]
"""How a value of a name comes to be known; empty where there is no more to say."""


def _nothing(name: str) -> str:
    return ""


def evaluated(program: Any, activation: Any, how: How = _nothing) -> Any:
    """The value of a program, or in words why there is none."""
    try:
        value = program.eval(activation)
    except RuntimeError as error:  # a limit was met
        return first_line(str(error), how)
    if value.type().name() == "ERROR":
        return first_line(str(value.value()), how)
    return value.plain_value()


def first_line(message: str, how: How = _nothing) -> str:
    """The library's message as one line for people."""
    absent = _ABSENT.search(message)
    if absent is not None:
        known = how(absent[1])
        return f"{absent[1]} is not known{f': {known}' if known else ''}"
    line = _CODE.sub("", _CODE.sub("", message.partition("\n")[0]))
    position = re.match(r"(\d+):(\d+): (.*)", line)
    if position is not None:
        line = f"{position[3]} (at character {position[2]} of line {position[1]})"
    return line[:300]
