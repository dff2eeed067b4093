"""Chisel: exact packages and exact diagnostics."""

from lading.inventory.catalogers import chisel
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from lading.safeio.zstd import compress
from tests.inventory.catalogers.parsing import damaged, facts

PATH = "var/lib/chisel/manifest.wall"
WALL = b"""{"jsonwall":"1.0","schema":"1.0","count":7}
{"kind":"content","slice":"base-files_base","path":"/etc/"}
{"kind":"content","slice":"libssl3_libs","path":"/usr/lib/libssl.so.3"}
{"kind":"content","slice":"libssl3_copyright","path":"/usr/share/doc/libssl3/copyright"}
{"kind":"package","name":"base-files","version":"13ubuntu10","sha256":"ab","arch":"amd64"}
{"kind":"package","name":"libssl3","version":"3.0.13-0ubuntu3","sha256":"cd","arch":"amd64"}
{"kind":"path","path":"/usr/lib/libssl.so.3","mode":"0644","slices":["libssl3_libs"],"size":3}
{"kind":"slice","name":"libssl3_libs"}
"""


def package(name: str, version: str, *files: str) -> FoundPackage:
    return FoundPackage(
        type="deb", name=name, version=version, arch="amd64", source=name, source_version=version, files=files
    )


def test_packages_with_the_files_of_their_slices() -> None:
    for data in (compress(WALL), WALL.strip()):
        assert facts(chisel.CATALOGER, PATH, data) == CatalogerResult(
            packages=(
                package("base-files", "13ubuntu10"),
                package("libssl3", "3.0.13-0ubuntu3", "usr/lib/libssl.so.3", "usr/share/doc/libssl3/copyright"),
            )
        )


def test_broken_manifests_are_told() -> None:
    def told(data: bytes) -> tuple[Diagnostic, ...]:
        return facts(chisel.CATALOGER, PATH, data).diagnostics

    start = "the manifest of Chisel cannot be read to its end: "
    assert told(b'{"kind":"package"}') == (
        Diagnostic("incomplete", "broken-package-database", f"{start}it has no header of a jsonwall", PATH),
    )
    cut = f"{start}{PATH}: the compressed data ends too early: fetch the image again"
    assert told(compress(WALL)[:-9]) == (Diagnostic("incomplete", "broken-package-database", cut, PATH),)
    assert [one.level for one in told(compress(WALL + b"[" * 2_000_000))] == ["incomplete"]
    assert [one.level for one in told(WALL + b"{}{")] == ["incomplete"]
    assert len(facts(chisel.CATALOGER, PATH, WALL + b"{}{").packages) == 2


def test_damage_never_raises() -> None:
    for data in damaged(compress(WALL)):
        facts(chisel.CATALOGER, PATH, data)
    for data in damaged(WALL):
        facts(chisel.CATALOGER, PATH, data)
