"""Operating-system packages whose database was erased."""

import gzip
from collections.abc import Sequence

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.catalogers.registry import CATALOGERS
from lading.inventory.recovery import is_erased
from lading.inventory.remains import CATALOGERS as REMAINS
from lading.inventory.router import Router
from lading.inventory.squash import squash
from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory
from tests.inventory.catalogers.test_binary import note
from tests.inventory.executables.build import Part, elf
from tests.inventory.unpacking import unpacked
from tests.tars import Entry, File, Symlink, make_tar

DEBIAN = File("etc/os-release", b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n')
DOC = "usr/share/doc"


def entry(source: str, version: str, more: str = "") -> bytes:
    return f"{source} ({version}) bookworm; urgency=medium{more}\n\n  * Change.\n\n -- A B <a@b.c>  Mon\n".encode()


def changelog(package: str, source: str, version: str, name: str = "changelog.Debian.gz", more: str = "") -> File:
    text = entry(source, version, more)
    return File(f"{DOC}/{package}/{name}", gzip.compress(text, mtime=0) if name.endswith(".gz") else text)


def inventory_of(*layers: Sequence[Entry]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    readers = (*CATALOGERS, *REMAINS)
    _, facts = unpacked([make_tar(entries) for entries in layers], readers=readers)
    return assemble(squash(facts, Router(readers)), readers)


def program(name: str, version: str) -> bytes:
    """A library with a note on its package, as Debian's systemd has it."""
    return elf([Part(".note.package", note(f'{{"type": "deb", "name": "{name}", "version": "{version}"}}'), 0x3000)])


def listed(inventory: Inventory) -> list[tuple[str, str, str, str, str]]:
    return [
        (one.name, one.version, one.source, one.source_version, one.properties["recovered_from"])
        for one in inventory.packages
        if one.type == "deb"
    ]


def erased(what: str) -> Diagnostic:
    message = f"Debian 12 without a package database: {what}"
    return Diagnostic("incomplete", "package-database-erased", message, "etc/os-release")


def test_changelogs_tell_name_and_version() -> None:
    inventory, diagnostics = inventory_of(
        [
            DEBIAN,
            changelog("libssl3", "openssl", "3.0.11-1~deb12u2"),
            changelog("libssl3", "openssl", "3.0.11", "changelog.gz", " upstream; no Debian changelog"),
            changelog("base-files", "base-files", "12.4+deb12u5", "changelog.gz"),
            changelog("login", "shadow", "1:4.13+dfsg1-1", "changelog.Debian"),
            File(f"{DOC}/libssl3/copyright", b"text"),
            File(f"{DOC}/curl/copyright", b"text"),
        ]
    )
    assert listed(inventory) == [
        ("base-files", "12.4+deb12u5", "base-files", "12.4+deb12u5", "changelog"),
        ("libssl3", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2", "changelog"),
        ("login", "1:4.13+dfsg1-1", "shadow", "1:4.13+dfsg1-1", "changelog"),
    ]
    assert diagnostics == (
        erased("3 of its packages were recovered from changelogs; of 1 more the name is left, and no version (curl)"),
    )
    assert inventory.packages[1].purl == ("pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=debian-12&upstream=openssl")
    assert inventory.packages[1].locations[0].path == f"{DOC}/libssl3/changelog.Debian.gz"


@pytest.mark.parametrize("kind", ["changelog.Debian", "changelog"])
def test_builds_without_a_change_of_the_source(kind: str) -> None:
    inventory, _ = inventory_of(
        [
            DEBIAN,
            changelog("libacl1", "acl", "2.3.1-3", f"{kind}.gz"),
            changelog("libacl1", "acl", "2.3.1-3+b1", f"{kind}.amd64.gz", "; binary-only=yes"),
            changelog("libacl1", "acl", "1.0-1", f"{kind}.old.gz"),
        ]
    )
    assert listed(inventory) == [("libacl1", "2.3.1-3+b1", "acl", "2.3.1-3", "changelog")]
    assert inventory.packages[0].arch == "amd64"


def test_packages_that_share_their_documents() -> None:
    """By a link to a directory, as Debian has it, to a link, or to the changelog, as Ubuntu has it."""
    inventory, _ = inventory_of(
        [
            DEBIAN,
            changelog("gcc-12-base", "gcc-12", "12.2.0-14"),
            Symlink(f"{DOC}/libgcc-s1", "gcc-12-base"),
            Symlink(f"{DOC}/libstdc++6", "libgcc-s1"),
            Symlink(f"{DOC}/libc-bin/changelog.Debian.gz", "../libc6/changelog.Debian.gz"),
            changelog("libc6", "glibc", "2.36-9"),
            Symlink(f"{DOC}/lost", "nowhere"),
        ]
    )
    assert listed(inventory) == [
        ("gcc-12-base", "12.2.0-14", "gcc-12", "12.2.0-14", "changelog"),
        ("libc-bin", "2.36-9", "glibc", "2.36-9", "changelog"),
        ("libc6", "2.36-9", "glibc", "2.36-9", "changelog"),
        ("libgcc-s1", "12.2.0-14", "gcc-12", "12.2.0-14", "changelog"),
        ("libstdc++6", "12.2.0-14", "gcc-12", "12.2.0-14", "changelog"),
    ]


def test_logs_and_old_copies_tell_of_what_has_no_changelog() -> None:
    log = """2024-05-01 12:00:00 install curl:amd64 <none> 7.88.1-10
2024-05-01 12:00:01 status installed curl:amd64 7.88.1-10
2024-05-01 12:00:01 status installed gone:amd64 1.0-1
2024-05-01 12:00:02 status not-installed gone:amd64 <none>
2024-05-01 12:00:02 status installed both:all 1.0-1
2024-05-01 12:00:02 status half-configured broken:all 1.0-1
"""
    history = """Start-Date: 2024-05-01  12:00:00
Install: nginx:amd64 (1.22.1-9+b1), libx:amd64 (2.0-1, automatic)
Upgrade: libx:amd64 (2.0-1, 2.0-2)
Purge: old:amd64 (1.0)
"""
    status = "Package: tzdata\nStatus: install ok installed\nVersion: 2024a-0\nArchitecture: all\nSource: tz (2024a)\n"
    inventory, diagnostics = inventory_of(
        [
            DEBIAN,
            File("var/log/dpkg.log", log.encode()),
            File("var/log/apt/history.log.1.gz", gzip.compress(history.encode(), mtime=0)),
            File("var/backups/dpkg.status.1.gz", gzip.compress(status.encode(), mtime=0)),
            File("var/log/syslog", b"status installed x:amd64 1"),
            changelog("both", "both-source", "1.1-1"),
        ]
    )
    assert listed(inventory) == [
        ("both", "1.1-1", "both-source", "1.1-1", "changelog"),
        ("curl", "7.88.1-10", "curl", "7.88.1-10", "log"),
        ("libx", "2.0-2", "libx", "2.0-2", "log"),
        ("nginx", "1.22.1-9+b1", "nginx", "1.22.1-9", "log"),
        ("tzdata", "2024a-0", "tz", "2024a", "old database"),
    ]
    by = "changelogs, logs of the package manager, an old copy of the database"
    assert diagnostics == (erased(f"5 of its packages were recovered from {by}"),)


def test_what_dpkg_knew_of_files_is_kept() -> None:
    inventory, diagnostics = inventory_of(
        [
            DEBIAN,
            changelog("curl", "curl", "7.88.1-10"),
            File("var/lib/dpkg/info/curl.list", b"/.\n/usr\n/usr/bin\n/usr/bin/curl\n"),
            File("var/lib/dpkg/info/libx:amd64.list", b"/.\n/usr\n/usr/lib\n/usr/lib/libx.so\n"),
        ]
    )
    assert inventory.packages[0].files == ("usr/bin/curl",)
    assert diagnostics == (
        erased("1 of its packages were recovered from changelogs; of 1 more the name is left, and no version (libx)"),
    )


def test_nothing_is_recovered_where_there_is_a_database() -> None:
    status = File("var/lib/dpkg/status", b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n")
    inventory, diagnostics = inventory_of([DEBIAN, status, changelog("b", "b", "1.0")])
    assert ([one.name for one in inventory.packages], diagnostics) == (["a"], ())
    assert not is_erased(inventory)
    inventory, _ = inventory_of([DEBIAN, status, changelog("b", "b", "1.0")], [File("var/lib/dpkg/.wh.status")])
    assert [one.name for one in inventory.packages] == ["a"]


def test_what_programs_say_of_their_package_is_no_database() -> None:
    systemd = File("usr/lib/libsystemd.so.0", program("systemd", "252.39-1~deb12u2"))
    other = File("usr/lib/libfoo.so.0", program("foo", "1.0-1"))
    assert is_erased(inventory_of([DEBIAN, systemd])[0])
    inventory, diagnostics = inventory_of(
        [DEBIAN, systemd, other, changelog("libsystemd0", "systemd", "252.39-1~deb12u2")]
    )
    assert [(one.name, one.source, one.evidence) for one in inventory.packages] == [
        ("foo", "foo", "binary"),
        ("libsystemd0", "systemd", "installed"),
    ]
    assert diagnostics == (erased("1 of its packages were recovered from changelogs"),)


def test_programs_tell_the_build_where_no_changelog_does() -> None:
    """As in slim images, which keep copyright files alone."""
    names = (
        "bash",
        "libpam-modules",
        "base-files",
        "libc-bin",
        "libc6",
        "libsystemd0",
        "perl-base",
        "perl-modules-5.36",
        "openssh-client",
    )
    inventory, diagnostics = inventory_of(
        [
            DEBIAN,
            *(File(f"{DOC}/{name}/copyright", b"text") for name in names),
            File("etc/debian_version", b"12.5\n"),
            File("usr/lib/x86_64-linux-gnu/libc.so.6", b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u4) stable\0"),
            File("usr/bin/perl", b"\0List packaged patches for 5.36.0-7+deb12u1 in patchlevel.h\0"),
            File("usr/bin/ssh", b"\0OpenSSH_9.2p1 Debian-2+deb12u2\0"),
            File("usr/bin/dpkg-deb", b"\0001.21.22 (amd64)\0"),
            File("usr/bin/curl", b"\0007.88.1-10+deb12u5\0007.88.1-11\0"),
            File("usr/lib/libsystemd.so.0.35.0", program("systemd", "252.22-1~deb12u1")),
        ]
    )
    assert listed(inventory) == [
        ("base-files", "12.4+deb12u5", "base-files", "12.4+deb12u5", "program"),
        ("dpkg", "1.21.22", "dpkg", "1.21.22", "program"),
        ("libc-bin", "2.36-9+deb12u4", "glibc", "2.36-9+deb12u4", "program"),
        ("libc6", "2.36-9+deb12u4", "glibc", "2.36-9+deb12u4", "program"),
        ("libsystemd0", "252.22-1~deb12u1", "systemd", "252.22-1~deb12u1", "program"),
        ("openssh-client", "1:9.2p1-2+deb12u2", "openssh", "1:9.2p1-2+deb12u2", "program"),
        ("perl-base", "5.36.0-7+deb12u1", "perl", "5.36.0-7+deb12u1", "program"),
        ("perl-modules-5.36", "5.36.0-7+deb12u1", "perl", "5.36.0-7+deb12u1", "program"),
    ]
    assert diagnostics == (
        erased(
            "8 of its packages were recovered from what programs say of their build; of 2 more the name is left, and "
            "no version (bash, libpam-modules)"
        ),
    )
    purls = {one.name: one.purl for one in inventory.packages}
    assert purls["libc-bin"] == "pkg:deb/debian/libc-bin@2.36-9%2Bdeb12u4?distro=debian-12&upstream=glibc"


def test_names_without_a_version_are_told() -> None:
    inventory, diagnostics = inventory_of([DEBIAN, File(f"{DOC}/bash/copyright", b"text")])
    assert inventory.packages == ()
    assert [one.message for one in diagnostics] == [
        "Debian 12 without a package database: the operating-system packages it was made of cannot be listed; of 1 the "
        "name is left, and no version (bash)"
    ]


def test_other_distributions_have_no_changelogs_of_debian() -> None:
    fedora = File("etc/os-release", b'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora 40"\n')
    inventory, diagnostics = inventory_of([fedora, changelog("a", "a", "1.0")])
    assert inventory.packages == ()
    assert is_erased(inventory)
    assert [one.code for one in diagnostics] == ["package-database-missing"]
    arch = File("etc/os-release", b"ID=arch\n")
    inventory, diagnostics = inventory_of([arch, changelog("a", "a", "1.0")])
    assert (inventory.packages, is_erased(inventory)) == ((), False)
    assert [one.code for one in diagnostics] == ["package-database-missing"]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08", b"a (1.0) x; urgency=low", b"\0" * 1000, b"a (" * 100_000])
def test_damaged_documents_tell_names_alone(content: bytes) -> None:
    inventory, diagnostics = inventory_of([DEBIAN, File(f"{DOC}/curl/changelog.Debian.gz", content)])
    found = [(one.name, one.version) for one in inventory.packages]
    assert found == ([("curl", "1.0")] if content.startswith(b"a (1.0)") else [])
    assert len(diagnostics) == 1
    files = [File(f"var/log/{name}", content) for name in ("dpkg.log", "apt/history.log.2.gz")]
    assert inventory_of([DEBIAN, *files])[0].packages == ()
