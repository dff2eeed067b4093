"""The dpkg cataloger beside dpkg itself: odd databases, the journal, bounds."""

import random
import shutil
from pathlib import Path

import pytest

from lading.inventory.catalogers import dpkg
from lading.inventory.catalogers.cataloger import CatalogerResult
from tests.inventory.catalogers.dpkg_cases import WHOLE, by_dpkg, by_lading, random_status
from tests.inventory.catalogers.parsing import facts, left_out, packages, tree, unread

STATUS, JOURNAL = "var/lib/dpkg/status", "var/lib/dpkg/updates"


def entry(name: str, version: str, status: str = "install ok installed", more: str = "") -> str:
    fields = f"Package: {name}\nStatus: {status}\nArchitecture: amd64\nMaintainer: me\n"
    return f"{fields}Version: {version}\n{more}Description: x\n more\n\n"


def versions(found: CatalogerResult) -> list[tuple[str, str]]:
    return sorted((one.name, one.version) for one in found.packages)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (entry("a", "1").replace("Version:", "VERSION :"), [("a", "1")]),
        (entry("a", "1", "Install OK Installed"), [("a", "1")]),
        (entry("a", "1", "deinstall ok config-files"), []),
        (entry("a", "1", "install\tok\n installed"), [("a", "1")]),
        (entry("a", "1").replace("\n", "\r\n"), [("a", "1")]),
        (entry("a", "1")[:-1] + "\x1a\n" + entry("b", "2"), [("a", "1"), ("b", "2")]),
        (entry("a", "1", more="Foo: x\n\rVersion: 2\n"), [("a", "1")]),
        (entry("a", "1", more="Source: b (2)\n"), [("a", "1")]),
        (entry("OpenSSL", "1"), [("openssl", "1")]),
    ],
)
def test_what_dpkg_reads(text: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    read = facts(dpkg.CATALOGER, STATUS, text)
    assert versions(read) == found
    assert read.diagnostics == ()
    assert shown({"status": text}, tmp_path / "admin") in (found, None)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("s (2)", ("s", "2")),
        ("s ( 2 ) x", ("s", "2")),
        ("s x (1:2-3", ("s", "1:2-3")),
        ("s", ("s", "1")),
        ("", ("a", "1")),
    ],
)
def test_sources_are_those_that_dpkg_shows(stated: str, expected: tuple[str, str], tmp_path: Path) -> None:
    text = entry("a", "1", more=f"Source: {stated}\n")
    (one,) = facts(dpkg.CATALOGER, STATUS, text).packages
    assert (one.source, one.source_version) == expected
    assert shown({"status": text}, tmp_path / "admin", "${source:Package}\x1f${source:Version}") in ([expected], None)


def test_a_folded_architecture_is_its_first_word() -> None:
    folded = entry("a", "1").replace("Architecture: amd64", "Architecture: amd64\n more")
    assert [one.arch for one in facts(dpkg.CATALOGER, STATUS, folded).packages] == ["amd64"]


@pytest.mark.parametrize("status", ["install ok installed too", "install ok", "", "install ok present"])
def test_a_status_that_dpkg_does_not_know_hides_no_package(status: str, tmp_path: Path) -> None:
    text = entry("a", "1", status)
    read = facts(dpkg.CATALOGER, STATUS, text)
    assert versions(read) == [("a", "1")]
    assert read.diagnostics == (unread(STATUS, "dpkg", "a has a status that dpkg does not know"),)
    assert shown({"status": text}, tmp_path / "admin") is None


def test_what_dpkg_refuses_is_told() -> None:
    twice = facts(dpkg.CATALOGER, STATUS, entry("a", "1", more="Package: b\nversion: 2\n") + entry("c", "3"))
    assert versions(twice) == [("a", "1"), ("c", "3")]
    assert twice.diagnostics == (unread(STATUS, "dpkg", "the field Version comes twice"),)
    obsolete = facts(dpkg.CATALOGER, STATUS, entry("a", "1", more="Package_Revision: 7\n"))
    assert obsolete.diagnostics == (unread(STATUS, "dpkg", "an obsolete field that is a part of the version"),)
    long = facts(dpkg.CATALOGER, STATUS, entry("a", "1." * 600))
    assert long.packages == ()
    assert long.diagnostics == (left_out(STATUS, "package a has a version of 1,200 characters"),)
    large = facts(dpkg.CATALOGER, STATUS, entry("a", "1", more=" a\n" * 400_000) + entry("b", "2"))
    assert versions(large) == [("b", "2")]
    assert large.diagnostics == (unread(STATUS, "dpkg", "an entry of more than 1,000,000 bytes"),)
    cut = facts(dpkg.CATALOGER, STATUS, entry("a", "1")[:-2])
    assert versions(cut) == [("a", "1")]
    assert cut.diagnostics == (unread(STATUS, "dpkg", "it ends in the middle of a line"),)
    zeros = facts(dpkg.CATALOGER, STATUS, entry("a\0b", "1.\0\x32"))
    assert versions(zeros) == [("a", "1.")]
    assert zeros.diagnostics == (unread(STATUS, "dpkg", "bytes of zero in it"),)
    glued = facts(dpkg.CATALOGER, STATUS, "Package: a\x08Status: install ok installed\nVersion: 1\n\n")
    assert glued.packages == ()
    assert glued.diagnostics == (left_out(STATUS, "an entry names a package as none can be called"),)


def test_lists_of_files_without_an_entry_are_told() -> None:
    info, entries = "var/lib/dpkg/info", "var/lib/dpkg/status.d"
    lists = {f"{info}/a.list": "/.\n", f"{info}/b:amd64.list": "/.\n", f"{info}/c.list": "/.\n"}
    told = "no entry says what version the installed files are of: "
    found = tree(dpkg.CATALOGER, {STATUS: entry("a", "1") + entry("c", "1", "deinstall ok config-files"), **lists})
    assert found[STATUS].diagnostics == (unread(STATUS, "dpkg", f"{told}b"),)
    rest = {f"{info}/c.list": "/.\n/etc/c\n", f"{info}/c.md5sums": "0  usr/lib/c\n"}
    found = tree(dpkg.CATALOGER, {STATUS: entry("a", "1") + entry("c", "1", "deinstall ok config-files"), **rest})
    assert found[STATUS].diagnostics == (unread(STATUS, "dpkg", f"{told}c"),)
    many = {f"{info}/p{number}.list": "/.\n" for number in range(7)}
    found = tree(dpkg.CATALOGER, {STATUS: entry("a", "1"), **many})
    assert found[STATUS].diagnostics == (unread(STATUS, "dpkg", f"{told}p0, p1, p2, p3, p4 …"),)
    journal = tree(dpkg.CATALOGER, {STATUS: entry("a", "1"), f"{JOURNAL}/0000": entry("b", "1"), **lists})
    assert journal[STATUS].diagnostics == (unread(STATUS, "dpkg", f"{told}c"),)
    files = {f"{entries}/x": entry("libx", "1"), f"{entries}/x.md5sums": "0  x\n", f"{entries}/y.md5sums": "0  y\n"}
    found = tree(dpkg.CATALOGER, files)
    assert {path: one.diagnostics for path, one in found.items() if one.diagnostics} == {
        f"{entries}/y.md5sums": (unread(f"{entries}/y.md5sums", "dpkg", f"{told}y"),)
    }
    assert tree(dpkg.CATALOGER, lists)[f"{info}/a.list"].diagnostics == ()


@pytest.mark.parametrize("text", ["", " \n", "\0", "# nothing\n"])
def test_files_of_status_d_that_state_nothing_are_told(text: str) -> None:
    path = "var/lib/dpkg/status.d/x"
    assert [one.level for one in facts(dpkg.CATALOGER, path, text).diagnostics][:1] == ["incomplete"]


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpkg, "_MOST_PACKAGES", 2)
    found = facts(dpkg.CATALOGER, STATUS, "".join(entry(f"p{number}", "1") for number in range(5)))
    assert len(found.packages) == 3
    assert found.diagnostics == (unread(STATUS, "dpkg", "more than 2 packages"),)
    monkeypatch.setattr(dpkg, "_MOST_LINES", 2)
    path = "var/lib/dpkg/info/a.list"
    told = unread(path, "dpkg", "more lines than are read", "unread-list")
    assert facts(dpkg.CATALOGER, path, "/a\n/b\n/c\n") == CatalogerResult(diagnostics=(told,))


def test_the_journal_stands_in_place_of_what_it_changes(tmp_path: Path) -> None:
    files = {
        "status": entry("a", "1") + entry("b", "1") + entry("c", "1") + entry("d", "1"),
        "updates/0000": entry("b", "2") + entry("e", "1"),
        "updates/0001": entry("b", "3"),
        "updates/0002": entry("c", "1", "deinstall ok config-files") + "Package: d\nArchitecture: amd64\n",
        "updates/tmp.i": entry("a", "9"),
    }
    expected = [("a", "1"), ("b", "3"), ("e", "1")]
    found = tree(dpkg.CATALOGER, {f"var/lib/dpkg/{name}": text for name, text in files.items()})
    assert versions(found[STATUS]) == expected
    assert [found[f"{JOURNAL}/{name}"] for name in ("0000", "0001", "0002", "tmp.i")] == [CatalogerResult()] * 4
    assert shown(files, tmp_path / "admin") in (expected, None)
    alone = tree(dpkg.CATALOGER, {f"{JOURNAL}/0000": files["updates/0000"]})
    assert versions(alone[f"{JOURNAL}/0000"]) == [("b", "2"), ("e", "1")]


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg-query is not installed")
def test_databases_are_read_as_dpkg_reads_them(tmp_path: Path) -> None:
    dice = random.Random(9)
    read = 0
    for _ in range(60):
        text = random_status(dice)
        theirs = by_dpkg({"status": text}, tmp_path / "admin", WHOLE)
        ours, told = by_lading(text)
        if theirs is not None and not told:
            read += 1
            # Without a Status field a package is not installed for dpkg; distroless images leave it out.
            assert set(theirs) <= set(ours), text
    assert read > 10


def shown(files: dict[str, str], place: Path, form: str = "${Package}\x1f${Version}") -> list[tuple[str, ...]] | None:
    """What dpkg shows of the installed packages; None where it refuses the database, or is not here."""
    return None if shutil.which("dpkg-query") is None else by_dpkg(files, place, form)


def test_what_packages_need_and_who_asked_for_them() -> None:
    more = "Pre-Depends: libc6 (>= 2.36)\nDepends: b | c, d:any\nProvides: mta (= 1), x\n"
    files: dict[str, str | bytes] = {
        "var/lib/dpkg/status": entry("a", "1", more=more) + entry("b", "2", more="Depends: a\n"),
        "var/lib/apt/extended_states": "Package: b\nArchitecture: amd64\nAuto-Installed: 1\n\n"
        "Package: a\nArchitecture: amd64\nAuto-Installed: 0\n",
    }
    a, b = packages(tree(dpkg.CATALOGER, files))
    assert (a.requires, a.provides, a.relationship) == (("libc6", "b|c", "d"), ("mta", "x"), "direct")
    assert (b.requires, b.relationship) == (("a",), "transitive")
    del files["var/lib/apt/extended_states"]
    assert [one.relationship for one in packages(tree(dpkg.CATALOGER, files))] == ["", ""]
