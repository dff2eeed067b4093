"""The rpm cataloger: three database formats, the log of SQLite, the list of distroless images."""

import json
import lzma
import random
import sqlite3
import struct
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from lading.formats.rpm import bdb, ndb
from lading.inventory.catalogers import rpm
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.rpm import manifest
from lading.model.diagnostic import Diagnostic
from lading.model.errors import LimitError
from lading.model.reader import WantedFile
from lading.safeio.content import spool
from tests.inventory.catalogers import rpm_databases as build
from tests.inventory.catalogers.parsing import SHARED, damaged, facts, tree, unread
from tests.inventory.catalogers.rpm_cases import by_lading, by_rpm, random_header, text

HOME = "var/lib/rpm"
CURL = build.package(
    "curl",
    "8.1",
    "3.el9",
    epoch=[2],
    vendor="Red Hat, Inc.",
    license=b"MIT",
    arch="x86_64",
    source_rpm="curl-full-8.1-3.el9.src.rpm",
    modularity_label="",
    dir_names=["/usr/bin/", "/usr/share/doc/curl/", "/"],
    base_names=["curl", "curl", "README", "old", "link", ".hidden"],
    dir_indexes=[0, 1, 1, 1, 0, 2],
    file_modes=[0o100755, 0o040755, 0o100644, 0o100644, 0o120777, 0o100600],
    file_states=[0, 0, 2, 1, 0, 0],
)
BARE = build.package("bare", "1.0", "1", epoch=[0])
KEY = build.package("gpg-pubkey", "fd431d51", "4ae0493b")
FOUND = (
    FoundPackage(
        type="rpm", name="bare", version="1.0-1", source="bare", source_version="1.0-1", properties={"epoch": "0"}
    ),
    FoundPackage(
        type="rpm",
        name="curl",
        version="2:8.1-3.el9",
        arch="x86_64",
        source="curl-full",
        source_version="8.1-3.el9",
        maintainer="Red Hat, Inc.",
        licenses=("MIT",),
        files=("usr/bin/curl", ".hidden"),
        properties={"sourcerpm": "curl-full-8.1-3.el9.src.rpm", "modularity": "", "epoch": "2"},
    ),
)
HEADERS = (CURL, KEY, BARE)
DATABASES = {
    "sqlite": build.sqlite(HEADERS),
    "ndb": build.ndb(HEADERS),
    "bdb": build.bdb(HEADERS),
    "bdb, big-endian": build.bdb(HEADERS, order=">"),
    "bdb, large pages": build.bdb(HEADERS, size=4096),
}


def read(data: bytes, name: str = "Packages") -> CatalogerResult:
    return facts(rpm.CATALOGER, f"{HOME}/{name}", data)


def incomplete(code: str, message: str, name: str = "Packages") -> tuple[Diagnostic, ...]:
    return (Diagnostic("incomplete", code, message, f"{HOME}/{name}"),)


@pytest.mark.parametrize("database", DATABASES.values(), ids=list(DATABASES))
def test_every_format_gives_the_same_packages(database: bytes) -> None:
    found = read(database)
    assert found.packages == FOUND
    assert found.diagnostics == ()


@pytest.mark.parametrize("database", DATABASES.values(), ids=list(DATABASES))
def test_large_databases_lie_on_disk(database: bytes) -> None:
    content = spool(iter((database[:100], database[100:])))
    spooled = rpm.CATALOGER.parse(WantedFile(path=f"{HOME}/Packages", mode=0o644, content=content))
    assert spooled == read(database)


def test_a_database_may_lie_in_any_home_under_any_of_its_names() -> None:
    for home in ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"):
        for name in ("Packages", "Packages.db", "rpmdb.sqlite"):
            assert facts(rpm.CATALOGER, f"{home}/{name}", DATABASES["ndb"]).packages == FOUND
    assert read(b"") == CatalogerResult()


@pytest.mark.parametrize("empty", [build.sqlite(()), build.ndb(()), build.bdb(())], ids=["sqlite", "ndb", "bdb"])
def test_no_packages_are_no_damage(empty: bytes) -> None:
    assert (read(empty).packages, read(empty).diagnostics) == ((), ())


def test_header_without_what_is_optional() -> None:
    nosrc = build.package("a", "1", "2", source_rpm="b-c-3-4.nosrc.rpm")
    other = build.package("z", "1", "2", source_rpm="strange", modularity_label="nodejs:16:820:abc")
    found = read(build.ndb((nosrc, other))).packages
    assert [(one.name, one.source, one.source_version, one.properties) for one in found] == [
        ("a", "b-c", "3-4", {"sourcerpm": "b-c-3-4.nosrc.rpm"}),
        ("z", "z", "1-2", {"sourcerpm": "strange", "modularity": "nodejs:16:820:abc"}),
    ]


def test_file_lists_that_do_not_fit_are_left_out() -> None:
    lists: dict[str, build.Value] = {
        "dir_names": ["/usr/"],
        "base_names": ["a", "b"],
        "dir_indexes": [0, 0],
        "file_modes": [0o100644] * 2,
    }
    broken: list[dict[str, build.Value]] = [{"dir_indexes": [0, 1]}, {"file_modes": [0o100644]}, {"dir_indexes": [0]}]
    headers = [build.package(str(index), "1", "1", **{**lists, **one}) for index, one in enumerate([{}, *broken])]
    assert [one.files for one in read(build.ndb(headers)).packages] == [("usr/a", "usr/b"), (), (), ()]


def test_damaged_headers_are_counted() -> None:
    headers = (CURL, build.header({build.VERSION: "1"}), CURL[:50], b"", struct.pack(">II", 0xFFFFFFFF, 8) + CURL, BARE)
    for database in (build.sqlite(headers), build.ndb(headers)):
        found = read(database)
        assert found.packages == FOUND
        assert found.diagnostics == incomplete(
            "broken-package-entry", "damaged entries of the rpm database, which were left out: 4"
        )


def test_headers_of_another_digest_are_left_out() -> None:
    whole = build.digested(CURL)
    for place in (len(whole) // 2, len(CURL) // 2, 200):
        altered = bytearray(whole)
        altered[place] ^= 1
        found = read(build.sqlite((whole, bytes(altered), BARE)))
        assert [one.name for one in found.packages] == ["bare", "curl"]
        assert found.diagnostics == incomplete(
            "broken-package-entry", "damaged entries of the rpm database, which were left out: 1"
        )


def test_a_database_that_ends_within_a_page_is_told() -> None:
    found = read(build.sqlite((CURL, BARE))[:-1])
    assert [one.name for one in found.packages] == ["bare", "curl"]
    assert found.diagnostics == incomplete(
        "broken-package-database",
        "a damaged rpm database, read as far as it goes: it ends in the middle of a page",
    )


def test_what_is_no_database_is_told() -> None:
    message = "a damaged rpm database, read as far as it goes: {}"
    for data, problem in (
        (b"junk" * 100, "none of the formats that rpm writes"),
        (b"RpmP" + b"\1" * 100, "an ndb database of an unknown version"),
        (b"RpmP", "an ndb database that is cut short"),
        (DATABASES["ndb"][:4000], "an ndb database that is cut short"),
        (DATABASES["bdb"][:16], "not a hash table of Berkeley DB"),
        (DATABASES["bdb"][:512], "a Berkeley DB hash table that is cut short"),
        (b"SQLite format 3\0" + b"\1" * 100, "SQLite cannot read it (file is not a database)"),
    ):
        found = read(data)
        assert found.packages == ()
        assert found.diagnostics[0] == incomplete("broken-package-database", message.format(problem))[0]


@pytest.mark.parametrize(("kind", "make"), [(ndb, build.ndb), (bdb, build.bdb)])
def test_a_header_beyond_all_that_there_are_is_not_held(
    kind: ModuleType, make: Callable[[Sequence[bytes]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "MOST_BYTES", 1000)
    assert list(kind.iter_headers(make([b"a" * 900, b"b" * 1001]))) == [b"a" * 900, None]


def test_ndb_slots_cannot_name_one_blob_again_and_again() -> None:
    database = bytearray(build.ndb([CURL]))
    slot = database[32:48]
    database[32:4096] = slot * ((4096 - 32) // 16)
    found = read(bytes(database))
    assert len(found.packages) < 20
    assert found.diagnostics[0].message.endswith("an ndb database that lists more than it holds")
    database[40:44] = b"none"
    database[32:36] = b"none"
    assert read(bytes(database)).diagnostics[0].message.endswith("whose list of packages is damaged")


def test_bdb_pages_may_not_run_in_circles() -> None:
    database = bytearray(build.bdb([CURL]))
    database[2 * 512 + 16 : 2 * 512 + 20] = struct.pack("<I", 2)
    database[2 * 512 + 22 : 2 * 512 + 24] = b"\0\0"
    assert read(bytes(database)).diagnostics == incomplete(
        "broken-package-database",
        "a damaged rpm database, read as far as it goes: a Berkeley DB hash table whose pages run in circles",
    )


def test_bdb_damage_is_counted() -> None:
    long = build.package("long", license="x" * 2000)
    for start, data in ((2 * 512 + 25, b"\1"), (512 + 20, b"\3"), (512 + 26, b"\1\0"), (2 * 512 + 16, b"\xff" * 4)):
        database = bytearray(build.bdb([long]))
        database[start : start + len(data)] = data
        assert read(bytes(database)).diagnostics == incomplete(
            "broken-package-entry", "damaged entries of the rpm database, which were left out: 1"
        )
    for start, data in ((24, b"\1"), (26, b"\1"), (20, b"\3"), (25, b"\7")):
        database = bytearray(build.bdb([CURL]))
        database[start : start + len(data)] = data
        assert [one.code for one in read(bytes(database)).diagnostics] == ["broken-package-database"]


def test_paths_may_not_ask_for_more_than_the_memory() -> None:
    count = 60_000
    bomb = build.package(
        "bomb",
        dir_names=["/" + "d" * 2000 + "/"],
        base_names=["a"] * count,
        dir_indexes=[0] * count,
        file_modes=[0o100644] * count,
    )
    found = read(build.ndb([bomb, BARE]))
    assert [(one.name, one.files) for one in found.packages] == [("bare", ()), ("bomb", ())]
    assert [(one.level, one.code) for one in found.diagnostics] == [("warning", "package-files-left-out")]


def _with_log(directory: Path, *statements: str) -> dict[str, bytes]:
    """A database and its log, as a container that was killed leaves them."""
    path = directory / "rpmdb.sqlite"
    path.write_bytes(build.sqlite((CURL, KEY)))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA cache_size=1")
    try:
        for statement in statements:
            connection.execute(statement, (BARE,) if "?" in statement else ())
        return {f"{HOME}/{one.name}": one.read_bytes() for one in directory.iterdir()}
    finally:
        connection.close()


def test_a_log_is_replayed(tmp_path: Path) -> None:
    files = _with_log(tmp_path, "INSERT INTO Packages (blob) VALUES (?)")
    alone = read(files[f"{HOME}/rpmdb.sqlite"], "rpmdb.sqlite")
    assert [one.name for one in alone.packages] == ["curl"]
    assert tree(rpm.CATALOGER, {**files}) == {
        f"{HOME}/rpmdb.sqlite": CatalogerResult(packages=FOUND),
        f"{HOME}/rpmdb.sqlite-wal": CatalogerResult(),
    }


def test_a_log_takes_packages_away_and_makes_the_database_grow(tmp_path: Path) -> None:
    grow = "INSERT INTO Packages (blob) SELECT ? FROM Packages, Packages AS b, Packages AS c"
    files = _with_log(tmp_path, grow, grow, "DELETE FROM Packages WHERE hnum = 1")
    names = [one.name for one in tree(rpm.CATALOGER, {**files})[f"{HOME}/rpmdb.sqlite"].packages]
    assert names == ["bare"] * 1008
    assert len(files[f"{HOME}/rpmdb.sqlite"]) < 20_000


def test_what_was_not_committed_does_not_count(tmp_path: Path) -> None:
    grow = "INSERT INTO Packages (blob) SELECT ? FROM Packages, Packages AS b, Packages AS c"
    files = _with_log(tmp_path, "INSERT INTO Packages (blob) VALUES (?)", "BEGIN", grow, grow)
    log = files[f"{HOME}/rpmdb.sqlite-wal"]
    assert len(log) > 10_000
    assert tree(rpm.CATALOGER, {**files})[f"{HOME}/rpmdb.sqlite"] == CatalogerResult(packages=FOUND)


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_what_sqlite_takes_for_no_log_and_no_journal(ending: str, content: bytes | None) -> None:
    path = f"{HOME}/rpmdb.sqlite"
    files: dict[str, str | bytes] = {path: build.sqlite(HEADERS)}
    if content is not None:
        files[path + ending] = content
    assert tree(rpm.CATALOGER, files)[path] == CatalogerResult(packages=FOUND)


def test_a_log_with_a_wrong_checksum_does_not_count(tmp_path: Path) -> None:
    files = _with_log(tmp_path, "INSERT INTO Packages (blob) VALUES (?)")
    log = bytearray(files[f"{HOME}/rpmdb.sqlite-wal"])
    log[24] ^= 1
    found = tree(rpm.CATALOGER, {**files, f"{HOME}/rpmdb.sqlite-wal": bytes(log)})[f"{HOME}/rpmdb.sqlite"]
    assert [one.name for one in found.packages] == ["curl"]
    assert found.diagnostics == ()


def test_a_journal_that_is_not_read() -> None:
    path = f"{HOME}/rpmdb.sqlite"
    journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" * 4
    found = tree(rpm.CATALOGER, {path: build.sqlite(HEADERS), f"{path}-journal": journal})[path]
    assert found.packages == ()
    assert found.diagnostics == incomplete(
        "broken-package-database",
        "a damaged rpm database, read as far as it goes: its rollback journal is part of a transaction over several "
        "databases, which is not read",
        "rpmdb.sqlite",
    )


def test_a_database_above_the_limit_for_one_file() -> None:
    for path in (f"{HOME}/rpmdb.sqlite", f"{HOME}/rpmdb.sqlite-wal"):
        with pytest.raises(LimitError, match="above the limit of 1,000 for one file"):
            rpm.CATALOGER.parse(WantedFile(path, 0o644, build.sqlite(HEADERS), 1000))


def test_the_list_of_distroless_images() -> None:
    path = "var/lib/rpmmanifest/container-manifest-2"
    line = "bash\t5.1.8-1.cm2\t16\t15\tMicrosoft Corporation\t(none)\t8163480\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm"
    epoch = "dnf-utils\t4-1\t1\t1\t(none)\t(none)\t5\tnoarch\t3\t(none)"
    zero = "zero\t1-1\t1\t1\t(none)\t0\t5\tnoarch\t0\t(none)"
    key = "gpg-pubkey\t1-1\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)"
    found = facts(rpm.CATALOGER, path, "\n".join([line, line, "", epoch, zero, key, "short\t1-1", "\t" * 9]) + "\n")
    assert found.packages == (
        FoundPackage(
            type="rpm",
            name="bash",
            version="5.1.8-1.cm2",
            arch="x86_64",
            source="bash",
            source_version="5.1.8-1.cm2",
            maintainer="Microsoft Corporation",
            properties={"sourcerpm": "bash-5.1.8-1.cm2.src.rpm"},
        ),
        FoundPackage(
            type="rpm",
            name="dnf-utils",
            version="3:4-1",
            arch="noarch",
            source="dnf-utils",
            source_version="4-1",
            properties={"epoch": "3"},
        ),
        FoundPackage(
            type="rpm",
            name="zero",
            version="1-1",
            arch="noarch",
            source="zero",
            source_version="1-1",
            properties={"epoch": "0"},
        ),
    )
    assert found.diagnostics == (
        Diagnostic(
            "incomplete", "broken-package-entry", "lines of the list of packages that could not be read: 1", path
        ),
    )
    assert facts(rpm.CATALOGER, path, "") == CatalogerResult()


@pytest.mark.parametrize("database", DATABASES.values(), ids=list(DATABASES))
def test_damage_never_raises(database: bytes) -> None:
    for data in damaged(database, 300):
        found = read(data)
        assert {one.level for one in found.diagnostics} <= {"incomplete", "warning"}


def test_damaged_logs_never_raise(tmp_path: Path) -> None:
    files = _with_log(tmp_path, "INSERT INTO Packages (blob) VALUES (?)")
    path = f"{HOME}/rpmdb.sqlite"
    for log in damaged(files[f"{path}-wal"]):
        tree(rpm.CATALOGER, {path: files[path], f"{path}-wal": log})


def _unpacked(case: Path) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {}
    for one in sorted((case / "input").rglob("*")):
        if one.is_file():
            data = one.read_bytes()
            path = str(one.relative_to(case / "input"))
            files[path.removesuffix(".xz")] = lzma.decompress(data) if path.endswith(".xz") else data
    return files


@pytest.mark.parametrize("case", sorted((SHARED / "rpm").glob("*")), ids=lambda case: str(case.name))
def test_fixtures(case: Path) -> None:
    expected = [
        (
            one["name"],
            f"{one['epoch']}:" * bool(one["epoch"]) + f"{one['version']}-{one['release']}",
            None if one["epoch"] is None else str(one["epoch"]),
            one["arch"],
            one["sourcerpm"],
            one["vendor"] or "",
            one["license"] or "",
            one["modularitylabel"],
        )
        for one in json.loads((case / "expected.json").read_text())
        if one["name"] != "gpg-pubkey"
    ]
    combined = tree(rpm.CATALOGER, _unpacked(case))
    found = [
        (
            one.name,
            one.version,
            one.properties.get("epoch"),
            one.arch,
            one.properties.get("sourcerpm"),
            one.maintainer,
            "".join(one.licenses),
            one.properties.get("modularity"),
        )
        for facts_ in combined.values()
        for one in facts_.packages
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert [facts_.diagnostics for facts_ in combined.values()] == [()]


SPEC = """
Name: {name}
Version: 1.2
Release: 3
Epoch: 4
Summary: A sample
License: MIT
Vendor: Sample Makers
BuildArch: noarch
%description
A sample.
%install
mkdir -p %{{buildroot}}/opt/{name}/empty
echo one > %{{buildroot}}/opt/{name}/one
ln -s one %{{buildroot}}/opt/{name}/link
%files
/opt/{name}
"""


@pytest.mark.debian("rpm")
def test_a_database_of_the_real_program(tmp_path: Path) -> None:
    for name in ("sample", "other"):
        spec = tmp_path / f"{name}.spec"
        spec.write_text(SPEC.format(name=name))
        subprocess.run(["rpmbuild", "-bb", "-D", f"_topdir {tmp_path}", spec], check=True, capture_output=True)
    root = tmp_path / "root"
    root.mkdir()
    install: list[str | Path] = ["rpm", "--root", root, "--dbpath", f"/{HOME}", "--justdb", "--nodeps", "-i"]
    subprocess.run([*install, *tmp_path.glob("RPMS/noarch/*.rpm")], check=True, capture_output=True)
    files: dict[str, str | bytes] = {f"{HOME}/{one.name}": one.read_bytes() for one in (root / HOME).iterdir()}
    found = tree(rpm.CATALOGER, {**files})[f"{HOME}/rpmdb.sqlite"]
    assert found == CatalogerResult(
        packages=tuple(
            FoundPackage(
                type="rpm",
                name=name,
                version="4:1.2-3",
                arch="noarch",
                source=name,
                source_version="1.2-3",
                maintainer="Sample Makers",
                licenses=("MIT",),
                files=(f"opt/{name}/one",),
                properties={"sourcerpm": f"{name}-1.2-3.src.rpm", "epoch": "4"},
            )
            for name in ("other", "sample")
        )
    )


@pytest.mark.debian("rpm")
def test_odd_headers_are_read_as_rpm_reads_them(tmp_path: Path) -> None:
    dice = random.Random(9)
    headers = [random_header(dice) for _ in range(300)]
    theirs, ours = by_rpm(headers, tmp_path / "db"), [by_lading(header) for header in headers]
    other = [(their, our) for their, our in zip(theirs, ours, strict=True) if None not in (their, our) and their != our]
    assert other == []
    assert sum(None not in both for both in zip(theirs, ours, strict=True)) > 50


def test_a_header_with_a_tag_that_comes_twice_is_told() -> None:
    twice = build.packed_header([text(1000, "a"), text(1001, "1"), text(1001, "2"), text(1002, "1")])
    added = build.packed_header([text(1000, "a"), text(1001, "1"), text(1002, "1")], [text(1001, "2")])
    found = read(build.ndb([twice, added]))
    assert [one.version for one in found.packages] == ["2-1"]
    message = "damaged entries of the rpm database, which were left out: 1"
    assert found.diagnostics == incomplete("broken-package-entry", message)


def test_a_large_database_is_read_fast() -> None:
    count = 120
    headers = [
        build.package(
            f"p{index}",
            dir_names=[f"/usr/share/{number}/" for number in range(20)],
            base_names=[f"file-{number}" for number in range(count)],
            dir_indexes=[number % 20 for number in range(count)],
            file_modes=[0o100644] * count,
            file_states=[0] * count,
        )
        for index in range(500)
    ]
    database = build.sqlite(headers)
    start = time.process_time()
    found = rpm.CATALOGER.parse(WantedFile(path=f"{HOME}/rpmdb.sqlite", mode=0o644, content=database))
    assert time.process_time() - start < 5  # about 0.1 s on an idle machine
    assert len(found.packages) == 500
    assert len(found.packages[0].files) == count


def test_versions_and_lists_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    long = read(build.ndb([CURL, build.package("a", "1." * 600)]))
    assert [one.name for one in long.packages] == ["curl"]
    message = "damaged entries of the rpm database, which were left out: 1"
    assert long.diagnostics == incomplete("broken-package-entry", message)
    monkeypatch.setattr(manifest, "_MOST_LINES", 1)
    path = "var/lib/rpmmanifest/container-manifest-2"
    assert facts(rpm.CATALOGER, path, "a\nb\n") == CatalogerResult(
        diagnostics=(unread(path, "rpm", "more lines than are read", "broken-package-database"),)
    )
