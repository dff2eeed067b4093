"""Packages of rpm and apk whose database was erased."""

import gzip
import sqlite3
from pathlib import Path

import pytest

from lading.inventory.recovery import is_erased
from lading.model.diagnostic import Diagnostic
from tests.inventory.test_recovery import inventory_of
from tests.tars import Entry, File, make_tar

FEDORA = File("etc/os-release", b'ID=fedora\nVERSION_ID="40"\nPRETTY_NAME="Fedora Linux 40"\n')
ALPINE = File("etc/os-release", b'ID=alpine\nVERSION_ID="3.19.1"\nPRETTY_NAME="Alpine Linux v3.19"\n')
LOG = """2024-05-01T12:00:00+0000 INFO --- logging initialized ---
2024-05-01T12:00:01+0000 SUBDEBUG Installed: bash-5.2.15-1.fc40.x86_64
2024-05-01T12:00:02+0000 SUBDEBUG Installed: vim-minimal-2:9.1.016-1.fc40.x86_64
2024-05-01T12:00:03+0000 SUBDEBUG Installed: gone-1.0-1.fc40.noarch
2024-05-02T12:00:00+0000 SUBDEBUG Upgrade: bash-5.2.26-3.fc40.x86_64
2024-05-02T12:00:01+0000 SUBDEBUG Upgraded: bash-5.2.15-1.fc40.x86_64
2024-05-02T12:00:02+0000 SUBDEBUG Erase: gone-1.0-1.fc40.noarch
"""
OLDER = "2024-04-01T12:00:00+0000 SUBDEBUG Installed: bash-5.2.1-1.fc40.x86_64\n"


def listed(*entries: Entry) -> list[tuple[str, str, str]]:
    inventory, _ = inventory_of(entries)
    return [(one.name, one.version, one.properties["recovered_from"]) for one in inventory.packages]


def said(*entries: Entry) -> str:
    _, diagnostics = inventory_of(entries)
    assert is_erased(inventory_of([entries[0]])[0])
    (one,) = (one for one in diagnostics if one.code.startswith("package-database"))
    assert one == Diagnostic("incomplete", one.code, one.message, "etc/os-release")
    return one.message


def history(tmp_path: Path) -> bytes:
    """As DNF writes it: an item for each package, and what was done to it, in order."""
    with sqlite3.connect(tmp_path / "history.sqlite") as database:
        database.executescript(
            """CREATE TABLE rpm(item_id INTEGER PRIMARY KEY, name TEXT, epoch INTEGER, version TEXT, release TEXT,
                                arch TEXT);
            CREATE TABLE trans_item(id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER,
                                    action INTEGER, reason INTEGER, state INTEGER);
            INSERT INTO rpm VALUES (1, 'bash', 0, '5.2.15', '1.fc40', 'x86_64'), (2, 'bash', 0, '5.2.26', '3.fc40',
                'x86_64'), (3, 'vim-minimal', 2, '9.1.016', '1.fc40', 'x86_64'),
                (4, 'gone', 0, '1.0', '1.fc40', 'noarch');
            INSERT INTO trans_item VALUES (1, 1, 1, 1, 1, 1, 1), (2, 1, 3, 1, 1, 1, 1), (3, 1, 4, 1, 1, 1, 1),
                (4, 2, 2, 1, 6, 1, 1), (5, 2, 1, 1, 7, 1, 1), (6, 3, 4, 1, 8, 1, 1), (7, 4, 3, 1, 11, 1, 1);"""
        )
    database.close()
    return (tmp_path / "history.sqlite").read_bytes()


def test_dnfs_history(tmp_path: Path) -> None:
    file = File("var/lib/dnf/history.sqlite", history(tmp_path))
    assert listed(FEDORA, file, File("var/log/dnf.rpm.log.1", OLDER.encode())) == [
        ("bash", "5.2.26-3.fc40", "history"),
        ("vim-minimal", "2:9.1.016-1.fc40", "history"),
    ]
    assert said(FEDORA, file) == (
        "Fedora Linux 40 without a package database: 2 of its packages were recovered from the history of the package "
        "manager"
    )
    assert listed(FEDORA, File("var/lib/dnf/history.sqlite", history(tmp_path / "..")[:5000])) == []


def test_the_state_of_the_newer_dnf() -> None:
    state = b"""version = "1.0"
[nevras]
"bash-5.2.26-3.fc40.x86_64" = {from_repo_id="fedora"}
"vim-minimal-2:9.1-1.fc40.x86_64" = {}
"""
    assert listed(FEDORA, File("usr/lib/sysimage/libdnf5/nevras.toml", state)) == [
        ("bash", "5.2.26-3.fc40", "history"),
        ("vim-minimal", "2:9.1-1.fc40", "history"),
    ]


@pytest.mark.parametrize("older", ["dnf.rpm.log.1", "dnf.rpm.log.2.gz"])
def test_logs_of_dnf(older: str) -> None:
    data = gzip.compress(OLDER.encode(), mtime=0) if older.endswith(".gz") else OLDER.encode()
    assert listed(FEDORA, File("var/log/dnf.rpm.log", LOG.encode()), File(f"var/log/{older}", data)) == [
        ("bash", "5.2.26-3.fc40", "log"),
        ("vim-minimal", "2:9.1.016-1.fc40", "log"),
    ]


def test_logs_of_yum() -> None:
    log = """May 01 12:00:00 Installed: bash-4.2.46-34.el7.x86_64
May 01 12:00:01 Installed: 2:vim-minimal-7.4.629-8.el7.x86_64
May 02 12:00:00 Updated: bash-4.2.46-35.el7_9.x86_64
May 02 12:00:01 Erased: gone
"""
    centos = File("etc/os-release", b'ID=centos\nVERSION_ID="7"\n')
    assert listed(centos, File("var/log/yum.log", log.encode())) == [
        ("bash", "4.2.46-35.el7_9", "log"),
        ("vim-minimal", "2:7.4.629-8.el7", "log"),
    ]


def test_the_history_of_zypper() -> None:
    log = """# 2024-05-01 12:00:00 bash-4.4-1.x86_64.rpm installed ok
2024-05-01 12:00:00|install|bash|4.4-150400.25.22|x86_64||repo|abc|
2024-05-01 12:00:01|install|vim|2:9.0-1.1|x86_64|root@host|repo|abc|
2024-05-01 12:00:02|install|gone|1.0-1|noarch||repo|abc|
2024-05-02 12:00:00|remove |gone|1.0-1|noarch|root@host|
"""
    sles = File("etc/os-release", b'ID="sles"\nVERSION_ID="15.5"\n')
    assert listed(sles, File("var/log/zypp/history", log.encode())) == [
        ("bash", "4.4-150400.25.22", "log"),
        ("vim", "2:9.0-1.1", "log"),
    ]


def test_what_is_left_of_apk() -> None:
    names = (
        "busybox-1.36.1-r15.Q1sSNCl4MTQ0d1V/0NTAhIjjNs6Jo=.post-install",
        "busybox-1.36.1-r15.Q1sSNCl4MTQ0d1V/0NTAhIjjNs6Jo=.trigger",
        "alpine-baselayout-3.4.3-r2.Q17OteNVXn9ATzsnbmPnqmCQVkC7g=.pre-install",
        "not a package",
    )
    scripts = make_tar([File(name, b"#!/bin/sh\n") for name in names])
    entries = [
        ALPINE,
        File("lib/apk/db/scripts.tar", scripts),
        File("etc/apk/world", b"busybox\ncurl=8.5.0-r0\nlibx>1.0\nlocal@edge\n!gone\n.build=2024.1\n"),
    ]
    assert listed(*entries) == [
        ("alpine-baselayout", "3.4.3-r2", "scripts"),
        ("busybox", "1.36.1-r15", "scripts"),
        ("curl", "8.5.0-r0", "list"),
    ]
    assert said(*entries) == (
        "Alpine Linux v3.19 without a package database: 3 of its packages were recovered from the scripts of packages, "
        "the list of what was asked for; of 2 more the name is left, and no version "
        "(libx, local)"
    )
    whole = listed(ALPINE, File("lib/apk/db/scripts.tar", scripts[:700]))
    assert [name for name, _, _ in whole] == ["busybox"]


def test_what_another_package_manager_left_is_none_of_the_distributions() -> None:
    log = File("var/log/dnf.rpm.log", LOG.encode())
    assert listed(ALPINE, log) == []
    debian = File("etc/os-release", b"ID=debian\n")
    assert listed(debian, log, File("etc/apk/world", b"curl=8.5.0-r0\n")) == []


def test_long_lines_cost_little() -> None:
    for hostile in (b"a-" * 2000, b"Installed: " * 300, b"a-" * 2_000_000):
        line = b"SUBDEBUG Installed: " + hostile + b"\n"
        assert listed(FEDORA, File("var/log/dnf.rpm.log", line)) == []
