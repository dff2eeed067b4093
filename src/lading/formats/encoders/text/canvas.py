"""Lines of styled text, written with or without colours."""

import io
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TextIO

from lading.formats.encoders.text.text import cells, padded, printable, wrap
from lading.model.advisory import Severity, SeverityLabel

if TYPE_CHECKING:
    from rich.console import Console

STYLES: dict[SeverityLabel, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "negligible": "dim",
    "unknown": "dim",
}
UNBOUNDED: Final = 1_000_000
"""The width of what is no terminal: nothing is wrapped or shortened."""
_RULE: Final = 100
_LEAST: Final = 40
_LEAST_COLUMN: Final = 12
_LEAST_NAME: Final = 30
NONE: Final = "·"
"""Stands in tables for a count of none."""
_JOINERS: Final = "/.:-_@#+"
"""What joins the parts of a name: paths, coordinates, references."""


class Canvas:
    """Collects lines. Nothing is cut: a line longer than `width` cells is left to the terminal. `width` None is that of
    a file or a pipe, which has none."""

    def __init__(self, width: int | None, *, colour: bool) -> None:
        self.width = UNBOUNDED if width is None else max(width, _LEAST)
        self._bytes = io.BytesIO()
        self._out = io.TextIOWrapper(self._bytes, "utf-8", "backslashreplace", newline="\n")
        self._console = _console(self._out, self.width) if colour else None

    def add(self, *parts: str | tuple[str, str]) -> None:
        """A line of plain strings and (string, style) pairs; without parts an empty line. What would drive a terminal
        or begin another line is written out, whoever forgot to."""
        if self._console is None:
            text = "".join(part if isinstance(part, str) else part[0] for part in parts)
            self._out.write(f"{printable(text).rstrip()}\n")
            return
        from rich.text import Text

        line = Text.assemble(
            *(printable(part) if isinstance(part, str) else (printable(part[0]), part[1]) for part in parts)
        )
        line.rstrip()
        self._console.print(line, soft_wrap=True)

    def heading(self, title: str, note: str = "") -> None:
        """A rule with a title in it, after an empty line."""
        tail = f" · {note} " if note else " "
        if cells(title) + cells(tail) + 3 > self.width:
            first, *further = wrap(title, self.width - 3)
            self.add()
            self.add(("── ", "dim"), (first, "bold"))
            for line in further:
                self.add("   ", (line, "bold"))
            if note:
                self.add("   ", note)
            return
        rule = "─" * max(min(self.width, _RULE) - cells(title) - cells(tail) - 3, 3)
        self.add()
        self.add(("── ", "dim"), (title, "bold"), tail, (rule, "dim"))

    def flow(self, parts: Iterable[tuple[str, str]], separator: str) -> None:
        """(string, style) pairs with `separator` between, in as many lines as they need; no pair is broken."""
        self.flow_below(parts, separator, "")

    def flow_below(self, parts: Iterable[tuple[str, str]], separator: str, indent: str) -> None:
        """The same, further lines behind `indent`."""
        line: list[tuple[str, str]] = []
        for part in parts:
            if line and sum(cells(text) for text, _ in line) + cells(separator) + cells(part[0]) > self.width:
                self.add(*line)
                line = [(indent, ""), part]
            else:
                line += [(separator, ""), part] if line else [part]
        self.add(*line)

    def table(
        self, rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]], *, right: Iterable[int] = ()
    ) -> None:
        """Rows in columns, each cell in its style, those of the columns `right` flush right; empty columns are left
        out. Where they are wider than the screen, the widest columns give way, and what does not fit into one goes on
        below."""
        columns = fitted(widths(rows), self.width)
        flush = frozenset(right)
        for row, style in zip(rows, styles, strict=True):
            self.row(row, columns, style, flush)

    def row(
        self, row: Sequence[str], columns: Sequence[int], style: Sequence[str], flush: frozenset[int] = frozenset()
    ) -> None:
        """One row of a table whose columns have these widths."""
        lines = [_broken(cell, width) if width else [""] for cell, width in zip(row, columns, strict=True)]
        for line in zip_longest(*lines, fillvalue=""):
            self.add(*line_of(line, columns, style, flush))

    def counts(
        self, rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]], *, right: Iterable[int] = ()
    ) -> None:
        """A table of names and what is counted of each, below a row of titles. Where there is no room for the names,
        each stands on a line of its own, and what is counted below it."""
        found, flush = widths(rows), frozenset(right)
        if fitted(found, self.width)[0] >= min(found[0], _LEAST_NAME):
            self.table(rows, styles, right=flush)
            return
        titles, *named = rows
        for row, style in zip(named, styles[1:], strict=True):
            self.add((row[0], style[0]))
            told = [
                (_told(title, value, counted=place in flush), style[place])
                for place, (title, value) in enumerate(zip(titles, row, strict=True))
                if place and value not in ("", NONE)
            ]
            first, *more = told or [("none", "dim")]
            self.flow_below([(f"   {first[0]}", first[1]), *more], "  ", "   ")

    def render(self) -> bytes:
        """The lines in UTF-8, each ended by a newline and without trailing spaces."""
        self._out.flush()
        return self._bytes.getvalue()


def _console(out: TextIO, width: int) -> "Console":
    """What turns styles into the codes of terminals."""
    from rich.console import Console

    return Console(
        file=out,
        width=width,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """The width of each column, 0 for one that is empty throughout. The rows are not kept: there may be many."""
    found: list[int] = []
    for row in rows:
        found = [max(pair) for pair in zip(found or [0] * len(row), map(cells, row), strict=True)]
    return found


def fitted(columns: Sequence[int], width: int) -> list[int]:
    """The widths of columns, two spaces between them, that fit into `width`: the widest are made narrower first, none
    below twelve cells."""
    made = list(columns)
    room = width - 2 * max(sum(map(bool, made)) - 1, 0)
    while sum(made) > room and max(made) > _LEAST_COLUMN:
        widest = max(made)
        place = made.index(widest)
        share = -(-(sum(made) - room) // made.count(widest))
        next_widest = max((one for one in made if one < widest), default=0)
        made[place] = max(_LEAST_COLUMN, widest - share, next_widest - 1)
    return made


def line_of(
    values: Sequence[str], columns: Sequence[int], styles: Sequence[str], right: frozenset[int] = frozenset()
) -> list[tuple[str, str]]:
    """One line of a table: each value padded to its column, empty columns left out, two spaces between."""
    parts = []
    for place, (value, width, style) in enumerate(zip(values, columns, styles, strict=True)):
        if width:
            text = " " * (width - cells(value)) + value if place in right else padded(value, width)
            parts.append((f"{text}  ", style))
    return parts


def _told(title: str, value: str, *, counted: bool) -> str:
    """A cell outside its column: `3 images`, `risk 97`, `failed`."""
    if not counted or title == "risk":
        return f"{title} {value}".strip()
    return f"{value} {title.removesuffix('s') if value == '1' else title}"


def severity_text(severity: Severity) -> str:
    """`high 7.5 (nvd)`, `high (debian)`; "unrated" where nobody says."""
    if severity.label == "unknown":
        return "unrated"
    score = f" {severity.score:.1f}" if severity.score else ""
    return f"{severity.label}{score} ({severity.source})" if severity.source else f"{severity.label}{score}"


def _broken(text: str, width: int) -> list[str]:
    """A text in lines of `width` cells, broken between words where that is possible, and after the characters that
    join the parts of a name elsewhere."""
    lines = [""]
    for word in text.split(" "):
        lead = " " if lines[-1] else ""
        if cells(lines[-1]) + len(lead) + cells(word) <= width:
            lines[-1] += lead + word
            continue
        if lines[-1]:
            lines.append("")
        lines[-1:] = _parts(word, width)
    return lines


def _parts(word: str, width: int) -> list[str]:
    """A word in pieces of `width` cells: each as long as it can be that ends where the parts of a name do, and has at
    least half of the width."""
    pieces = [""]
    for character in word:
        if cells(pieces[-1]) + cells(character) > width:
            end = max(map(pieces[-1].rfind, _JOINERS)) + 1
            end = end if 2 * end >= width else len(pieces[-1])
            pieces[-1:] = [pieces[-1][:end], pieces[-1][end:]]
        pieces[-1] += character
    return pieces
