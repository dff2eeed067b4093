"""PHP: files that return one array of constants.

Source: PHP's manual on arrays and strings; `var_export`, and what Composer writes of it (`__DIR__ . '/path'`).
"""

import re
from typing import Union

Array = dict[str, Union[str, bool, "Array", None]]

_START = re.compile(r"\s*<\?php\s+return\s+(?:array\s*\(|\[)")
_STATIC = re.compile(r"\bstatic\s+\$\w+\s*=\s*(?:array\s*\(|\[)")
_TOKEN = re.compile(
    r"\s*+(?:'(?P<text>(?:[^'\\]|\\.)*+)'|(?P<open>array\s*\(|\[)|(?P<close>[)\]])"
    r"|(?P<word>true|false|null|NULL|-?\d[\d.]*)|(?P<mark>=>|,)|__DIR__\s*\.|//[^\n]*|#[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(['\\])")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "NULL": None}
_MOST_LEVELS = 32


def read_array(text: str) -> Array:
    """The array that a PHP file returns. What stands without a key gets none. Raises ValueError for anything else."""
    start = _START.match(text)
    if start is None:
        raise ValueError("it returns no array")
    return _array(text, start.end())


def read_static_array(text: str) -> Array | None:
    """The array that the first static property of a class begins with, None where none does. Raises ValueError."""
    start = _STATIC.search(text)
    return None if start is None else _array(text, start.end())


def _array(text: str, position: int) -> Array:
    root: Array = {}
    around: list[tuple[Array, str | None]] = []
    here = root
    key: str | None = None
    value: str | bool | Array | None = None
    while token := _TOKEN.match(text, position):
        position = token.end()
        if token["open"]:
            if len(around) == _MOST_LEVELS:
                raise ValueError("it is nested too deep")
            around.append((here, key))
            here, key, value = {}, None, None
        elif token["close"]:
            _keep(here, key, value)
            if not around:
                return root
            inner = here
            here, key = around.pop()
            value = inner
        elif token["mark"] == "=>":
            key, value = str(value), None
        elif token["mark"] == ",":
            _keep(here, key, value)
            key, value = None, None
        elif token["text"] is not None:
            value = _ESCAPED.sub(r"\1", token["text"])
        elif token["word"]:
            value = _WORDS.get(token["word"], token["word"])
    raise ValueError("it is not whole, or holds more than constants")


def _keep(array: Array, key: str | None, value: "str | bool | Array | None") -> None:
    if key is not None:
        array[key] = value
