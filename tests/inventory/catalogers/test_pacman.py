"""pacman: exact packages and exact diagnostics."""

import pytest

from lading.inventory.catalogers import pacman
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import (
    damaged,
    expected_keys,
    facts,
    fixture,
    keys,
    left_out,
    packages,
    tree,
    unread,
)

LOCAL = "var/lib/pacman/local/gcc-libs-1:14.1-2"
DESC = (
    "%NAME%\ngcc-libs\n\n%VERSION%\n1:14.1-2\n\n%BASE%\ngcc\n\n%ARCH%\nx86_64\n\n%PACKAGER%\nA B <a@b.c>\n\n"
    "%LICENSE%\nGPL-3.0-or-later\nLGPL\n\n%DEPENDS%\nglibc>=2\n\n"
)
FILES = "%FILES%\nusr/\nusr/lib/\nusr/lib/libgcc_s.so\n\n%BACKUP%\netc/conf\tabc\n"


def test_package_with_the_files_beside_it() -> None:
    found = tree(pacman.CATALOGER, {f"{LOCAL}/desc": DESC, f"{LOCAL}/files": FILES, f"{LOCAL}/mtree": b"\x1f\x8b"})
    assert packages(found) == [
        FoundPackage(
            type="alpm",
            name="gcc-libs",
            version="1:14.1-2",
            arch="x86_64",
            source="gcc",
            source_version="1:14.1-2",
            maintainer="A B <a@b.c>",
            licenses=("GPL-3.0-or-later", "LGPL"),
            files=("usr/lib/libgcc_s.so",),
            requires=("glibc",),
            relationship="direct",
        )
    ]


def test_other_places_and_missing_fields() -> None:
    found = facts(pacman.CATALOGER, "usr/lib/sysimage/lib/pacman/local/a-1-1/desc", "%NAME%\r\na\r\n%VERSION%\n1-1")
    package = FoundPackage("alpm", "a", "1-1", source="a", source_version="1-1", relationship="direct")
    assert found == CatalogerResult(packages=(package,))


def test_broken_entries_are_told() -> None:
    assert facts(pacman.CATALOGER, f"{LOCAL}/desc", "%NAME%\na\n").diagnostics == (
        left_out(f"{LOCAL}/desc", "package a has no version"),
    )
    assert facts(pacman.CATALOGER, f"{LOCAL}/desc", b"\xff\0").diagnostics == (
        left_out(f"{LOCAL}/desc", "an entry names no package"),
    )


def test_damage_never_raises() -> None:
    for data in damaged((DESC + FILES).encode()):
        facts(pacman.CATALOGER, f"{LOCAL}/desc", data)
        facts(pacman.CATALOGER, f"{LOCAL}/files", data)


def test_fixture() -> None:
    found, expected = fixture("alpm", "syft-installed", pacman.CATALOGER)
    assert keys(found) == expected_keys(expected)
    by_name = {one.name: one for one in found}
    for one in expected:
        package = by_name[one["name"]]
        assert package.arch == one.get("arch", "")
        assert package.source == one.get("base", one["name"])
        assert list(package.licenses) == one.get("licenses", [])
    assert by_name["fuzzy"].files == ("etc/fuzzy.conf",)
    assert by_name["gmp"].files[:2] == ("usr/include/gmp.h", "usr/include/gmpxx.h")


def test_files_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacman, "_MOST_LINES", 2)
    path = f"{LOCAL}/desc"
    assert facts(pacman.CATALOGER, path, "%NAME%\na\n\n") == CatalogerResult(
        diagnostics=(unread(path, "pacman", "more lines than are read"),)
    )
