"""The YAML that lock file writers generate: mappings in mappings, told apart by indentation.

Source: YAML 1.2, chapter 8, of which pnpm, Yarn and pub write a small part. A general YAML parser takes seconds for a
large lock file, and aliases could blow up; here nothing is expanded. Sequences are skipped, and values in flow style
(`{integrity: …}`) stay text.
"""

import re
from collections.abc import Iterator
from typing import Union

Block = dict[str, Union[str, "Block"]]

_MOST_LEVELS = 16
_NEVER = 1 << 30
_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_QUOTED = re.compile(r""""[^"\\]*(?:\\.[^"\\]*){0,1000}"|'[^']*(?:''[^']*){0,1000}'""")
_ESCAPE = re.compile(r"\\(.)")


def read_blocks(content: str) -> Iterator[Block]:
    """Each document of a YAML stream as nested mappings; lines that are none of this are left out."""
    for document in _DOCUMENT.split(content):
        root = _Reader().read(document)
        if root:
            yield root


def block(value: "str | Block | None") -> Block:
    """`value` when it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def scalar(value: "str | Block | None") -> str:
    """`value` when it is a scalar, empty otherwise."""
    return value if isinstance(value, str) else ""


class _Reader:
    """One document. `_open` are the mappings around the current line with their keys' indentation."""

    def __init__(self) -> None:
        self._root: Block = {}
        self._open: list[tuple[int, Block]] = [(-1, self._root)]
        # Lines that are indented deeper than this continue a scalar or an item of a sequence.
        self._skipped = _NEVER
        self._long_key = ""

    def read(self, document: str) -> Block:
        for line in document.split("\n"):
            stripped = line.lstrip(" ")
            indent = len(line) - len(stripped)
            if indent > self._skipped:
                continue
            stripped = stripped.rstrip()
            if stripped and stripped[0] != "#":
                self._line(indent, stripped)
        return self._root

    def _line(self, indent: int, line: str) -> None:
        while self._open[-1][0] >= indent:
            self._open.pop()
        self._skipped = _NEVER
        mark = line[:2]
        if mark in ("- ", "-"):
            self._skipped = indent
        elif mark == "? ":
            # A key of more than 1024 characters stands on a line of its own, its value behind a colon on the next.
            self._long_key = _value(line[2:].lstrip())
        elif mark in (": ", ":") and self._long_key:
            self._start(indent, self._long_key)
            self._long_key = ""
            if line[2:]:
                self._entry(indent + 2, line[2:].lstrip())
        else:
            self._entry(indent, line)

    def _entry(self, indent: int, line: str) -> None:
        key, colon, value = _split(line)
        if colon and value:
            self._open[-1][1][key] = _value(value)
            self._skipped = indent
        elif colon:
            self._start(indent, key)

    def _start(self, indent: int, key: str) -> None:
        inner: Block = {}
        self._open[-1][1][key] = inner
        if len(self._open) < _MOST_LEVELS:
            self._open.append((indent, inner))
        else:
            self._skipped = indent


def _split(line: str) -> tuple[str, str, str]:
    """The key, the colon (empty when there is none) and the value."""
    if line[0] in "\"'":
        quoted = _QUOTED.match(line)
        if quoted is None or line[quoted.end() : quoted.end() + 1] != ":":
            return "", "", ""
        return _value(quoted[0]), ":", line[quoted.end() + 1 :].lstrip()
    key, colon, value = line.partition(": ")
    if colon:
        return key.rstrip(), ":", value.lstrip()
    return (line[:-1].rstrip(), ":", "") if line[-1] == ":" else ("", "", "")


def _value(value: str) -> str:
    """The string that a quoted or plain scalar stands for."""
    if value[:1] in ('"', "'"):
        quoted = _QUOTED.match(value)
        inner = quoted[0][1:-1] if quoted else value[1:]
        if value[0] == "'":
            return inner.replace("''", "'")
        return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner
    return value.partition(" #")[0].rstrip()
