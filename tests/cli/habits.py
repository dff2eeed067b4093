"""The table of habits (habits.toml), and the page that shows it."""

import re
import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

PAGE = Path(__file__).parents[2] / "docs" / "from-trivy-and-grype.md"
_TABLE = re.compile(r"(?<=<!-- habits -->\n).*(?=<!-- end of habits -->)", re.DOTALL)


class Habit(Struct, frozen=True, forbid_unknown_fields=True):
    """What users of a tool write, as a shell has it without the tool's name, and what it is here: the line of ours that
    does the same, or what standard error tells."""

    tool: str
    line: str
    same: str = ""
    answer: str = ""


def read_habits() -> tuple[Habit, ...]:
    table = tomllib.loads(Path(__file__).with_name("habits.toml").read_text())
    return msgspec.convert(table["habit"], tuple[Habit, ...])


def page() -> bytes:
    """The page with its table as the habits have it."""
    rows = ["| tool | you write | with Lading |", "| --- | --- | --- |"]
    for one in read_habits():
        here = f"the same as `lading {one.same}`" if one.same else one.answer
        rows.append(f"| {one.tool} | `{one.line}` | {here.replace('|', chr(92) + '|')} |")
    text = "\n".join(rows) + "\n"
    return _TABLE.sub(lambda _: text, PAGE.read_text()).encode()
