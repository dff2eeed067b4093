"""Accounts, from passwd(5) and shadow(5): how each can be logged in to. A password's hash is never kept."""

import re
from collections.abc import Iterator
from typing import Final

from lading.checks.config.facts import Fact
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

FILES: Final = ("etc/passwd", "etc/shadow", "etc/gshadow")
_SHADOWED: Final = ("x", "*", "!", "!!", "!*")
_MOST: Final = 10_000
_STRONG: Final = re.compile(r"\$(?:5|6|7|y|gy|2[abxy]|sha1|argon2\w*|pbkdf2\S*)\$")


def account_facts(file: WantedFile) -> Iterator[Fact]:
    """One fact for each account that a file speaks of."""
    kind = file.path.rpartition("/")[2]
    for number, line in enumerate(beginning(file.content).splitlines()[:_MOST], 1):
        fields = line.split(":")
        if len(fields) < 2 or not fields[0] or line.startswith("#"):
            continue
        values: dict[str, str | int | bool] = {"name": fields[0][:100], "file": kind, "password": _state(fields[1])}
        if kind == "passwd":
            values["password"] = "shadow" if fields[1] in _SHADOWED else _state(fields[1])
            values["uid"] = int(fields[2]) if len(fields) > 2 and fields[2].isascii() and fields[2].isdigit() else -1
            values["shell"] = fields[6].strip() if len(fields) > 6 else ""
        yield Fact("account", values, number)


def _state(field: str) -> str:
    """`empty`, `locked`, `strong`, or the way in which it is hashed weakly."""
    if not field:
        return "empty"
    if field.startswith(("!", "*")) or field == "x":
        return "locked"
    if field.startswith("$1$"):
        return "MD5"
    if _STRONG.match(field):
        return "strong"
    if re.fullmatch(r"[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19}", field):
        return "DES"
    return "strong" if field.startswith("$") else "locked"
