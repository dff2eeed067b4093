"""Each cataloger: exact packages and exact diagnostics."""

import json
import os
from pathlib import Path

import pytest

from lading.inventory.catalogers import apk, dpkg, release
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out, unread

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


def facts(cataloger: Cataloger, path: str, text: str) -> CatalogerResult:
    return cataloger.parse(WantedFile(path=path, mode=0o644, content=text.encode()))


def test_dpkg_lists_what_has_files_on_disk() -> None:
    paragraphs = [
        f"Package: {status}\nStatus: {want} ok {status}\nVersion: 1-1\nArchitecture: amd64\n"
        for want, status in [
            ("install", "installed"),
            ("install", "unpacked"),
            ("install", "half-configured"),
            ("install", "triggers-pending"),
            ("hold", "triggers-awaited"),
            ("install", "half-installed"),
            ("deinstall", "config-files"),
            ("purge", "not-installed"),
        ]
    ]
    found = facts(dpkg.CATALOGER, "var/lib/dpkg/status", "\n".join(paragraphs))
    assert [package.name for package in found.packages] == [
        "installed",
        "unpacked",
        "half-configured",
        "triggers-pending",
        "triggers-awaited",
        "half-installed",
    ]
    assert found.diagnostics == ()


def test_dpkg_source_carries_its_own_version() -> None:
    text = (
        "Package: libc6\nStatus: install ok installed\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\n"
        "Architecture: amd64\nMaintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n"
        "Description: C library\n Package: not-a-package\n .\n more\n"
    )
    assert facts(dpkg.CATALOGER, "var/lib/dpkg/status", text).packages == (
        FoundPackage(
            type="deb",
            name="libc6",
            version="2.36-9+b1",
            arch="amd64",
            source="glibc",
            source_version="2.36-9",
            maintainer="GNU Libc Maintainers <debian-glibc@lists.debian.org>",
        ),
    )
    plain = facts(dpkg.CATALOGER, "var/lib/dpkg/status", "package: a\nVersion: 2\nSource: b\n").packages
    assert [(one.name, one.source, one.source_version) for one in plain] == [("a", "b", "2")]


def test_dpkg_status_d_of_distroless_needs_no_status() -> None:
    found = facts(dpkg.CATALOGER, "var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\nArchitecture: amd64")
    assert [(one.name, one.version) for one in found.packages] == [("base-files", "12")]


def test_dpkg_tells_what_it_left_out() -> None:
    found = facts(dpkg.CATALOGER, "s", "Package: a\nStatus: install ok installed\n\nVersion: 1\n")
    assert found.packages == ()
    assert found.diagnostics == (
        left_out("s", "package a has no version"),
        left_out("s", "an entry names no package"),
    )
    assert facts(dpkg.CATALOGER, "s", "\0\1\2 junk").diagnostics == (
        unread("s", "dpkg", "not a database of dpkg", "broken-package-database"),
    )


def test_dpkg_owned_files() -> None:
    listed = "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share\n/etc\n/etc/tool.conf\n"
    assert facts(dpkg.CATALOGER, "var/lib/dpkg/info/tool:amd64.list", listed) == CatalogerResult(
        owner="tool:amd64", owned=("usr/bin/tool", "usr/share", "etc/tool.conf")
    )
    sums = "d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n"
    assert facts(dpkg.CATALOGER, "var/lib/dpkg/info/tool.md5sums", sums) == CatalogerResult(
        owner="tool", owned=("usr/bin/a b",)
    )
    conffiles = facts(dpkg.CATALOGER, "var/lib/dpkg/info/tool.conffiles", "/etc/a\n/etc/b remove-on-upgrade\n")
    assert conffiles == CatalogerResult(owner="tool", owned=("etc/a", "etc/b"))


def test_apk_packages_origins_and_files() -> None:
    text = (
        "C:Q1abc=\nP:libcrypto3\nV:3.1.4-r0\nA:x86_64\no:openssl\nL:Apache-2.0\nm:Someone <a@b.c>\n"
        "F:\nF:lib\nR:libcrypto.so.3\na:0:0:755\nZ:Q1x=\nF:etc/ssl\nR:openssl.cnf\n\n"
        "P:alone\nV:1-r0\n"
    )
    assert facts(apk.CATALOGER, "lib/apk/db/installed", text).packages == (
        FoundPackage(
            type="apk",
            name="libcrypto3",
            version="3.1.4-r0",
            arch="x86_64",
            source="openssl",
            source_version="3.1.4-r0",
            maintainer="Someone <a@b.c>",
            licenses=("Apache-2.0",),
            files=("lib/libcrypto.so.3", "etc/ssl/openssl.cnf"),
        ),
        FoundPackage(type="apk", name="alone", version="1-r0", source="alone", source_version="1-r0"),
    )


def test_apk_tells_what_it_left_out() -> None:
    assert facts(apk.CATALOGER, "db", "P:a\n\nP:b\nV:1\n").diagnostics == (left_out("db", "package a has no version"),)
    assert facts(apk.CATALOGER, "db", "garbage").diagnostics == (
        unread("db", "apk", "not a database of apk", "broken-package-database"),
    )
    assert facts(apk.CATALOGER, "db", "") == CatalogerResult()


def test_release_keeps_text() -> None:
    assert facts(release.CATALOGER, "etc/os-release", "ID=a\n").text == "ID=a\n"


@pytest.mark.parametrize("kind", ["dpkg", "apk"])
def test_the_shared_fixtures_are_exact(kind: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    cataloger = {"dpkg": dpkg.CATALOGER, "apk": apk.CATALOGER}[kind]
    for case in sorted((SHARED / kind).iterdir()):
        found: list[FoundPackage] = []
        for folder, _, names in os.walk(case / "input"):
            for path in (Path(folder, name) for name in names):
                where = str(path.relative_to(case / "input"))
                if cataloger.files[0] in where or path.parent.name == "status.d":
                    found += cataloger.parse(WantedFile(path=where, mode=0, content=path.read_bytes())).packages
        expected = json.loads((case / "expected.json").read_text())
        assert sorted((one.name, one.version, one.arch, one.source, one.source_version) for one in found) == sorted(
            (
                one["name"],
                one["version"],
                one.get("arch", ""),
                one.get("source") or one["name"],
                one.get("source_version") or one["version"],
            )
            for one in expected
        ), case.name
