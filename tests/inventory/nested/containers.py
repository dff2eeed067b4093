"""Containers written by hand."""

import bz2
import gzip
import io
import json
import lzma
import shutil
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory
from lading.safeio.zstd import compress
from tests.inventory.catalogers import rpm_databases
from tests.inventory.executables.build import Part, elf
from tests.inventory.test_assemble import inventory_of
from tests.tars import Entry, File, make_tar

LODASH = {"node_modules/lodash/package.json": b'{"name": "lodash", "version": "4.17.20"}'}
REQUESTS = {"requests-2.19.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n"}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive, the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar, the same every time."""
    return make_tar(File(path, data) for path, data in files.items())


def lzip(data: bytes) -> bytes:
    """A member of lzip."""
    alone = lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    return b"LZIP\1\x14" + alone[13:] + struct.pack("<IQQ", zlib.crc32(data), len(data), len(alone) + 13)


def lz4(data: bytes) -> bytes:
    """A frame of lz4; skips the test where nothing can make one."""
    if shutil.which("lz4") is None:
        pytest.skip("needs lz4")
    return subprocess.run(["lz4", "-9", "-BD", "-B4"], input=data, check=True, capture_output=True).stdout


PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".tar": bytes,
    ".tar.gz": lambda data: gzip.compress(data, mtime=0),
    ".tar.bz2": bz2.compress,
    ".tar.xz": lzma.compress,
    ".tar.zst": compress,
    ".tar.lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    ".tar.lz": lambda data: lzip(data[:5000]) + lzip(data[5000:]),
    ".tar.lz4": lambda data: lz4(data),
}


def ar(members: Mapping[str, bytes]) -> bytes:
    """An ar archive."""
    data = b"!<arch>\n"
    for name, content in members.items():
        data += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        data += b"\n" * (len(content) % 2)
    return data


def deb(files: Mapping[str, bytes], name: str = "hello", version: str = "1.0-1", ending: str = ".tar.xz") -> bytes:
    """A package of Debian."""
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A\nDescription: x\n"
    return ar(
        {
            "debian-binary": b"2.0\n",
            f"control{ending}": PACKED[ending](tarred({"./control": control.encode()})),
            f"data{ending}": PACKED[ending](tarred({f"./{path}": data for path, data in files.items()})),
        }
    )


def cpio(files: Mapping[str, bytes]) -> bytes:
    """A cpio archive of the "newc" form."""
    data = b""
    for number, (path, content) in enumerate([*files.items(), ("TRAILER!!!", b"")], 1):
        name = path.encode() + b"\0"
        mode = 0o100644 if path != "TRAILER!!!" else 0
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        data += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        data += b"\0" * (-len(data) % 4) + content
        data += b"\0" * (-len(data) % 4)
    return data


def rpm(files: Mapping[str, bytes], name: str = "hello", version: str = "1.0") -> bytes:
    """A package of rpm."""
    lead = b"\xed\xab\xee\xdb\3\0" + bytes(90)
    magic = b"\x8e\xad\xe8\1\0\0\0\0"
    signatures = magic + rpm_databases.header({})
    described = magic + rpm_databases.package(name, version)
    padding = bytes(-len(signatures) % 8)
    return (
        lead + signatures + padding + described + gzip.compress(cpio({f"./{k}": v for k, v in files.items()}), mtime=0)
    )


def apk(files: Mapping[str, bytes], name: str = "hello", version: str = "1.0-r0") -> bytes:
    """A package of Alpine: tars without an end, one behind the other."""
    info = (
        f"# Generated\npkgname = {name}\npkgver = {version}\narch = x86_64\norigin = {name}\nlicense = MIT\n".encode()
    )
    endless = ({".SIGN.RSA.a.pub": b"x" * 256}, {".PKGINFO": info})
    parts = [*(_without_end(part) for part in endless), tarred(files)]
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def _without_end(files: Mapping[str, bytes]) -> bytes:
    data = tarred(files).rstrip(b"\0")
    return data + bytes(-len(data) % 512)


def gem(files: Mapping[str, bytes], name: str = "hello", version: str = "1.0") -> bytes:
    """A package of Ruby."""
    metadata = (
        "--- !ruby/object:Gem::Specification\n"
        f"name: {name}\nversion: !ruby/object:Gem::Version\n  version: {version}\nplatform: ruby\n"
        "dependencies:\n- !ruby/object:Gem::Dependency\n  name: rake\nlicenses:\n- MIT\n"
    )
    return tarred(
        {
            "metadata.gz": gzip.compress(metadata.encode(), mtime=0),
            "data.tar.gz": gzip.compress(tarred(files), mtime=0),
            "checksums.yaml.gz": gzip.compress(b"---\n", mtime=0),
        }
    )


def asar(files: Mapping[str, bytes], beside: Collection[str] = ()) -> bytes:
    """An archive of Electron; the files `beside` lie outside it."""
    header: dict[str, Any] = {"files": {}}
    body = b""
    for path, data in files.items():
        *above, name = path.split("/")
        here = header
        for part in above:
            here = here["files"].setdefault(part, {"files": {}})
        here["files"][name] = {"size": len(data), "offset": str(len(body))}
        if path in beside:
            here["files"][name] = {"size": len(data), "unpacked": True}
            continue
        body += data
    text = json.dumps(header).encode()
    padded = text + bytes(-len(text) % 4)
    return struct.pack("<IIII", 4, len(padded) + 8, len(padded) + 4, len(text)) + padded + body


def squashfs(files: Mapping[str, bytes], compression: str = "gzip") -> bytes:
    """A file system; skips the test where nothing can make one."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("needs mksquashfs")
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        made = Path(directory, "made")
        options = ["-noappend", "-quiet", "-no-progress", "-processors", "1", "-comp", compression]
        subprocess.run(["mksquashfs", root, made, *options], check=True, capture_output=True)
        return made.read_bytes()


def appimage(files: Mapping[str, bytes]) -> bytes:
    """A program with a file system behind it."""
    program = bytearray(elf([Part(".text", b"x", 0x1000)]))
    program[8:11] = b"AI\2"
    return bytes(program) + squashfs(files)


def single_file(files: Mapping[str, bytes], major: int = 6, packed: bool = True) -> bytes:
    """A program of .NET with its files behind it."""
    mark = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
    place = len(elf([Part(".data", bytes(8) + mark, 0x1000)]))
    body, entries = b"", b""
    for path, data in files.items():
        stored = zlib.compressobj(6, zlib.DEFLATED, -15)
        small = stored.compress(data) + stored.flush() if packed and major >= 6 else data
        entries += struct.pack("<qq", place + len(body), len(data))
        if major >= 6:
            entries += struct.pack("<q", len(small) if packed else 0)
        entries += b"\1" + bytes([len(path)]) + path.encode()
        body += small
    header = struct.pack("<IIi", major, 0, len(files)) + b"\4abcd" + (bytes(40) if major >= 2 else b"") + entries
    program = elf([Part(".data", struct.pack("<q", place + len(body)) + mark, 0x1000)])
    return program + body + header


def pyinstaller(files: Mapping[str, bytes], packed: bool = True) -> bytes:
    """A program of PyInstaller: its files and one module in the archive behind it, whose table and cookie end it."""
    entries = [(name, data, b"x") for name, data in files.items()] + [("PYZ.pyz", b"PYZ\0", b"z")]
    body, table = b"", b""
    for name, data, kind in entries:
        stored = zlib.compress(data) if packed else data
        padded = name.encode() + bytes(16 - len(name) % 16)
        table += struct.pack("!IIIIBc", 18 + len(padded), len(body), len(stored), len(data), packed, kind) + padded
        body += stored
    length = len(body) + len(table) + 88
    cookie = struct.pack(
        "!8sIIII64s", b"MEI\14\13\12\13\16", length, len(body), len(table), 311, b"libpython3.11.so.1.0"
    )
    return elf([Part(".text", b"x", 0x1000)]) + body + table + cookie + bytes(1000)


def found(*layers: Mapping[str, bytes]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """What is in an image of these layers."""
    entries: list[list[Entry]] = [[File(path, data) for path, data in files.items()] for files in layers]
    return inventory_of(*entries)


def places(inventory: Inventory) -> dict[str, list[str]]:
    """Where each package lies, by `name@version`."""
    return {f"{one.name}@{one.version}": [place.path for place in one.locations] for one in inventory.packages}
