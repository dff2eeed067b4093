"""Odd databases of dpkg, and what dpkg shows of them: for the tests, and by the thousand for
bench/package_databases.py."""

import random
import shutil
import subprocess
from pathlib import Path

from lading.inventory.catalogers import dpkg
from tests.inventory.catalogers.parsing import tree

Shown = tuple[str, ...]
WHOLE = "${Package}\x1f${Architecture}\x1f${Version}\x1f${source:Package}\x1f${source:Version}"
_LINES = (
    "Package: a", "Package: b", "package:c", "Version: 1", "Version : 2-3", "version:\t3", " more", "\tmore", "", "",
    "Status: install ok installed", "Status: purge ok not-installed", "STATUS: Install Ok Unpacked", "Maintainer: m",
    "Architecture: amd64", "\r", "Description: d", "Source: s (9)", "Source: t", "\x0bx", "Foo: bar", "\x1a",
    "Revision: 7", "Package: d\0e", "no colon", "# Package: z", "Multi-Arch: same", "Config-Version: 1",
    "Triggers-Awaited: b", "Conffiles:\n /etc/a 0123456789abcdef0123456789abcdef",
)  # fmt: skip
_NAMES = ("a", "B", "a.b", "a+", "0a", "-a", "a_b", "a b", "ä", "a:amd64", "", "a\r", "a\tc")
_VERSIONS = ("1", "1-1", "2:3", "1:1-2", "a:1", "-1", "1-", "1 2", "", "1~rc", "1_2", "1:2:3", "99999999999:1", "1.\0x")
_STATES = (
    "install ok installed", "install ok unpacked", "install  OK  Half-Configured", "hold reinstreq half-installed",
    "deinstall ok installed", "install\n ok installed", "deinstall ok config-files", "purge ok not-installed",
    "install ok", "install ok installed now", "unknown ok installed", "install bad installed", "",
)  # fmt: skip
_SOURCES = ("s", "s (2)", "s (2", "s ( 2 )", "s (2) x", "S", "s (1:2-3)", "", "s_x", "-s", "s x (3)")
_ABSENT = ("not-installed", "config-files")
_ENDS = ("\n\n",) * 10 + ("\n\n\n", "\n \n", "\n\r\n", "\r\n\r\n", "\n\x0b\n", "\n")


def random_status(dice: random.Random) -> str:
    """A database, mostly one that dpkg reads."""
    text = "".join(_entry(dice) + dice.choice(_ENDS) for _ in range(dice.randrange(1, 4)))
    return text.replace("\n", "\r\n") if dice.random() < 0.05 else text


def by_lading(text: str) -> tuple[list[Shown], bool]:
    """What is read of a database as `by_dpkg` shows the WHOLE, and whether something is told of it."""
    found = tree(dpkg.CATALOGER, {"var/lib/dpkg/status": text}).values()
    packages = (package for one in found for package in one.packages)
    shown: list[Shown] = sorted((one.name, one.arch, one.version, one.source, one.source_version) for one in packages)
    return shown, any(one.diagnostics for one in found)


def by_dpkg(files: dict[str, str], place: Path, form: str) -> list[Shown] | None:
    """What dpkg shows of the installed packages; None where it refuses the database. It lies at `place` for so long."""
    for directory in ("info", "updates"):
        (place / directory).mkdir(parents=True)
    for name, text in {"available": "", **files}.items():
        (place / name).write_bytes(text.encode())
    query = ["dpkg-query", f"--admindir={place}", "--show", f"--showformat={form}\x1f${{db:Status-Status}}\x1e"]
    answer = subprocess.run(query, capture_output=True, check=False)
    shutil.rmtree(place)
    if answer.returncode and b"no packages found" not in answer.stderr:
        return None
    rows = (row.split("\x1f") for row in answer.stdout.decode("utf-8", "replace").split("\x1e") if row)
    return sorted(
        tuple(value.split("\n")[0].strip() for value in rest) for *rest, status in rows if status.strip() not in _ABSENT
    )


def _entry(dice: random.Random) -> str:
    """A paragraph, its fields in any order and spelled in any way, with strange values and lines here and there."""
    lines = [
        _field(dice, "Package", f"{dice.choice('abcd')}{dice.randrange(999)}", _NAMES),
        _field(dice, "Version", "1:2-3", _VERSIONS),
        _field(dice, "Status", "install ok installed", _STATES),
        _field(dice, "Architecture", "amd64", ("all", "i386", "x")),
        "Maintainer: m",
        dice.choice(("Description: d\n more\n .\n\t. ", "Description: d\r", "Foo: x\n\rVersion: 5")),
        _field(dice, "Source", "s", _SOURCES),
    ]
    lines = dice.sample(lines, len(lines))
    if dice.random() < 0.1:
        lines[dice.randrange(len(lines))] = dice.choice(_LINES)
    if dice.random() < 0.1:
        lines.append(dice.choice(_LINES))
    return "\n".join(lines)


def _field(dice: random.Random, name: str, usual: str, others: tuple[str, ...]) -> str:
    value = usual if dice.random() < 0.7 else dice.choice(others)
    name = dice.choice((name, name, name, name.lower(), name.upper()))
    return (
        f"{name}{dice.choice((': ', ': ', ':', ' : ', ':' + chr(9)))}{value}{dice.choice(('', '', '', ' ', chr(13)))}"
    )
