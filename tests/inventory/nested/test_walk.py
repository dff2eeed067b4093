"""What lies in containers is found by every reader, and what cannot be read is told."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.catalogers.registry import CATALOGERS, readers_for
from lading.inventory.nested import walk
from lading.inventory.nested.kinds import BY_NAME, PASSED_OVER
from lading.model.diagnostic import Diagnostic
from lading.model.package import UnmanagedFile
from tests.inventory.catalogers.test_binary import TEXTS
from tests.inventory.catalogers.test_java import LOG4J, jar, manifest, pom
from tests.inventory.executables.build import Part, elf
from tests.inventory.nested.containers import LODASH, PACKED, REQUESTS, found, places, tarred, zipped
from tests.inventory.test_assemble import inventory_of
from tests.inventory.unpacking import squash_all
from tests.tars import Entry, File, Hardlink

BOTH = {**LODASH, **REQUESTS}
PLACES = {
    "lodash@4.17.20": "node_modules/lodash/package.json",
    "requests@2.19.0": "requests-2.19.0.dist-info/METADATA",
}


def inside(path: str) -> dict[str, list[str]]:
    return {name: [f"{path}!/{member}"] for name, member in PLACES.items()}


@pytest.mark.parametrize("path", ["opt/app.zip", "opt/app", "opt/app.bin"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_archive(path: str, method: int) -> None:
    inventory, diagnostics = found({path: zipped(BOTH, method)})
    assert places(inventory) == inside(path)
    assert (inventory.unmanaged, diagnostics) == ((), ())
    assert {one.evidence for one in inventory.packages} == {"installed"}


@pytest.mark.parametrize(("method", "pack"), [(93, PACKED[".tar.zst"]), (95, PACKED[".tar.xz"])])
def test_a_zip_archive_packed_as_newer_programs_do(method: int, pack: Callable[[bytes], bytes]) -> None:
    (name, data), *_ = LODASH.items()
    archive = bytearray(zipped({name: pack(data)}, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        place = archive.index(mark) + at
        struct.pack_into("<H", archive, place, method)
        struct.pack_into("<I", archive, place + 6, zlib.crc32(data))
        struct.pack_into("<I", archive, place + 14, len(data))
    inventory, diagnostics = found({"a.zip": bytes(archive)})
    assert places(inventory) == {"lodash@4.17.20": [f"a.zip!/{name}"]}
    assert diagnostics == ()


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("name", ["opt/app", "opt/app.v2"])
def test_a_tar(name: str, ending: str) -> None:
    path = f"{name}{ending}"
    inventory, diagnostics = found({path: PACKED[ending](tarred(BOTH))})
    assert places(inventory) == inside(path)
    assert (inventory.unmanaged, diagnostics) == ((), ())


@pytest.mark.parametrize("ending", [ending for ending in PACKED if ending != ".tar.lzma"])
def test_a_tar_that_nothing_names(ending: str) -> None:
    inventory, diagnostics = found({"blobs/sha256/0a1b": PACKED[ending](tarred(BOTH))})
    assert places(inventory) == inside("blobs/sha256/0a1b")
    assert diagnostics == ()


def test_a_file_that_is_compressed_alone() -> None:
    inventory, diagnostics = found({"srv/app.jar.gz": gzip.compress(jar(LOG4J), mtime=0), "srv/a.txt.gz": b"\x1f\x8b?"})
    assert places(inventory) == {"org.apache.logging.log4j:log4j-core@2.14.1": ["srv/app.jar.gz!/app.jar"]}
    assert (inventory.unmanaged, diagnostics) == ((), ())


def test_an_application_of_python_in_one_file() -> None:
    data = b"#!/usr/bin/env python3\n" + zipped({f"site-packages/{path}": data for path, data in REQUESTS.items()})
    inventory, diagnostics = found({"usr/local/bin/tool": data})
    assert places(inventory) == {
        "requests@2.19.0": ["usr/local/bin/tool!/site-packages/requests-2.19.0.dist-info/METADATA"]
    }
    assert (inventory.unmanaged, diagnostics) == ((), ())


def test_a_wheel_is_carried_and_not_installed() -> None:
    wheel = zipped({**REQUESTS, "requests/data.jar": jar(LOG4J)})
    inventory, diagnostics = found({"opt/wheels/requests-2.19.0-py3-none-any.whl": wheel})
    assert [(one.name, one.evidence) for one in inventory.packages] == [
        ("org.apache.logging.log4j:log4j-core", "bundled"),
        ("requests", "bundled"),
    ]
    assert diagnostics == ()


def test_what_is_in_a_wheel_stays_carried_however_deep() -> None:
    wheel = zipped({"data/deep.tar": tarred({"x.zip": zipped(LODASH)})})
    inventory, _ = found({"opt/a-1-py3-none-any.whl": wheel})
    assert [(one.name, one.evidence) for one in inventory.packages] == [("lodash", "bundled")]
    assert places(inventory) == {
        "lodash@4.17.20": ["opt/a-1-py3-none-any.whl!/data/deep.tar!/x.zip!/node_modules/lodash/package.json"]
    }


def test_containers_in_containers() -> None:
    for outer in ("opt/a.zip", "opt/a.tar.gz", "opt/a.jar"):
        inner = zipped({"b.tar.xz": PACKED[".tar.xz"](tarred({"c.zip": zipped(BOTH), "lib/log4j.jar": jar(LOG4J)}))})
        data = inner if not outer.endswith("gz") else PACKED[".tar.gz"](tarred({"b.zip": inner}))
        inventory, diagnostics = found({outer: data})
        between = "b.zip!/b.tar.xz" if outer.endswith("gz") else "b.tar.xz"
        assert places(inventory) == {
            **inside(f"{outer}!/{between}!/c.zip"),
            "org.apache.logging.log4j:log4j-core@2.14.1": [f"{outer}!/{between}!/lib/log4j.jar"],
        }
        assert diagnostics == ()


def test_jars_are_told_once_each() -> None:
    war = jar({**manifest(Main_Class="x"), "WEB-INF/lib/log4j-core-2.14.1.jar": jar(LOG4J)})
    alone, _ = found({"opt/app.war": war})
    assert [(one.name, one.properties["path"]) for one in alone.packages if one.version] == [
        ("org.apache.logging.log4j:log4j-core", "opt/app.war!/WEB-INF/lib/log4j-core-2.14.1.jar")
    ]
    inventory, diagnostics = found({"opt/app.tar": tarred({"app.war": war})})
    assert places(inventory) == {"org.apache.logging.log4j:log4j-core@2.14.1": ["opt/app.tar!/app.war"]}
    (package,) = inventory.packages
    assert package.properties["path"] == "opt/app.tar!/app.war!/WEB-INF/lib/log4j-core-2.14.1.jar"
    assert diagnostics == ()


def test_programs_in_archives_belong_to_the_package_that_the_archive_is() -> None:
    program = elf([Part(".text", b"x", 0x1000)])
    inventory, _ = found(
        {"opt/tools.zip": zipped({"bin/tool": program, "tool.txt": b""}), "opt/a.jar": jar({**LOG4J, "n.so": program})}
    )
    assert inventory.unmanaged == (UnmanagedFile("opt/tools.zip!/bin/tool", 1, "ELF executable", len(program)),)


def test_what_is_recognised_in_a_jar_is_a_copy_in_it() -> None:
    library = elf([Part(".rodata", TEXTS["zlib 1.2.11"], 0x1000)], elf_type=3)
    packages = jar({**pom("org.example", "native", "1.0"), "linux/libz.so": library})
    inventory, _ = found({"opt/native-1.0.jar": packages})
    assert [(one.name, one.properties.get("bundled_in", "")) for one in inventory.packages] == [
        ("zlib", "org.example:native"),
        ("org.example:native", ""),
    ]


def test_a_container_goes_with_its_layer() -> None:
    first, second = zipped(LODASH), zipped(BOTH)
    inventory, _ = found({"a.zip": first}, {"a.zip": second})
    assert {one.name: one.layer for one in inventory.packages} == {"lodash": 1, "requests": 2}
    inventory, _ = found({"a.zip": second}, {"a.zip": first}, {"a.zip": second})
    assert {one.name: one.layer for one in inventory.packages} == {"lodash": 1, "requests": 3}
    inventory, _ = found({"opt/a.zip": second}, {"opt/.wh.a.zip": b""})
    assert inventory.packages == ()


def test_what_was_in_a_container_that_was_taken_away() -> None:
    layers: list[list[Entry]] = [[File("opt/a.zip", zipped(LODASH))], [File("opt/.wh.a.zip")]]
    inventory, _ = assemble(squash_all(layers), CATALOGERS, "deleted")
    assert [(one.name, one.layer, one.removed) for one in inventory.packages] == [("lodash", 1, 2)]


def test_a_further_name_of_a_container() -> None:
    link = Hardlink("opt/b.zip", "opt/a.zip")
    for layers in ([[File("opt/a.zip", zipped(BOTH)), link]], [[File("opt/a.zip", zipped(BOTH))], [link]]):
        inventory, _ = inventory_of(*layers)
        assert places(inventory) == {
            name: [f"opt/{archive}.zip!/{member}" for archive in "ab"] for name, member in PLACES.items()
        }


def test_package_caches_are_not_looked_into() -> None:
    inventory, diagnostics = found({"root/.npm/_cacache/content-v2/sha512/aa/bb/cc": PACKED[".tar.gz"](tarred(LODASH))})
    assert (inventory.packages, inventory.unmanaged, diagnostics) == ((), (), ())
    inventory, diagnostics = found({"root/.cache/pip/wheels/aa/a-1-py3-none-any.whl": zipped(REQUESTS)})
    assert (inventory.packages, inventory.unmanaged, diagnostics) == ((), (), ())


def test_a_system_of_its_own_is_told() -> None:
    root = {"var/lib/dpkg/status": b"Package: a\nStatus: install ok installed\nVersion: 1\n", **LODASH}
    inventory, diagnostics = found({"srv/root.tar.gz": PACKED[".tar.gz"](tarred(root))})
    assert list(places(inventory)) == ["lodash@4.17.20"]
    message = "dpkg's database var/lib/dpkg/status in it was not read"
    assert diagnostics == (Diagnostic("incomplete", "archived-system", message, "srv/root.tar.gz"),)


def test_what_is_encrypted_is_told() -> None:
    data = bytearray(zipped(LODASH, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    inventory, diagnostics = found({"a.zip": bytes(data)})
    assert inventory.packages == ()
    assert inventory.unmanaged == (UnmanagedFile("a.zip", 1, "zip archive", 0),)
    assert diagnostics == (Diagnostic("incomplete", "archive-not-read", "encrypted files: 1", "a.zip"),)


@pytest.mark.parametrize(
    ("path", "whole"), [("a.tar.gz", PACKED[".tar.gz"](tarred(BOTH))), ("a.tar", tarred(BOTH)), ("a.zip", zipped(BOTH))]
)
def test_what_is_damaged_is_told(path: str, whole: bytes) -> None:
    inventory, diagnostics = found({path: whole[: min(1200, len(whole) * 3 // 4)]})
    assert [one.kind for one in inventory.unmanaged] == [f"{'zip' if path == 'a.zip' else 'tar'} archive"]
    assert [(one.level, one.code, one.where) for one in diagnostics] == [("incomplete", "damaged-archive", path)]


def test_archives_that_a_language_tests_itself_with_are_only_listed() -> None:
    inventory, diagnostics = found({"usr/local/go/src/archive/tar/testdata/a.tar": tarred(BOTH)[:1200]})
    assert [one.kind for one in inventory.unmanaged] == ["tar archive"]
    assert diagnostics == ()


def test_depth_is_bounded() -> None:
    data, path = zipped(LODASH), "node_modules/lodash/package.json"
    for number in range(50):
        data, path = zipped({f"{number}.zip": data}), f"{number}.zip!/{path}"
    _, diagnostics = found({"a.zip": data})
    (told,) = diagnostics
    assert told.code == "archive-too-deep"
    assert told.where.count("!/") == 8


def test_what_inflates_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_FLOOR", 1_000_000)
    bomb = PACKED[".tar.gz"](tarred({"zeros.jar": bytes(3_000_000)}))
    several = zipped({f"{number}.tar.gz": bomb for number in range(20)})
    for path, data in (("bomb.tar.gz", bomb), ("bombs.zip", several)):
        inventory, diagnostics = found({path: data, "later.jar": jar(LOG4J)})
        assert {one.code for one in diagnostics} == {"archive-limit"}
        assert places(inventory) == {"org.apache.logging.log4j:log4j-core@2.14.1": ["later.jar"]}


def test_no_reader_wants_what_is_passed_over() -> None:
    router = readers_for(declared=True).router
    for ending in PASSED_OVER:
        assert not router.routes(f"a/b{ending.decode()}")
    assert not router.routes("x/b.txt")
    assert BY_NAME.isdisjoint(ending.decode() for ending in PASSED_OVER)
