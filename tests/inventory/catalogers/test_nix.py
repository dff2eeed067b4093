"""Nix: exact packages and exact diagnostics."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.catalogers import nix
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.layer import read_layer
from lading.inventory.router import Router
from lading.inventory.squash import squash
from lading.safeio.limits import Limits
from lading.safeio.tar import StreamInput
from tests.inventory.catalogers.parsing import damaged, facts, tree
from tests.tars import BytesStream, File, make_tar

DATABASE = "nix/var/nix/db/db.sqlite"
A, B = "0123456789abcdfghijklmnpqrsvwxyz", "z" * 32


def database(*entries: str) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, hash TEXT)")
        paths = [(f"/nix/store/{one}",) for one in entries]
        connection.executemany("INSERT INTO ValidPaths (path, hash) VALUES (?, 'x')", paths)
        connection.commit()
        return connection.serialize()


def test_packages_with_their_outputs() -> None:
    data = database(f"{A}-openssl-3.0.13", f"{B}-openssl-3.0.13-bin", f"{A}-source", f"{A}-bash-5.2.drv", "junk")
    assert tree(nix.CATALOGERS[0], {DATABASE: data})[DATABASE] == CatalogerResult(
        packages=(
            FoundPackage(
                type="nix",
                name="openssl",
                version="3.0.13",
                source="openssl",
                source_version="3.0.13",
                files=(f"nix/store/{A}-openssl-3.0.13/", f"nix/store/{B}-openssl-3.0.13-bin/"),
            ),
        )
    )


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("python3.11-requests-2.31.0", ("python3.11-requests", "2.31.0")),
        ("glibc-2.38-44", ("glibc", "2.38-44")),
        ("bash-interactive-5.2p26-man", ("bash-interactive", "5.2p26")),
        ("linux-headers-6.5", ("linux-headers", "6.5")),
        ("foo-1.0.tar.gz", None),
        ("fix-cve-2023-1.patch", None),
        ("stdenv-linux", None),
        ("1.0-2", ("1.0", "2")),
    ],
)
def test_names_and_versions(entry: str, found: tuple[str, str] | None) -> None:
    packages = nix.packages_of([f"{A}-{entry}"])
    assert [(one.name, one.version) for one in packages] == ([found] if found else [])


def test_what_cannot_be_read_is_told() -> None:
    (diagnostic,) = facts(nix.CATALOGERS[0], DATABASE, b"junk").diagnostics
    assert (diagnostic.level, diagnostic.code) == ("incomplete", "broken-package-database")
    assert facts(nix.CATALOGERS[0], f"{DATABASE}-wal", b"") == CatalogerResult()


def test_a_log_of_changes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    path.write_bytes(database(f"{A}-openssl-3.0.13"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "PRAGMA journal_mode=WAL",
            f"UPDATE ValidPaths SET path = '/nix/store/{A}-openssl-3.0.14'",
        ):
            connection.execute(statement)
        files = {DATABASE: path.read_bytes(), f"{DATABASE}-wal": Path(f"{path}-wal").read_bytes()}
    found = tree(nix.CATALOGERS[0], {**files})
    assert [one.version for one in found[DATABASE].packages] == ["3.0.14"]
    assert found[f"{DATABASE}-wal"] == CatalogerResult()
    assert [one.version for one in tree(nix.CATALOGERS[0], {DATABASE: files[DATABASE]})[DATABASE].packages] == [
        "3.0.13"
    ]


def test_damage_never_raises() -> None:
    for data in damaged(database(f"{A}-openssl-3.0.13"), 50):
        facts(nix.CATALOGERS[0], DATABASE, data)


def test_names_in_the_store_are_enough() -> None:
    tar = make_tar(
        [
            File("nix/store/0c4j6dflqqxy9fvzhr2hnjpyh4cpzf9w-bash-5.2p26/bin/bash", b""),
            File("nix/store/0c4j6dflqqxy9fvzhr2hnjpyh4cpzf9w-bash-5.2p26/share/x", b""),
            File("nix/store/1c4j6dflqqxy9fvzhr2hnjpyh4cpzf9w-etc/passwd", b""),
        ]
    )
    router = Router(nix.CATALOGERS)
    layer = read_layer(StreamInput(BytesStream(tar), "layer 1"), router, Limits(), "layer 1", lambda: None)
    inventory, diagnostics = assemble(squash({1: layer}, router), nix.CATALOGERS)
    assert [(one.type, one.name, one.version, one.files) for one in inventory.packages] == [
        ("nix", "bash", "5.2p26", ("nix/store/0c4j6dflqqxy9fvzhr2hnjpyh4cpzf9w-bash-5.2p26/",))
    ]
    assert diagnostics == ()
