"""More images of less than 10 MB that ask for as much work as they can: archives, packages and file systems in files.

As in hostile_images.py.
"""

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Final

from hostile_images import Attack, Layer, alone, file, files, header, jar, large, padded, system

_LARGE: Final = 250_000_000
_CPIO: Final = b"070701" + b"%08X" * 13
_LZ4: Final = b"\x04\x22\x4d\x18\x60\x70\x73"
_LODASH: Final = b'{"name": "lodash", "version": "4.17.20"}'


# Streams that give nothing.


def cpio_zeros() -> Iterator[Layer]:
    """Zeros behind an archive, before which another might begin."""
    return alone(large("boot/initrd", _LARGE, head=cpio("TRAILER!!!")))


def cpio(name: str, data: bytes = b"") -> bytes:
    """An entry of a cpio archive."""
    path = name.encode() + b"\0"
    fields = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    return _CPIO % fields + path + bytes(-(110 + len(path)) % 4) + data + bytes(-len(data) % 4)


def lz4_blocks() -> Iterator[Layer]:
    """Blocks of one byte."""
    return alone(large("srv/a.lz4", _LARGE, b"\2\0\0\0\x10a" * 100_000, _LZ4))


def lz4_empty() -> Iterator[Layer]:
    """Blocks of no byte."""
    return alone(large("srv/a.lz4", _LARGE, b"\1\0\0\0\0" * 100_000, _LZ4))


def lz4_matches() -> Iterator[Layer]:
    """Blocks of very many short repetitions."""
    block = b"\x10a\1\0" + b"\0\1\0" * 1_000_000 + b"\x10a"
    return alone(large("srv/a.tar.lz4", _LARGE, struct.pack("<I", len(block)) + block, _LZ4))


def lzip_empty() -> Iterator[Layer]:
    """Members of nothing."""
    alone_ = lzma.compress(b"", lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    member = b"LZIP\1\x14" + alone_[13:] + struct.pack("<IQQ", 0, 0, len(alone_) + 13)
    return alone(large("srv/a.tar.lz", _LARGE, member * 10_000))


def little(pack: Callable[[bytes], bytes], name: str) -> Iterator[Layer]:
    """A tar in an archive in streams of a byte each but for its first block."""
    stream = pack(random.Random(1).randbytes(40))
    return alone(large(name, _LARGE, stream * 10_000, pack(header(b"a", 8_000_000_000))))


def gzip_members() -> Iterator[Layer]:
    return little(lambda data: gzip.compress(data, mtime=0), "srv/a.tar.gz")


def bzip2_streams() -> Iterator[Layer]:
    return little(bz2.compress, "srv/a.tar.bz2")


def xz_streams() -> Iterator[Layer]:
    return little(lzma.compress, "srv/a.tar.xz")


def zstd_frames() -> Iterator[Layer]:
    return little(lambda data: zstd_frame(data) + b"\x50\x2a\x4d\x18\x20\0\0\0" + bytes(32), "srv/a.tar.zst")


def zstd_frame(data: bytes) -> bytes:
    """A frame with what is not compressed."""
    size = struct.pack("<H", len(data) - 256) if len(data) >= 256 else b""
    head = b"\x60" + size if size else b"\x20" + bytes([len(data)])
    return b"\x28\xb5\x2f\xfd" + head + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def lzip_members() -> Iterator[Layer]:
    def pack(data: bytes) -> bytes:
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}]
        packed = lzma.compress(data, lzma.FORMAT_ALONE, filters=filters)
        return b"LZIP\1\x14" + packed[13:] + struct.pack("<IQQ", 0, len(data), len(packed) + 13)

    return little(pack, "srv/a.tar.lz")


def lz4_little() -> Iterator[Layer]:
    def pack(data: bytes) -> bytes:
        return struct.pack("<I", len(data) | 1 << 31) + data

    def first(data: bytes) -> bytes:
        return _LZ4 + pack(data) if len(data) == 512 else pack(data)

    return little(first, "srv/a.tar.lz4")


# Names.


def asar(top: object, data: bytes = b"") -> bytes:
    """An archive of Electron's."""
    text = json.dumps(top).encode()
    pickle = text + bytes(-len(text) % 4)
    return struct.pack("<IIII", 4, len(pickle) + 8, len(pickle) + 4, len(text)) + pickle + data


def asar_names() -> Iterator[Layer]:
    """Very many files in a directory with a very long name."""
    files_ = {f"{number}.json": {"size": 1, "offset": "0"} for number in range(100_000)}
    return alone([file("srv/a.asar", asar({"files": {"a" * 1_000_000: {"files": files_}}}, b"x"))])


def asar_levels() -> Iterator[Layer]:
    """The same in directories in directories."""
    top: object = {"files": {f"{number}.bin": {"size": 1, "offset": "0"} for number in range(100_000)}}
    for _ in range(90):
        top = {"files": {"a" * 40_000: top}}
    return alone([file("srv/a.asar", asar(top, b"x"))])


def asar_overlapping() -> Iterator[Layer]:
    """Very many files that are one large manifest."""
    manifest = b'{"name": "a", "version": "1", "x": [' + b"1," * 500_000 + b"1]}"
    entry = {"size": len(manifest), "offset": "0"}
    dirs = {f"{number}": {"files": {"package.json": entry}} for number in range(50_000)}
    return alone([file("srv/a.asar", asar({"files": {"node_modules": {"files": dirs}}}, manifest))])


def asar_objects() -> Iterator[Layer]:
    """A header of very many objects."""
    top = b'{"files":{},"x":[' + b"{}," * 700_000 + b"{}]}"
    pickle = top + bytes(-len(top) % 4)
    data = struct.pack("<IIII", 4, len(pickle) + 8, len(pickle) + 4, len(top)) + pickle
    return files("srv/{}.asar", lambda _: data)


def zip_names() -> Iterator[Layer]:
    """Names of 65,535 bytes, in letters that take much memory."""
    return alone([file("srv/a.zip", _named("\U0001f600" * 4 + "a" * 65_500, 1500))])


def zip_names_missing() -> Iterator[Layer]:
    """The same, of members that are not there."""
    return alone([file("srv/a.zip", _named("a" * 65_000 + "/package.json", 1500))])


def jar_names() -> Iterator[Layer]:
    return alone([file("srv/a.jar", _named("\U0001f600" * 4 + "a" * 65_000 + ".jar", 1500))])


def _named(name: str, members: int) -> bytes:
    directory = bytearray()
    for number in range(members):
        path = f"{number}/{name}".encode()[:65_535]
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, 9, 9, len(path), *bytes(6)) + path
    size = len(directory)
    start = b"PK\3\4" + bytes(60)
    return start + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, members, members, size, len(start), 0)


def marks_in_paths() -> Iterator[Layer]:
    """Paths that say at every step that a container begins."""
    deep = "/".join(repeat("!", 1900))
    return files("{}!/" + deep + "/node_modules/a/package.json", lambda _: _LODASH)


def squashfs_deep() -> Iterator[Layer]:
    """A file with a million names in a deep directory."""
    return alone([file("srv/a.squashfs", squashfs(1, b"", levels=400, names=1_000_000))])


def squashfs_names() -> Iterator[Layer]:
    """A file with five million names."""
    return alone([file("srv/a.squashfs", squashfs(1, b"", levels=1, names=5_000_000))])


def squashfs_targets() -> Iterator[Layer]:
    """A link to a long path with a million names."""
    return alone([file("srv/a.squashfs", squashfs(3, b"a" * 65_000, levels=1, names=1_000_000))])


def squashfs(kind: int, target: bytes, levels: int, names: int) -> bytes:
    """A file system in which one inode (1: a directory of its own; 3: a link) has many names in the deepest
    directory."""
    inodes, directories = bytearray(), bytearray()

    def reference(at: int) -> tuple[int, int]:
        return at // 8192 * 8194, at % 8192

    def inode(number: int, what: int, body: bytes) -> int:
        at = len(inodes)
        inodes.extend(struct.pack("<HHHHII", what, 0o755, 0, 0, 0, number) + body)
        return at

    if kind == 3:
        last = inode(1, 3, struct.pack("<II", 1, len(target)) + target)
    else:
        last = inode(1, 2, struct.pack("<IIII", 0, 0xFFFFFFFF, 0, 0))
    start, size = len(directories), 0
    block, offset = reference(last)
    for first in range(0, names, 256):
        number = min(256, names - first)
        directories += struct.pack("<III", number - 1, block, 1)
        for one in range(first, first + number):
            name = b"%07d" % one
            directories += struct.pack("<HhHH", offset, 0, kind + 1 if kind == 3 else 2, len(name) - 1) + name
    size = len(directories) - start
    where, within = reference(start)
    above = inode(2, 8, struct.pack("<IIIIHHI", 2, size + 3, where, 1, 0, within, 0xFFFFFFFF))
    for level in range(levels):
        block, offset = reference(above)
        at = len(directories)
        name = b"d" * 250
        directories += struct.pack("<III", 0, block, 1) + struct.pack("<HhHH", offset, 0, 1, len(name) - 1) + name
        where, within = reference(at)
        above = inode(
            3 + level, 8, struct.pack("<IIIIHHI", 2, len(directories) - at + 3, where, 1, 0, within, 0xFFFFFFFF)
        )
    block, offset = reference(above)
    packed_inodes, packed_directories = _metadata(inodes), _metadata(directories)
    inode_at = 96
    directory_at = inode_at + len(packed_inodes)
    end = directory_at + len(packed_directories)
    top = struct.pack("<4sIIIIHHHHHHQQQQQQQQ", b"hsqs", 3 + levels, 0, 131072, 0, 1, 17, 0, 1, 4, 0,
                      block << 16 | offset, end, end, 2**64 - 1, inode_at, directory_at, end, 2**64 - 1)  # fmt: skip
    return top + packed_inodes + packed_directories


def _metadata(data: bytes | bytearray) -> bytes:
    out = bytearray()
    for at in range(0, len(data), 8192):
        piece = data[at : at + 8192]
        out += struct.pack("<H", len(piece) | 0x8000) + piece
    return bytes(out)


# What is said again and again.


def archives_replaced() -> Iterator[Layer]:
    """Layers that each write an archive again with other packages in it."""
    for layer in range(100):
        yield iter([system(), file("srv/a.zip", modules(layer * 1000, 130))])


def archives_replaced_often() -> Iterator[Layer]:
    for layer in range(1000):
        yield iter([system(), file("srv/a.zip", modules(layer * 1000, 12))])


def modules(first: int, count: int) -> bytes:
    """An archive of so many packages of npm."""
    numbers = range(first, first + count)
    return jar({f"node_modules/p{one}/package.json": b'{"name":"p%d","version":"1"}' % one for one in numbers})


def databases_in_archives() -> Iterator[Layer]:
    """A package database that a tar holds again and again."""
    entry = header(b"var/lib/dpkg/status", 1) + b"x".ljust(512, b"\0")
    return alone(large("srv/a.tar", len(entry) * 200_000, entry * 1000))


def packages_in_archives() -> Iterator[Layer]:
    """Very many package files in an archive, each with a manifest."""

    def crate(number: int) -> bytes:
        manifest = b'[package]\nname = "a%d"\nversion = "1.0.0"\n' % number
        return gzip.compress(tar([(f"a{number}/Cargo.toml", manifest)]), 1, mtime=0)

    members = {f"a{number}.crate": crate(number) for number in range(9000)}
    return alone([file("srv/a.zip", jar(members))])


def manifests_in_packages() -> Iterator[Layer]:
    """A package file with very many manifests."""
    entries = [
        (f"{number}/Cargo.toml", b'[package]\nname = "a%d"\nversion = "1.0.0"\n' % number) for number in range(60_000)
    ]
    return alone([file("srv/a.crate", gzip.compress(tar(entries), mtime=0))])


def tar(entries: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def deep_archives() -> Iterator[Layer]:
    """Archives at the deepest level, again and again."""
    data = jar({"x": b"x"})
    for _ in range(7):
        data = jar({f"{number}.zip": data for number in range(4)})
    return alone([file("srv/a.zip", data)])


# Records.


def apk_record() -> Iterator[Layer]:
    """A record of sixty million lines."""
    return alone([file("srv/a.apk", gzip.compress(tar([(".PKGINFO", b"\n" * 60_000_000)]), mtime=0))])


def apk_records() -> Iterator[Layer]:
    record = b"".join(b"k%d = v\n" % number for number in range(700_000))
    data = gzip.compress(tar([(".PKGINFO", record)]), mtime=0)
    return files("srv/{}.apk", lambda _: data)


def sdist_record() -> Iterator[Layer]:
    return alone([file("srv/a.tar.gz", gzip.compress(tar([("a-1/PKG-INFO", b"A: b\n" * 12_000_000)]), mtime=0))])


def sdist_folded() -> Iterator[Layer]:
    return alone(
        [file("srv/a.tar.gz", gzip.compress(tar([("a-1/PKG-INFO", b"A: b\n" + b" c\n" * 20_000_000)]), mtime=0))]
    )


def crate_record() -> Iterator[Layer]:
    record = b"[package]\n" + b"".join(b"k%07d = 1\n" % number for number in range(4_000_000))
    return alone([file("srv/a.crate", gzip.compress(tar([("a/Cargo.toml", record)]), mtime=0))])


def npm_record() -> Iterator[Layer]:
    record = b'{"name":"a","version":"1","x":[' + b"{}," * 700_000 + b"{}]}"
    return alone([file("srv/a.tgz", gzip.compress(tar([("package/package.json", record)]), mtime=0))])


def gem_record() -> Iterator[Layer]:
    inner = gzip.compress(b"a:\n" + b"- b\n" * 900_000, mtime=0)
    data = tar([("metadata.gz", inner), ("data.tar.gz", gzip.compress(tar([]), mtime=0))])
    return files("srv/{}.gem", lambda _: data)


def nuspec_record() -> Iterator[Layer]:
    data = jar({"a.nuspec": b"<package><metadata>" + b"<a/>" * 199_000 + b"</metadata></package>"})
    return files("srv/{}.nupkg", lambda _: data)


def rpm_files() -> Iterator[Layer]:
    """Headers of rpm packages, of very many entries."""
    entries = b"".join(struct.pack(">IIII", 1000 + n % 50, 6, 0, 1) for n in range(200_000))
    start = b"\xed\xab\xee\xdb" + bytes(92)
    empty = b"\x8e\xad\xe8\x01" + bytes(12)
    data = (
        start
        + empty
        + b"\x8e\xad\xe8\x01"
        + bytes(4)
        + struct.pack(">II", 200_000, 16)
        + entries
        + b"name\0".ljust(16, b"\0")
    )
    return files("srv/{}.rpm", lambda _: data)


def deb_control() -> Iterator[Layer]:
    control = tar([("control", b"Package: a\nVersion: 1\nDescription: " + b" x\n" * 3_000_000)])
    data = ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar.gz": gzip.compress(control, mtime=0),
            "data.tar.gz": gzip.compress(tar([]), mtime=0),
        }
    )
    return files("srv/{}.deb", lambda _: data)


def ar(members: dict[str, bytes]) -> bytes:
    data = b"!<arch>\n"
    for name, content in members.items():
        data += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    return data


# Members.


def zip_members() -> Iterator[Layer]:
    """Archives of as many small members as are listed."""
    data = jar({f"{number}": b"%d" % number for number in range(90_000)})
    return files("srv/a{}.zip", lambda _: data)


def zip_programs() -> Iterator[Layer]:
    """Programs in archives, with tables of very many parts."""
    elf = bytearray(b"\x7fELF\2\1\1" + bytes(57))
    struct.pack_into("<Q", elf, 40, 64)
    struct.pack_into("<HHH", elf, 58, 64, 65535, 0)
    struct.pack_into("<Q", elf, 32, 64)
    struct.pack_into("<HH", elf, 54, 56, 65535)
    data = jar({f"p{number}": bytes(elf) + bytes(64 * 65535) for number in range(60)})
    return files("srv/a{}.zip", lambda _: data)


def programs_tables() -> Iterator[Layer]:
    elf = bytearray(b"\x7fELF\2\1\1" + bytes(57))
    struct.pack_into("<Q", elf, 40, 64)
    struct.pack_into("<HHH", elf, 58, 64, 65535, 0)
    struct.pack_into("<Q", elf, 32, 64)
    struct.pack_into("<HH", elf, 54, 56, 65535)
    return files("usr/bin/p{}", lambda _: bytes(elf) + bytes(64 * 65535))


def scripts_with_archives() -> Iterator[Layer]:
    """Scripts with an archive behind them."""
    data = b"#!/bin/sh\n" + jar(
        {f"node_modules/{n}/package.json": b'{"name":"a%d","version":"1"}' % n for n in range(20)}
    )
    return files("usr/bin/s{}", lambda _: data)


def tars_many() -> Iterator[Layer]:
    """Small tars, each with a manifest."""
    data = gzip.compress(tar([("node_modules/a/package.json", _LODASH)]), mtime=0)
    return files("srv/{}.tgz", lambda _: data)


def sparse_in_tar() -> Iterator[Layer]:
    """Files of a tar that are nothing but holes."""
    out = bytearray()
    for number in range(10):
        pax = b"".join(
            _record(*pair)
            for pair in (
                (b"GNU.sparse.numblocks", b"1"),
                (b"GNU.sparse.size", b"3900000000"),
                (b"GNU.sparse.map", b"0,5"),
                (b"path", b"j%d.zip" % number),
            )
        )
        out += header(b"pax", len(pax), b"x") + padded(pax) + file("f", b"PK\3\4x")
    return alone([file("srv/a.tar", bytes(out))])


def _record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    while length != len(b"%d %s=%s\n" % (length, key, value)):
        length += 1
    return b"%d %s=%s\n" % (length, key, value)


def bundles() -> Iterator[Layer]:
    """A program of .NET of which very many files are one archive."""
    inner = modules(0, 50)
    elf = bytearray(b"\x7fELF\2\1\1" + bytes(57))
    mark = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
    place = len(elf) + 8 + len(mark)
    body = bytes(elf) + struct.pack("<Q", place + len(inner)) + mark + inner
    entries = b"".join(struct.pack("<qqqB", place, len(inner), 0, 0) + b"\x06%05d" % n + b"" for n in range(50_000))
    data = body + struct.pack("<IIi", 6, 0, 50_000) + b"\1a" + bytes(40) + entries
    return alone([file("usr/bin/net", data)])


ARCHIVES: Final[dict[str, Attack]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        cpio_zeros, lz4_blocks, lz4_empty, lz4_matches, lzip_empty, gzip_members, bzip2_streams, xz_streams,
        zstd_frames, lzip_members, lz4_little, asar_names, asar_levels, asar_overlapping, asar_objects, zip_names,
        zip_names_missing, jar_names, marks_in_paths, squashfs_deep, squashfs_names, squashfs_targets,
        archives_replaced, archives_replaced_often, databases_in_archives, packages_in_archives, manifests_in_packages,
        deep_archives, apk_record, apk_records, sdist_record, sdist_folded, crate_record, npm_record, gem_record,
        nuspec_record, rpm_files, deb_control, zip_members, zip_programs, programs_tables, scripts_with_archives,
        tars_many, sparse_in_tar, bundles,
    )
}  # fmt: skip
"""The attacks by name."""
