"""Every form of container: what is in it is found, and what it is itself."""

import gzip
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.test_java import LOG4J, jar, pom
from tests.inventory.executables.build import Part, elf, pe
from tests.inventory.nested.containers import (
    LODASH,
    PACKED,
    REQUESTS,
    apk,
    appimage,
    asar,
    cpio,
    deb,
    found,
    gem,
    places,
    pyinstaller,
    rpm,
    single_file,
    squashfs,
    tarred,
    zipped,
)

Files = Mapping[str, bytes]
BOTH = {**{f"opt/{path}": data for path, data in LODASH.items()}, "usr/share/java/log4j-core-2.14.1.jar": jar(LOG4J)}
LIES = {
    "lodash@4.17.20": "opt/node_modules/lodash/package.json",
    "org.apache.logging.log4j:log4j-core@2.14.1": "usr/share/java/log4j-core-2.14.1.jar",
}


@pytest.mark.parametrize(
    ("path", "make", "itself"),
    [
        ("srv/a.asar", asar, ""),
        ("srv/hello_1.0-1_all.deb", deb, "deb hello 1.0-1"),
        ("srv/hello", lambda files: deb(files, ending=".tar.zst"), "deb hello 1.0-1"),
        ("srv/hello-1.0-1.noarch.rpm", rpm, "rpm hello 1.0-1"),
        ("srv/hello-1.0-r0.apk", apk, "apk hello 1.0-r0"),
        ("srv/hello-1.0.gem", gem, "gem hello 1.0"),
        ("srv/a.squashfs", squashfs, ""),
        ("srv/b", lambda files: squashfs(files, "zstd"), ""),
        ("srv/c.snap", lambda files: squashfs(files, "xz"), ""),
        ("srv/a.AppImage", appimage, ""),
        ("srv/demo", single_file, ""),
        ("srv/demo6", lambda files: single_file(files, packed=False), ""),
        ("srv/demo2", lambda files: single_file(files, 2), ""),
        ("srv/demo1", lambda files: single_file(files, 1), ""),
        ("srv/setup", lambda files: elf([Part(".text", b"x", 0x1000)]) + zipped(files), ""),
        ("srv/setup.exe", lambda files: pe([Part(".text", b"x", 0x1000)]) + zipped(files), ""),
        ("boot/initrd.img", lambda files: gzip.compress(cpio(files), mtime=0), ""),
        ("boot/initrd", lambda files: cpio({"kernel/x": b"1"}) + bytes(512) + cpio(files), ""),
    ],
)
def test_what_lies_in_it(path: str, make: Callable[[Files], bytes], itself: str) -> None:
    inventory, diagnostics = found({path: make(BOTH)})
    assert {name: where for name, where in places(inventory).items() if not name.startswith("hello@")} == {
        name: [f"{path}!/{place}"] for name, place in LIES.items()
    }
    own = [one for one in inventory.packages if one.name == "hello"]
    assert [f"{one.type} {one.name} {one.version}" for one in own] == ([itself] if itself else [])
    assert {one.evidence for one in inventory.packages} == {"bundled" if itself else "installed"}
    assert (inventory.unmanaged, diagnostics) == ((), ())


NUSPEC = b"<package><metadata><id>X</id><version>1.0</version></metadata></package>"
CARGO = b'[package]\nname = "x"\nversion = "1.0.0"\n'


@pytest.mark.parametrize(
    ("path", "data", "itself"),
    [
        ("a/x-1.0.crate", tarred({"x-1.0/Cargo.toml": CARGO}), "cargo x 1.0.0"),
        ("a/x.1.0.nupkg", zipped({"x.nuspec": NUSPEC}), "nuget X 1.0"),
        ("a/x-1.0.tgz", tarred({"package/package.json": b'{"name": "x", "version": "1.0.0"}'}), "npm x 1.0.0"),
        ("a/x-1.0.tar.gz", tarred({"x-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: X\nVersion: 1.0\n"}), "pypi x 1.0"),
    ],
)
def test_a_package_to_install_is_carried(path: str, data: bytes, itself: str) -> None:
    if not path.endswith(".nupkg"):
        data = gzip.compress(data, mtime=0)
    inventory, diagnostics = found({path: data})
    assert [f"{one.type} {one.name} {one.version}" for one in inventory.packages] == [itself]
    assert [(one.evidence, one.locations[0].path.partition("!/")[0]) for one in inventory.packages] == [
        ("bundled", path)
    ]
    assert (inventory.unmanaged, diagnostics) == ((), ())


def test_files_beside_an_archive_are_not_in_it() -> None:
    files = {**LODASH, "node_modules/axios/package.json": b'{"name": "axios", "version": "0.21.0"}'}
    inventory, diagnostics = found({"app.asar": asar(files, beside=list(LODASH))})
    assert list(places(inventory)) == ["axios@0.21.0"]
    assert diagnostics == ()


@pytest.mark.parametrize("packed", [True, False])
def test_the_files_in_a_program_of_pyinstaller_are_found_and_its_modules_are_not(packed: bool) -> None:
    inventory, diagnostics = found({"srv/run": pyinstaller(BOTH, packed)})
    assert places(inventory) == {name: [f"srv/run!/{place}"] for name, place in LIES.items()}
    assert [(one.path, one.kind) for one in inventory.unmanaged] == [
        ("srv/run", "PyInstaller program with a module archive")
    ]
    assert diagnostics == ()


@pytest.mark.parametrize(
    ("place", "wrong"),
    [(-88 + 8, b"\xff\xff\xff\xff"), (-88 + 12, b"\xff\xff\xff\xff"), (-88 + 16, b"\xff\0\0\0")],
)
def test_an_archive_of_pyinstaller_that_lies_nowhere_is_damaged(place: int, wrong: bytes) -> None:
    data = bytearray(pyinstaller(BOTH).removesuffix(bytes(1000)))
    data[len(data) + place : len(data) + place + 4] = wrong
    inventory, diagnostics = found({"srv/run": bytes(data)})
    assert [one.path for one in inventory.unmanaged] == ["srv/run"]
    assert [one.code for one in diagnostics] == ["damaged-archive"]


def test_a_package_that_dpkg_deb_built(tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("needs dpkg-deb")
    tree = tmp_path / "tree"
    for path, data in {**BOTH, "DEBIAN/control": _CONTROL}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(data)
    for compression in ("none", "gzip", "xz", "zstd"):
        command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(tree), str(tmp_path / "x.deb")]
        if subprocess.run(command, check=False, capture_output=True).returncode and compression == "zstd":
            continue  # older ones do not know it
        inventory, diagnostics = found({"x.deb": (tmp_path / "x.deb").read_bytes()})
        assert places(inventory) == {
            "hello@2:1.0-1": ["x.deb"],
            **{name: [f"x.deb!/{place}"] for name, place in LIES.items()},
        }
        assert diagnostics == ()


_CONTROL = b"Package: hello\nVersion: 2:1.0-1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: x\n"


def test_a_package_that_rpmbuild_built(tmp_path: Path) -> None:
    if shutil.which("rpmbuild") is None:
        pytest.skip("needs rpmbuild")
    (tmp_path / "log4j-core-2.14.1.jar").write_bytes(jar(LOG4J))
    spec = tmp_path / "hello.spec"
    spec.write_text(
        "Name: hello\nVersion: 1.0\nRelease: 2\nEpoch: 3\nSummary: x\nLicense: MIT\nBuildArch: noarch\n"
        f"%description\nx\n%install\ninstall -Dt %{{buildroot}}/usr/share/java {tmp_path}/log4j-core-2.14.1.jar\n"
        "%files\n/usr/share/java/log4j-core-2.14.1.jar\n"
    )
    for payload in ("w9.gzdio", "w2.xzdio", "w3.zstdio", "w9.bzdio"):
        command = ["rpmbuild", "-bb", str(spec), "-D", f"_topdir {tmp_path}/top", "-D", f"_binary_payload {payload}"]
        subprocess.run(command, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
        (built,) = (tmp_path / "top" / "RPMS").rglob("*.rpm")
        inventory, diagnostics = found({"x.rpm": built.read_bytes()})
        assert places(inventory) == {
            "hello@3:1.0-2": ["x.rpm"],
            "org.apache.logging.log4j:log4j-core@2.14.1": ["x.rpm!/usr/share/java/log4j-core-2.14.1.jar"],
        }
        assert diagnostics == ()


def test_an_image_of_a_disc_in_a_program_is_told() -> None:
    program = bytearray(elf([Part(".text", b"x", 0x1000)]))
    program[8:11] = b"AI\1"
    inventory, diagnostics = found({"a.AppImage": bytes(program) + bytes(100)})
    assert [one.kind for one in inventory.unmanaged] == ["AppImage"]
    assert diagnostics == (
        Diagnostic(
            "incomplete",
            "damaged-archive",
            "an AppImage of type 1 (ISO 9660), which is not read: the rest was not read",
            "a.AppImage",
        ),
    )


MAKERS: dict[str, Callable[[Files], bytes]] = {
    "a.zip": zipped,
    "a.tar.gz": lambda files: PACKED[".tar.gz"](tarred(files)),
    "a.asar": asar,
    "a.pex": lambda files: b"#!/usr/bin/env python3\n" + zipped(files),
    "a-1-py3-none-any.whl": lambda files: zipped({**files, **REQUESTS}),
    "a.gem": gem,
    "a.deb": deb,
    "a.rpm": rpm,
    "a.apk": apk,
    "a.squashfs": squashfs,
    "a.AppImage": appimage,
    "a": single_file,
    "a.jar": lambda files: jar({**pom("org.example", "a", "1"), **files}),
}


def test_three_hundred_nests_of_three() -> None:
    every = [(one, two, three) for one in MAKERS for two in MAKERS for three in MAKERS]
    layer, expected = {}, {}
    for number, (one, two, three) in enumerate(random.Random(14).sample(every, 300)):
        inner = MAKERS[three]({"x.jar": jar(pom("org.example", "x", f"1.{number}"))})
        layer[f"{number}/{one}"] = MAKERS[one]({two: MAKERS[two]({three: inner})})
        expected[f"1.{number}"] = f"{number}/{one}!/{two}!/{three}!/x.jar"
    inventory, diagnostics = found(layer)
    assert {
        one.version: one.properties.get("path") or one.locations[0].path
        for one in inventory.packages
        if one.name == "org.example:x"
    } == expected
    assert (inventory.unmanaged, diagnostics) == ((), ())


@pytest.mark.parametrize("path", MAKERS)
def test_damage_is_survived(path: str) -> None:
    whole = MAKERS[path](BOTH)
    dice = random.Random(9)
    for number in range(25):
        broken = bytearray(whole[: dice.randrange(len(whole))] if number % 5 == 0 else whole)
        for _ in range(dice.choice((1, 4)) if broken else 0):
            at = dice.randrange(min(len(broken), dice.choice((64, 512, len(whole)))))
            broken[at] = dice.choice((0, 0xFF, broken[at] ^ 1))
        found({path: bytes(broken)})
