"""More images of less than 10 MB that ask for as much work as they can: text that takes long for its size, and what
readers inflate by themselves.

As in hostile_images.py.
"""

import gzip
import json
import struct
import sys
import zlib
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from hostile_images import Attack, Layer, alone, file, files, header, large, padded, system

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from lading.safeio.zstd import compress

_MUCH: Final = 900_000
_RULES: Final = Path(__file__).resolve().parents[1] / "src/lading/inventory/catalogers/node/bundled.json"
_HINTS: Final = " ".join(rule["hint"] for rule in json.loads(_RULES.read_bytes())).encode()
"""What each rule on the versions of JavaScript libraries looks for first."""


def json_deep_many() -> Iterator[Layer]:
    """Documents that only the patient reader of JSON reads."""
    return files("app/node_modules/p{}/package.json", lambda _: b"[" * _MUCH)


def json_deep_conda() -> Iterator[Layer]:
    return files("opt/conda/conda-meta/p{}.json", lambda _: b'{"a":' * (_MUCH // 5))


def json_deep_asar() -> Iterator[Layer]:
    text = b'{"files":' * (_MUCH // 9)
    head = struct.pack("<IIII", 4, len(text) + 8, len(text) + 4, len(text))
    return files("srv/{}.asar", lambda _: head + text)


def json_deep_packed() -> Iterator[Layer]:
    entry = header(b"package/package.json", _MUCH) + padded(b"[" * _MUCH)
    data = gzip.compress(entry + bytes(1024), mtime=0)
    return files("srv/{}.tgz", lambda _: data)


def lines_dpkg() -> Iterator[Layer]:
    return files("var/lib/dpkg/status.d/p{}", lambda _: b"\n" * _MUCH)


def lines_apk() -> Iterator[Layer]:
    return alone(repeat(file("lib/apk/db/installed", b"\n" * 5_000_000)))


def lines_record() -> Iterator[Layer]:
    return files("usr/lib/python3/dist-packages/p{}-1.dist-info/RECORD", lambda _: b"a\n" * (_MUCH // 2))


def lines_metadata() -> Iterator[Layer]:
    return files("usr/lib/python3/dist-packages/p{}-1.dist-info/METADATA", lambda _: b"a:\n" * (_MUCH // 3))


def lines_yaml() -> Iterator[Layer]:
    return files("srv/{}/stack.yaml.lock", lambda _: b"\r" * _MUCH)


def scripts_quotes() -> Iterator[Layer]:
    """Scripts of which every rule on the versions of libraries has something to try."""
    return files("srv/{}.js", lambda _: _HINTS + b'"' * _MUCH)


def scripts_versions() -> Iterator[Layer]:
    return files("srv/{}.js", lambda _: _HINTS + b'.version="1.1.1",' * 19_000)


def scripts_manifests() -> Iterator[Layer]:
    return files("srv/{}.js", lambda _: b'name:"aa",version:"1.1.1",' * (_MUCH // 26))


def no_utf_8() -> Iterator[Layer]:
    return files("usr/lib/R/library/p{}/DESCRIPTION", lambda _: b"\xff" * _MUCH)


def no_utf_8_list() -> Iterator[Layer]:
    return files("var/lib/dpkg/info/p{}.list", lambda _: b"\xff\n" * (_MUCH // 2))


def opam_licenses() -> Iterator[Layer]:
    """A list that is opened again on every line and never closed."""
    return files("root/.opam/.opam-switch/packages/p{}.1/opam", lambda _: b'license: ["MIT"\n' * (_MUCH // 16))


def chisel_walls() -> Iterator[Layer]:
    wall = compress(b'{"jsonwall":"1.0","schema":"1.0","count":1}\n' + b"{}\n" * 80_000_000)
    return files("srv/{}/manifest.wall", lambda _: wall)


def logs_packed() -> Iterator[Layer]:
    """Logs without a database, which are read for what they tell of it."""
    log = gzip.compress(b"a\n" * 30_000_000, mtime=0)
    return iter([chain([file("etc/os-release", b"ID=debian\n")], repeat(file("var/log/dpkg.log.1.gz", log)))])


def scripts_packed() -> Iterator[Layer]:
    entries = header(b"a-1-r0.Q1abc=.pre-install", 60_000_000) + bytes(60_000_000 // 512 * 512 + 512)
    scripts = gzip.compress(entries + bytes(1024), mtime=0)
    return alone(repeat(file("lib/apk/db/scripts.tar.gz", scripts)))


def rust_sections() -> Iterator[Layer]:
    """Lists of crates that are eight megabytes of blanks."""
    packed = zlib.compress(b" " * 8_000_000 + b'{"packages":[]}', 9)
    names = b"\0.dep-v0\0.shstrtab\0"
    at = 64 + len(packed) + len(names)
    sections = b"".join(
        struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, place, size, 0, 0, 1, 0)
        for name, kind, place, size in ((0, 0, 0, 0), (1, 1, 64, len(packed)), (9, 3, 64 + len(packed), len(names)))
    )
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, at, 0, 64, 56, 0, 64, 3, 2)
    return files("usr/bin/p{}", lambda number: head + packed + names + sections + b"%d" % number)


def native_images() -> Iterator[Layer]:
    """Programs of Windows with many texts, of which none is the one that is looked for."""
    text = gzip.compress(bytes(33_000_000), mtime=0)
    data = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 240, 2)
    return files("app/p{}.exe", lambda number: data + bytes(240) + b"sbom_length" + text * 250 + b"%d" % number)


def numbers_for_packages() -> Iterator[Layer]:
    """A list of packages of Bottlerocket that holds numbers, of which each is told."""
    numbers = b'{"Content":[' + b"1," * 12_000_000 + b"1]}"
    return alone([file("usr/share/bottlerocket/application-inventory.json", numbers)])


def names_of_one_package() -> Iterator[Layer]:
    """An entry of apk's database with two million names, of which each is told."""
    entry = b"C:Q1\n" + b"P:musl\n" * 2_200_000 + b"V:1\n\n"
    yield chain([file("etc/os-release", b"ID=alpine\nVERSION_ID=3.19.1\n"), file("lib/apk/db/installed", entry)])


def one_text() -> Iterator[Layer]:
    """All that a layer may inflate to, in one package list."""
    yield chain([system()], large("var/lib/dpkg/info/bash.list", 250_000_000, b"/\n" * 500_000))


TEXTS: Final[dict[str, Attack]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        json_deep_many, json_deep_conda, json_deep_asar, json_deep_packed, lines_dpkg, lines_apk, lines_record,
        lines_metadata, lines_yaml, scripts_quotes, scripts_versions, scripts_manifests, no_utf_8, no_utf_8_list,
        opam_licenses, chisel_walls, logs_packed, scripts_packed,
        rust_sections, native_images, numbers_for_packages, names_of_one_package, one_text,
    )
}  # fmt: skip
"""The attacks by name."""
