"""Files that are as their packages ship them, by what each kind of package database states."""

import hashlib
from base64 import b64encode

import pytest

from lading.engine import checking
from lading.inventory.shipped import is_of_distribution
from lading.model.package import Package
from tests.engine.test_checking import CONFIG, EVERYTHING, seen
from tests.engine.test_inventory import image
from tests.inventory.catalogers import rpm_databases
from tests.inventory.catalogers.test_rpm_signature import old, subpacket, version_4
from tests.inventory.test_assemble import DEBIAN, status
from tests.tars import Entry, File, Symlink

TEXT = b"needle\n"
MD5 = hashlib.md5(TEXT, usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(TEXT, usedforsecurity=False).digest()
ALPINE = File("etc/os-release", b'ID=alpine\nVERSION_ID=3.20.1\nPRETTY_NAME="Alpine"\n')
CONF = f"R:a.conf\nZ:Q1{b64encode(SHA1).decode()}\n"
APK = f"P:a\nV:1-r0\nA:x86_64\nm:Jo <jo@alpinelinux.org>\nF:etc\n{CONF}F:srv\n{CONF}\n"
ROCKY = File("etc/os-release", b'ID=rocky\nVERSION_ID="9.4"\nPRETTY_NAME="Rocky"\n')
RPM = rpm_databases.package(
    "a",
    rsa_header=old(version_4(b"", subpacket(16, bytes.fromhex("199e2f91fd431d51")))),
    dir_names=["/etc/", "/srv/"],
    base_names=["a.conf", "a.conf"],
    dir_indexes=[0, 1],
    file_modes=[0o100644, 0o100644],
    file_digests=[hashlib.sha256(TEXT).hexdigest()] * 2,
)
DPKG: list[Entry] = [
    DEBIAN,
    File(
        "var/lib/dpkg/status",
        b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
        b"Maintainer: Jo <jo@lists.debian.org>\nConffiles:\n"
        b" /etc/a.conf %s\n /etc/old %s obsolete\nDescription: x\n" % (MD5.encode(), MD5.encode()),
    ),
    File("var/lib/dpkg/info/a.list", b"/.\n/etc\n/etc/a.conf\n/srv\n/srv/a.conf\n/lib\n/lib/a.conf\n"),
    File("var/lib/dpkg/info/a.md5sums", f"{MD5}  srv/a.conf\n{MD5}  lib/a.conf\n".encode()),
]
DATABASES: dict[str, list[Entry]] = {
    "apk": [ALPINE, File("lib/apk/db/installed", APK.encode())],
    "dpkg": DPKG,
    **{
        f"rpm, {name}": [ROCKY, File("var/lib/rpm/Packages", write([RPM]))]
        for name, write in (("sqlite", rpm_databases.sqlite), ("ndb", rpm_databases.ndb), ("bdb", rpm_databases.bdb))
    },
}


def shipped(*layers: list[Entry]) -> dict[str, bool]:
    """Of each file of an owner whether it is as that ships it."""
    files = seen(image(*layers), CONFIG)["haystack"]
    return {one.path: one.shipped for one in files if one.owner}


@pytest.fixture(autouse=True)
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "checkers_for", lambda families: (EVERYTHING,))


@pytest.mark.parametrize("database", DATABASES.values(), ids=list(DATABASES))
def test_a_file_is_shipped_as_long_as_nobody_changed_it(database: list[Entry]) -> None:
    assert shipped([*database, File("etc/a.conf", TEXT)]) == {"etc/a.conf": True}
    assert shipped([*database, File("etc/a.conf", TEXT + b"\n")]) == {"etc/a.conf": False}
    assert shipped([*database, File("etc/a.conf", TEXT)], [File("etc/a.conf", b"my needle\n")]) == {"etc/a.conf": False}


@pytest.mark.parametrize("database", DATABASES.values(), ids=list(DATABASES))
def test_where_packages_install_nothing_nothing_is_shipped(database: list[Entry]) -> None:
    assert shipped([*database, File("srv/a.conf", TEXT)]) == {"srv/a.conf": False}


def test_directories_may_be_links_today() -> None:
    entries: list[Entry] = [*DPKG, Symlink("lib", "usr/lib"), File("usr/lib/a.conf", TEXT)]
    assert shipped(entries) == {"usr/lib/a.conf": True}


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (Package("a", "1", "deb", maintainer="Jo <jo@debian.org>"), True),
        (Package("a", "1", "deb", maintainer="Jo <jo@lists.alioth.debian.org>"), True),
        (Package("a", "1", "deb", maintainer="Jo <pkg-jo@alioth-lists.debian.net>"), True),
        (Package("a", "1", "deb", maintainer="Jo <jo@notdebian.org>"), False),
        (Package("a", "1", "deb", maintainer="jo@debian.org.evil.example"), False),
        (Package("a", "1", "deb"), False),
        (Package("a", "1", "rpm", maintainer="Red Hat, Inc."), False),
        (Package("a", "1", "rpm", properties={"signing_key": "199e2f91fd431d51"}), True),
        (Package("a", "1", "rpm", properties={"signing_key": "0000000000000000"}), False),
    ],
)
def test_what_a_distribution_made_has_more_than_lists(package: Package, expected: bool) -> None:
    assert is_of_distribution(package) is expected


def test_what_somebody_packed_for_an_own_system_is_not_shipped() -> None:
    database = File("var/lib/dpkg/status", DPKG[1].content.replace(b"debian.org", b"shop.example"))  # type: ignore[union-attr]
    assert shipped([DEBIAN, database, *DPKG[2:], File("etc/a.conf", TEXT)]) == {"etc/a.conf": False}


def test_what_is_larger_than_was_read_is_not_known_to_be_shipped() -> None:
    long = TEXT + bytes(100)
    digest = hashlib.md5(long, usedforsecurity=False).hexdigest()
    entries: list[Entry] = [
        DEBIAN,
        status("a=1"),
        File("var/lib/dpkg/info/a.md5sums", f"{digest}  etc/a\n".encode()),
        File("etc/a", long),
    ]
    assert shipped(entries) == {"etc/a": False}
