"""Odd headers in databases of rpm, and what rpm and Lading see of each: for the tests, and by the thousand for
bench/package_databases.py."""

import random
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lading.inventory.catalogers.rpm.package import HeaderReader
from tests.inventory.catalogers import rpm_databases as build
from tests.inventory.catalogers.rpm_databases import Packed

Seen = tuple[str, str, str, str, str, str]
"""Name, version with its release, architecture, source package, vendor and module."""
_FIELDS = ("DBINSTANCE", "NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "SOURCERPM", "VENDOR", "MODULARITYLABEL")
_FORM = "\x1f".join(f"%{{{field}}}" for field in _FIELDS) + "\x1e"
_MARKS = (63,) * 20 + (61, 62, 1)


def text(tag: int, *values: str, kind: int = 6) -> Packed:
    """An entry of text, of the types 6 (one), 8 (an array) or 9 (in several languages)."""
    return tag, kind, b"".join(value.encode() + b"\0" for value in values), len(values), 1


def number(tag: int, value: int, kind: int = 4) -> Packed:
    """An entry of one number, of 1, 2, 4 or 8 bytes by its type."""
    width = {2: 1, 3: 2, 4: 4, 5: 8}[kind]
    return tag, kind, value.to_bytes(width, "big"), 1, width


def random_header(dice: random.Random) -> bytes:
    """A header, mostly one that rpm has something against."""
    entries = [text(1000, f"p{dice.randrange(9)}"), text(1001, "1"), text(1002, "2"), text(1022, "x86_64")]
    inside = sorted([*entries, *(_entry(dice) for _ in range(dice.randrange(3)))])
    if dice.random() < 0.1:
        dice.shuffle(inside)
    if dice.random() < 0.1:
        inside.pop(dice.randrange(len(inside)))
    header = build.packed_header(
        inside, (_entry(dice) for _ in range(dice.choice((0, 0, 1, 2)))), mark=dice.choice(_MARKS)
    )
    if dice.random() < 0.3:
        header = build.digested(header)
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        header = _damaged(bytearray(header), dice)
    return header


def by_lading(header: bytes) -> Seen | None:
    """The package of a header, None for one that is told to be damaged."""
    reader = HeaderReader()
    reader.read([header])
    if reader.damaged:
        return None
    (one,) = reader.packages
    properties = one.properties
    source, module = properties.get("sourcerpm", ""), properties.get("modularity", "")
    return one.name, one.version, one.arch, source, one.maintainer, module


def by_rpm(headers: Sequence[bytes], place: Path) -> list[Seen | None]:
    """The package of each header of a database, None for those that rpm passes over. It lies at `place`
    for so long."""
    command = ["rpm", "--define", "_db_backend sqlite", "--dbpath", str(place)]
    subprocess.run([*command, "--initdb"], check=True, capture_output=True)
    connection = sqlite3.connect(place / "rpmdb.sqlite")
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", enumerate(headers, 1))
    connection.commit()
    connection.close()
    answer = subprocess.run([*command, "-qa", "--qf", _FORM], check=False, capture_output=True)
    shutil.rmtree(place)
    seen: list[Seen | None] = [None] * len(headers)
    for row in answer.stdout.decode("utf-8", "backslashreplace").split("\x1e"):
        fields = ["" if field == "(none)" else field for field in row.split("\x1f")]
        if len(fields) == len(_FIELDS):
            seen[int(fields[0]) - 1] = _seen(*fields[1:])
    return seen


def _seen(name: str, epoch: str, version: str, release: str, *more: str) -> Seen:
    arch, source, vendor, module = more
    version = f"{version}-{release}" if release else version
    return name, f"{epoch}:{version}" if int(epoch or 0) else version, arch, source, vendor, module


def _entry(dice: random.Random) -> Packed:
    return dice.choice(
        (
            number(1003, dice.randrange(3)),
            number(1003, dice.randrange(3), kind=dice.choice((2, 3, 5))),
            text(1003, "5"),
            text(1011, dice.choice(("V", "Red Hat, Inc.", ""))),
            text(1044, "s-1-2.src.rpm"),
            text(5096, dice.choice(("", "m:1:2"))),
            text(1117, "f", "g", kind=8),
            text(1049, "x", "y", kind=8),
            text(1000, "other"),
            text(1001, "9"),
            text(1001, "7", "8", kind=dice.choice((8, 9))),
            text(1002, "77"),
            text(1022, "noarch"),
            text(100, "C", "de", kind=8),
        )
    )


def _damaged(header: bytearray, dice: random.Random) -> bytes:
    at = dice.randrange(len(header))
    match dice.randrange(6):
        case 0 | 1:
            header[at] ^= 1 << dice.randrange(8)
        case 2:
            header[at] = dice.choice((0, 1, 6, 8, 9, 63, 255))
        case 3:
            del header[-dice.randrange(1, 5) :]
        case 4:
            header += bytes(dice.randrange(1, 5))
        case _:
            entries = struct.unpack_from(">I", header)[0] if len(header) > 24 else 0
            if 0 < entries < 100:
                one, other = (8 + 16 * dice.randrange(entries) for _ in range(2))
                header[one : one + 16], header[other : other + 16] = header[other : other + 16], header[one : one + 16]
    return bytes(header)
