"""HCL as far as `docker buildx bake` needs it: blocks and attributes, with the expressions that call no function.

Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md. Strings keep their interpolations (`${name}`), a
name alone is one; what only a whole interpreter would know is None.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from lading.model.errors import FormatError

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)"""
    r"""|<<-?(?P<mark>\w+)\r?\n(?P<heredoc>.*?)\n?[ \t]*(?P=mark)(?=\s)"""
    r"""|"(?P<string>(?:\$\{[^{}]*\}|\\.|[^"\\])*)"|(?P<word>-?\d[\d.]*|[A-Za-z_][\w.-]*)"""
    r"""|(?P<sign>=>|==|!=|<=|>=|&&|\|\||[{}\[\]()=,:?*+<>!%/-])""",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\([\\\"nrt])")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_LITERALS: Final = frozenset({"true", "false", "null"})
_DEEPEST: Final = 50
_LARGEST: Final = 1 << 20

HclValue = str | None | list["HclValue"] | dict[str, "HclValue"]


class HclBlock(Struct, frozen=True):
    """`kind "label" { … }`."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, HclValue]


def parse_hcl(data: bytes) -> list[HclBlock]:
    """The blocks at the top, and as one without labels, `""`, the attributes beside them. Raises FormatError."""
    if len(data) > _LARGEST:
        raise FormatError(f"larger than {_LARGEST:,} bytes, which no HCL file is")
    return _Parser(list(_tokens(data.decode("utf-8", "replace").removeprefix("\ufeff")))).blocks()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of each."""
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FormatError(f"line {line}: not HCL that can be read")
        kind = "heredoc" if found["heredoc"] is not None else str(found.lastgroup)
        if kind != "space":
            yield kind, found[kind], line
        line += found[0].count("\n")
        at = found.end()
    yield "end", "", line


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self._tokens = tokens
        self._at = 0

    def blocks(self) -> list[HclBlock]:
        attributes, blocks = self._body("end", 0)
        return [HclBlock("", (), attributes), *blocks]

    def _next(self) -> tuple[str, str]:
        kind, text, _ = self._tokens[self._at]
        self._at += kind != "end"
        return kind, text

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at][:2]

    def _skip_lines(self) -> None:
        while self._peek()[0] == "newline":
            self._at += 1

    def _wrong(self) -> FormatError:
        return FormatError(f"line {self._tokens[min(self._at, len(self._tokens)) - 1][2]}: not HCL that can be read")

    def _body(self, end: str, depth: int) -> tuple[dict[str, HclValue], list[HclBlock]]:
        attributes: dict[str, HclValue] = {}
        blocks: list[HclBlock] = []
        while True:
            self._skip_lines()
            kind, name = self._next()
            if kind == "end" or (kind, name) == ("sign", end):
                if (kind == "end") != (end == "end"):
                    raise self._wrong()
                return attributes, blocks
            if kind not in ("word", "string") or depth > _DEEPEST:
                raise self._wrong()
            labels: list[str] = []
            while self._peek()[0] in ("word", "string"):
                labels.append(self._next()[1])
            sign = self._next()[1]
            if sign == "{":
                inner, _ = self._body("}", depth + 1)
                blocks.append(HclBlock(name, tuple(labels), inner))
            elif sign == "=" and not labels:
                attributes[name] = self._value(depth + 1)
            else:
                raise self._wrong()

    def _value(self, depth: int) -> HclValue:
        """A value, up to the end of its line or the comma or bracket after it."""
        kind, text = self._next()
        if depth > _DEEPEST:
            raise self._wrong()
        value: HclValue = None
        if kind == "string":
            value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
        elif kind == "heredoc":
            value = text
        elif kind == "word":
            value = text if text in _LITERALS or text[0].isdigit() or text[0] == "-" else f"${{{text}}}"
        elif text == "[":
            value = self._list(depth)
        elif text == "{":
            value = self._object(depth)
        else:
            self._at -= 1
        return value if not self._rest() else None

    def _rest(self) -> bool:
        """Passes what follows a value in its expression; whether there was anything."""
        open_: list[str] = []
        start = self._at
        while True:
            kind, text = self._peek()
            if kind == "end" or (not open_ and (kind == "newline" or text in (",", "}", "]", ")"))):
                return self._at > start
            if kind == "sign" and text in _CLOSING:
                open_.append(_CLOSING[text])
            elif open_ and (kind, text) == ("sign", open_[-1]):
                open_.pop()
            self._at += 1

    def _list(self, depth: int) -> list[HclValue]:
        values: list[HclValue] = []
        while True:
            self._skip_lines()
            if self._peek()[1] in ("]", ",") and self._peek()[0] == "sign":
                if self._next()[1] == "]":
                    return values
                continue
            if self._peek()[0] == "end":
                raise self._wrong()
            before = self._at
            values.append(self._value(depth + 1))
            if self._at == before:
                raise self._wrong()

    def _object(self, depth: int) -> dict[str, HclValue]:
        values: dict[str, HclValue] = {}
        while True:
            self._skip_lines()
            kind, name = self._next()
            if (kind, name) == ("sign", "}"):
                return values
            if (kind, name) == ("sign", ","):
                continue
            if (kind, name) == ("word", "for") and not values and self._peek()[0] == "word":
                while self._peek() not in (("sign", "}"), ("end", "")):
                    self._rest()
                    self._at += self._peek() == ("sign", ",")
                continue  # made of another value: not known
            if kind not in ("word", "string") or self._next()[1] not in ("=", ":"):
                raise self._wrong()
            values[name] = self._value(depth + 1)
