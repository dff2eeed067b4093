"""Zip archives that readers may take for different ones, and what Java and Python make of them."""

import io
import random
import shutil
import struct
import subprocess
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.zips import ZipBudget, ZipContent

Seen = dict[str, tuple[int, int] | None]
"""By the name of a member, the length and the checksum of its content; None where that cannot be read."""
_NAMES = ("META-INF/MANIFEST.MF", "meta-inf/Manifest.mf", "lib/a.jar", "a/pom.properties", "\u00e4.txt", "x\\y", "/abs",
          "a\0b", "same", "same", "d/", "d/e", "", "../up")  # fmt: skip
_END, _ENTRY, _LOCAL = b"PK\5\6", b"PK\1\2", b"PK\3\4"


def archive(dice: random.Random) -> bytes:
    """A proper archive of some members, which may have names twice, or say their sizes behind themselves."""
    file: io.BytesIO = _Unseekable() if dice.random() < 0.3 else io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as packed:
        warnings.simplefilter("ignore")  # about names that come twice
        for name in dice.sample(_NAMES, dice.randint(0, 6)):
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is: the constructor would change some
            info.compress_type = dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            info.extra = dice.choice((b"", b"", b"\xfe\xca\0\0", b"\5\0\1\0x"))
            content = dice.choice((b"", b"text " * 30, dice.randbytes(50), bytes(100_000)))
            with packed.open(info, "w", force_zip64=dice.random() < 0.2) as member:
                member.write(content)
        packed.comment = dice.choice((b"", b"", b"a comment", b"x" * 65_535))
    return file.getvalue()


def changed(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """The archive with what makes readers differ, or with some bytes changed."""
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3))):
        data = dice.choice(_CHANGES)(data, other, dice)
    return data


def by_lading(data: bytes) -> Seen | None:
    """What is read here; None for an archive that is reported as damaged."""
    try:
        found = ZipContent(data, ZipBudget())
    except SafeIOError:
        return None
    return {name: _read(found, name) for name in found.names}


def by_java(cases: Mapping[str, bytes], place: Path) -> dict[str, Seen | None]:
    """What Java's JarFile sees, None where it refuses an archive; directories left out. Skips the test without Java."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    place.mkdir()
    for name, data in cases.items():
        (place / name).write_bytes(data)
    program = Path(__file__).with_name("ReadZips.java")
    answer = subprocess.run(["java", str(program), str(place)], capture_output=True, text=True, check=True)
    found = {}
    for line in answer.stdout.splitlines():
        name, *members = line.split(" ")
        found[name] = None if members == ["refused"] else dict(filter(None, map(_member, members)))
    return found


def by_python(data: bytes) -> dict[str, bytes] | None:
    """What `zipfile` reads, None where it refuses the archive or one of its members."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return {one.filename: packed.read(one.filename) for one in packed.infolist() if one.filename[-1:] != "/"}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error):
        return None


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError

    def tell(self) -> int:
        raise OSError


def _read(found: ZipContent, name: str) -> tuple[int, int] | None:
    try:
        content = found.read(name)
    except SafeIOError:
        return None
    return len(content), zlib.crc32(content)


def _member(text: str) -> tuple[str, tuple[int, int] | None] | None:
    digits, _, content = text.partition(":")
    name = bytes.fromhex(digits).decode()
    if name.endswith("/"):
        return None
    size, _, check = content.partition("/")
    return name, None if content == "unreadable" else (int(size), int(check))


def _prefixed(data: bytes, other: bytes, dice: random.Random) -> bytes:
    return dice.choice((b"#!/bin/sh\n", b"JM\1\0", other, b"x" * 300)) + data


def _appended(data: bytes, other: bytes, dice: random.Random) -> bytes:
    return data + dice.choice((b"\0", b"x" * dice.randrange(1, 200), other, other + b"\n", _END + bytes(18)))


def _commented(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """With a comment that holds an archive, or records that end one; its length may lie."""
    end = data.rfind(_END)
    if end < 0:
        return data
    comment = dice.choice((other[:60_000], _END + bytes(18), _END * 20, data[end:], other[:60_000] + b"more"))
    length = min(0xFFFF, max(0, len(comment) + dice.choice((0, 0, 0, 1, -1, 22))))
    return data[: end + 20] + length.to_bytes(2, "little") + comment


def _end_field(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """Another count, size or place of the directory in the end record."""
    return _field(data, data.rfind(_END), ((8, 2), (10, 2), (12, 4), (16, 4), (20, 2)), dice)


def _entry_field(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """Another flag, method, checksum, size, length or place in an entry of the directory."""
    fields = ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4))
    return _field(data, _any(data, _ENTRY, dice), fields, dice)


def _local_field(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """The same in a member's own header, or another letter in the name there."""
    fields = ((6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 1))
    return _field(data, _any(data, _LOCAL, dice), fields, dice)


def _extra_field(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """An extra field in the directory's entry, of a kind and length that may be wrong."""
    at = _any(data, _ENTRY, dice)
    end = data.rfind(_END)
    if at < 0 or not at + 46 <= end <= len(data) - 22:
        return data
    kind = dice.choice((1, 1, 0x5455, 0xCAFE))
    values = dice.randbytes(dice.choice((0, 4, 8, 16, 24, 27))) if dice.random() < 0.5 else bytes(24)
    extra = struct.pack("<HH", kind, len(values) + dice.choice((0, 0, 1, -1 if values else 0))) + values
    length = int.from_bytes(data[at + 30 : at + 32], "little")
    place = at + 46 + int.from_bytes(data[at + 28 : at + 30], "little") + length
    data = (
        data[: at + 30]
        + (length + len(extra) & 0xFFFF).to_bytes(2, "little")
        + data[at + 32 : place]
        + extra
        + data[place:]
    )
    end += len(extra)
    size = int.from_bytes(data[end + 12 : end + 16], "little") + len(extra)
    return data[: end + 12] + (size & 0xFFFFFFFF).to_bytes(4, "little") + data[end + 16 :]


def _with_64(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """A second end record and its locator, which may agree with the first or not."""
    end = data.rfind(_END)
    if end < 0 or len(data) < end + 22:
        return data
    count, size, offset = struct.unpack_from("<HII", data, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    record = _field(record, 0, ((32, 8), (40, 8), (48, 8)), dice) if dice.random() < 0.3 else record
    place = end + dice.choice((0, 0, 0, 1, -1))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, max(0, place), 1)
    last = data[end:]
    if dice.random() < 0.5:
        last = last[:8] + b"\xff" * 12 + last[20:]
    return data[:end] + record + locator + last


def _any_byte(data: bytes, other: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data)) if data else 0
    return data[:place] + dice.randbytes(1) + data[place + 1 :]


def _cut(data: bytes, other: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data)) if data else 0
    return data[:place] if dice.random() < 0.5 else data[place:]


def _field(data: bytes, at: int, fields: tuple[tuple[int, int], ...], dice: random.Random) -> bytes:
    place, size = dice.choice(fields)
    if at < 0 or at + place + size > len(data):
        return data
    value = int.from_bytes(data[at + place : at + place + size], "little")
    value = dice.choice((0, 1, 8, value + 1, value - 1, value ^ 1, (1 << 8 * size) - 1, dice.randrange(1 << 8 * size)))
    value %= 1 << 8 * size
    return data[: at + place] + value.to_bytes(size, "little") + data[at + place + size :]


def _any(data: bytes, signature: bytes, dice: random.Random) -> int:
    places = [-1]
    while (found := data.find(signature, places[-1] + 1)) >= 0:
        places.append(found)
    return dice.choice(places[1:] or places)


_CHANGES = (
    _prefixed, _appended, _commented, _commented, _end_field, _end_field, _entry_field, _entry_field, _local_field,
    _extra_field, _with_64, _any_byte, _cut,
)  # fmt: skip
