"""Conan: exact packages and exact diagnostics."""

import sqlite3
from contextlib import closing
from pathlib import Path

from lading.inventory.catalogers import conan
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts, tree, unread

INFO = """[settings]
    arch=x86_64

[requires]
    zlib/1.Y.Z

[full_requires]
    bzip2/1.0.6@lasote/stable:c6c01ee5
    zlib/1.2.13#abc:2dec3996

[full_options]
    bzip2:fPIC=True
"""
CACHE = "root/.conan2/p/cache.sqlite3"


def cache(*references: str) -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE packages (reference TEXT NOT NULL, rrev TEXT, pkgid TEXT)")
        database.executemany("INSERT INTO packages VALUES (?, 'r', 'p')", [(one,) for one in references])
        database.commit()
        return database.serialize()


def test_cache_of_conan_1() -> None:
    place = "root/.conan/data/openssl/1.1.1q/_/_/package/5ab8"
    assert facts(conan.CATALOGER, f"{place}/conaninfo.txt", INFO).packages == (
        FoundPackage("conan", "openssl", "1.1.1q", files=(f"{place}/",)),
        FoundPackage("conan", "bzip2", "1.0.6", evidence="static"),
        FoundPackage("conan", "zlib", "1.2.13", evidence="static"),
    )
    assert len(facts(conan.CATALOGER, "app/conaninfo.txt", INFO).packages) == 2


def test_information_that_is_too_long() -> None:
    path = "app/conaninfo.txt"
    found = facts(conan.CATALOGER, path, INFO + "\n" * 1_000_000)
    assert len(found.packages) == 2
    assert found.diagnostics == (unread(path, "Conan", "more than 1,000,000 bytes"),)


def test_cache_of_conan_2() -> None:
    data = cache("zlib/1.3", "fmt/10.2@me/dev", "zlib/1.3", "junk")
    assert tree(conan.CATALOGER, {CACHE: data})[CACHE] == CatalogerResult(
        packages=(FoundPackage("conan", "fmt", "10.2"), FoundPackage("conan", "zlib", "1.3"))
    )


def test_a_log_beside_the_cache_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    path.write_bytes(cache("zlib/1.3"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE packages SET reference = 'zlib/1.2'")
        files = {CACHE: path.read_bytes(), f"{CACHE}-wal": Path(f"{path}-wal").read_bytes()}
    found = tree(conan.CATALOGER, {**files})
    assert found[CACHE].packages == (FoundPackage("conan", "zlib", "1.2"),)
    assert found[f"{CACHE}-wal"] == CatalogerResult()


def test_broken_cache_is_told() -> None:
    (diagnostic,) = facts(conan.CATALOGER, CACHE, b"junk").diagnostics
    assert (diagnostic.level, diagnostic.code, diagnostic.where) == ("incomplete", "broken-package-database", CACHE)


def test_damage_never_raises() -> None:
    for data in damaged(INFO.encode()):
        facts(conan.CATALOGER, "conaninfo.txt", data)
    for data in damaged(cache("zlib/1.3"), 50):
        facts(conan.CATALOGER, CACHE, data)
