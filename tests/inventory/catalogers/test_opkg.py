"""opkg: exact packages and exact diagnostics."""

from lading.inventory.catalogers import opkg
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

STATUS = (
    "Package: zlib\nVersion: 1.3.1-1\nDepends: libc\nStatus: install hold installed\nArchitecture: x86_64\n"
    "Installed-Time: 1\n\n"
    "Package: gone\nVersion: 1\nStatus: deinstall user not-installed\nArchitecture: all\n\n"
    "Package: loose\nVersion: 2\nStatus: install user unpacked\nSource: other (3)\n"
)


def test_installed_packages_with_what_their_control_files_add() -> None:
    control = (
        "Package: zlib\nVersion: 1.3.1-1\nSource: package/libs/zlib-ng\nLicense: Zlib\nMaintainer: A B <a@b.c>\n"
        "Architecture: x86_64\nDescription: a library\n Package: no\n"
    )
    found = tree(
        opkg.CATALOGER,
        {"usr/lib/opkg/status": STATUS, "usr/lib/opkg/info/zlib.control": control},
    )
    assert packages(found) == [
        FoundPackage(
            type="deb",
            name="zlib",
            version="1.3.1-1",
            arch="x86_64",
            source="zlib-ng",
            source_version="1.3.1-1",
            maintainer="A B <a@b.c>",
            licenses=("Zlib",),
            requires=("libc",),
        ),
        FoundPackage(type="deb", name="loose", version="2", source="other", source_version="3"),
    ]


def test_control_files_count_alone_without_a_status_file() -> None:
    control = "Package: a\nVersion: 1\nSource: git://host/a_1.0.bb\n"
    assert packages(tree(opkg.CATALOGER, {"var/lib/opkg/info/a.control": control})) == [
        FoundPackage(type="deb", name="a", version="1", source="a", source_version="1")
    ]


def test_owned_files() -> None:
    text = "/usr\n/usr/bin\n/usr/bin/tool\t0100755\n/usr/bin/link\t0120777\ttool\n"
    assert facts(opkg.CATALOGER, "opt/lib/opkg/info/tool.list", text) == CatalogerResult(
        owner="tool", owned=("usr/bin/tool", "usr/bin/link")
    )


def test_what_was_left_out_is_told() -> None:
    path = "var/lib/opkg/status"
    assert facts(opkg.CATALOGER, path, "Package: a\n\nVersion: 1\n").diagnostics == (
        left_out(path, "package a has no version"),
        left_out(path, "an entry names no package"),
    )
    assert facts(opkg.CATALOGER, path, "\0junk").diagnostics == (
        unread(path, "opkg", "not a database of opkg", "broken-package-database"),
    )
    assert facts(opkg.CATALOGER, path, "") == CatalogerResult()


def test_a_status_that_opkg_does_not_know_hides_no_package() -> None:
    failed = "Package: a\nVersion: 1\nStatus: install user post-inst-failed\n\n"
    strange = "Package: b\nVersion: 2\nStatus: install user installed now\n"
    found = facts(opkg.CATALOGER, "usr/lib/opkg/status", failed + strange)
    assert [(one.name, one.version) for one in found.packages] == [("a", "1"), ("b", "2")]
    assert found.diagnostics == (unread("usr/lib/opkg/status", "opkg", "b has a status that opkg does not know"),)


def test_damage_never_raises() -> None:
    for data in damaged(STATUS.encode()):
        facts(opkg.CATALOGER, "usr/lib/opkg/status", data)
        facts(opkg.CATALOGER, "usr/lib/opkg/info/a.list", data)


def test_fixture() -> None:
    found, expected = fixture("opkg", "syft-status", opkg.CATALOGER)
    assert keys(found) == expected_keys(expected)
    assert {one.name: (one.arch, one.source) for one in found} == {
        one["name"]: (one["arch"], one["source"]) for one in expected
    }
