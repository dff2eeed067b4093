"""Package managers nobody publishes advisories for: exact packages, and what cannot be read."""

import json
import plistlib
import sqlite3

import pytest

from lading.inventory.catalogers import managers
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.router import Router
from tests.inventory.catalogers.parsing import facts, left_out, unread
from tests.inventory.test_assemble import inventory_of
from tests.tars import File

SLACKWARE = "PACKAGE NAME:     openssl-1.1.1m-x86_64-1\nFILE LIST:\n./\nusr/\nusr/bin/openssl\n"
SPACK = {"spec": {"nodes": [{"name": "openssl", "version": "1.1.1m"}, {"name": "zlib", "version": "1.2.13"}]}}
PLIST = {"openssl": {"pkgver": "openssl-1.1.1m_1"}, "r-x": {"pkgver": "r-x-1.0_2"}}
CONTENTS = "@comment x\n@name openssl-1.1.1m\n@cwd /usr/pkg\n+INSTALL\nbin/openssl\n"
NUSPEC = "<package><metadata><id>git</id><version>2.30.0</version></metadata></package>"
FLATPAK = "var/lib/flatpak/app/org.gnome.Maps/x86_64/stable/abc"
SHARDS = "---\nversion: 1.0\nshards:\n  kemal:\n    git: https://x\n    version: 1.0.0\n"
CYGWIN = "INSTALLED.DB 3\nopenssl openssl-1.1.1m-1.tar.xz 1\n"


def _of(name: str) -> Cataloger:
    return next(one for one in managers.CATALOGERS if one.name == name)


RECORDS: list[tuple[str, str | bytes, list[FoundPackage]]] = [
    (
        "var/lib/pkgtools/packages/openssl-1.1.1m-x86_64-1",
        SLACKWARE,
        [FoundPackage("slackware", "openssl", "1.1.1m-1", arch="x86_64", files=("usr/bin/openssl",))],
    ),
    ("var/log/packages/notes-1-2-3", "something else", []),
    (
        "var/db/xbps/pkgdb-0.38.plist",
        plistlib.dumps(PLIST),
        [FoundPackage("xbps", "openssl", "1.1.1m_1"), FoundPackage("xbps", "r-x", "1.0_2")],
    ),
    (
        "var/lib/pkg/db",
        "openssl\n1.1.1m-1\nusr/bin/\nusr/bin/openssl\n\nzlib\n1.2-1\n",
        [
            FoundPackage("crux", "openssl", "1.1.1m-1", files=("usr/bin/openssl",)),
            FoundPackage("crux", "zlib", "1.2-1"),
        ],
    ),
    ("var/db/kiss/installed/openssl/version", "1.1.1m 2\n", [FoundPackage("kiss", "openssl", "1.1.1m-2")]),
    (
        "usr/pkg/pkgdb/openssl-1.1.1m/+CONTENTS",
        CONTENTS,
        [FoundPackage("pkgsrc", "openssl", "1.1.1m", files=("usr/pkg/bin/openssl",))],
    ),
    (
        "var/db/paludis/repositories/installed/data/dev-libs---openssl/1.1.1m:0::1/contents",
        "type=dir path=/usr\ntype=file path=/usr/bin/openssl md5=1\n",
        [FoundPackage("exherbo", "dev-libs/openssl", "1.1.1m", files=("usr/bin/openssl",))],
    ),
    ("var/lib/eopkg/package/openssl-1.1.1m-25/metadata.xml", "", [FoundPackage("eopkg", "openssl", "1.1.1m-25")]),
    (
        f"{FLATPAK}/metadata",
        "[Application]\n",
        [FoundPackage("flatpak", "org.gnome.Maps", "stable", arch="x86_64", files=(f"{FLATPAK}/",))],
    ),
    (
        "opt/spack/x/openssl-1.1.1m-abc/.spack/spec.json",
        json.dumps(SPACK),
        [FoundPackage("spack", "openssl", "1.1.1m", files=("opt/spack/x/openssl-1.1.1m-abc/",))],
    ),
    (
        "opt/software/OpenSSL/1.1/easybuild/OpenSSL-1.1.eb",
        "",
        [FoundPackage("easybuild", "OpenSSL", "1.1", files=("opt/software/OpenSSL/1.1/",))],
    ),
    (
        "ProgramData/chocolatey/lib/git/git.nuspec",
        NUSPEC,
        [FoundPackage("chocolatey", "git", "2.30.0", files=("ProgramData/chocolatey/lib/git/",))],
    ),
    (
        "Users/x/scoop/apps/git/2.30.0/manifest.json",
        "{}",
        [FoundPackage("scoop", "git", "2.30.0", files=("Users/x/scoop/apps/git/2.30.0/",))],
    ),
    ("Users/x/scoop/apps/git/current/manifest.json", "{}", []),
    ("cygwin64/etc/setup/installed.db", CYGWIN, [FoundPackage("cygwin", "openssl", "1.1.1m-1")]),
    (
        "root/.nimble/pkgs2/jester-0.5.0-0123456789abcdef0123456789abcdef01234567/nimblemeta.json",
        "{}",
        [
            FoundPackage(
                "nimble",
                "jester",
                "0.5.0",
                files=("root/.nimble/pkgs2/jester-0.5.0-0123456789abcdef0123456789abcdef01234567/",),
            )
        ],
    ),
    ("app/lib/.shards.info", SHARDS, [FoundPackage("crystal", "kemal", "1.0.0")]),
    (f"usr/share/perl6/site/dist/{'A1' * 20}", '{"name": "Cro", "ver": "1"}', [FoundPackage("raku", "Cro", "1")]),
]
"""A record of each manager, by the path that it lies at, and the packages that it states."""


@pytest.mark.parametrize(("path", "data", "packages"), RECORDS)
def test_what_a_record_says(path: str, data: str | bytes, packages: list[FoundPackage]) -> None:
    (cataloger,) = (one for one in managers.CATALOGERS if _wants(one, path))
    assert facts(cataloger, path, data) == CatalogerResult(packages=tuple(packages))


def _wants(cataloger: Cataloger, path: str) -> bool:
    return bool(Router([cataloger]).routes(path))


def freebsd() -> bytes:
    """A database of FreeBSD's pkg."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE packages (id INTEGER PRIMARY KEY, name TEXT, version TEXT)")
    connection.execute("INSERT INTO packages VALUES (1, 'openssl', '1.1.1m,1')")
    connection.commit()
    try:
        return connection.serialize()
    finally:
        connection.close()


def test_the_database_of_freebsd() -> None:
    result = facts(_of("freebsd"), "var/db/pkg/local.sqlite", freebsd())
    assert result == CatalogerResult(packages=(FoundPackage("freebsd", "openssl", "1.1.1m,1"),))
    broken = facts(_of("freebsd"), "var/db/pkg/local.sqlite", b"SQLite format 3\0")
    assert (broken.packages, [one.code for one in broken.diagnostics]) == ((), ["broken-package-database"])


def test_what_cannot_be_listed_is_said() -> None:
    path = "var/lib/pkg/db"
    assert facts(_of("crux"), path, "openssl\n\nzlib\n1\n") == CatalogerResult(
        packages=(FoundPackage("crux", "zlib", "1"),),
        diagnostics=(left_out(path, "package openssl has no version"),),
    )
    path = "x/.spack/spec.json"
    result = facts(_of("spack"), path, "[")
    assert [one.code for one in result.diagnostics] == [unread(path, "spack", "").code]


@pytest.mark.parametrize(("id", "codes"), [("slackware", []), ("debian", ["package-database-missing"])])
def test_a_system_of_such_packages_lacks_no_database(id: str, codes: list[str]) -> None:
    inventory, diagnostics = inventory_of(
        [
            File("etc/os-release", f"ID={id}\n".encode()),
            File("var/lib/pkgtools/packages/openssl-1.1.1m-x86_64-1", SLACKWARE.encode()),
        ]
    )
    assert [(one.type, one.name, one.purl) for one in inventory.packages] == [
        ("slackware", "openssl", "pkg:slackware/openssl@1.1.1m-1?arch=x86_64")
    ]
    assert [one.code for one in diagnostics] == codes
