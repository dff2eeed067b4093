"""The dpkg cataloger beside dpkg itself: odd databases, the journal, bounds."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from lading.inventory.catalogers import dpkg
from lading.inventory.catalogers.cataloger import CatalogerResult
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
    ],
)
def test_what_dpkg_reads(text: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    read = facts(dpkg.CATALOGER, STATUS, text)
    assert versions(read) == found
    assert read.diagnostics == ()
    assert by_dpkg({"status": text}, tmp_path / "admin") in (found, None)


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
    lists = {f"{info}/a.list": "/.\n", f"{info}/b:amd64.list": "/.\n", f"{info}/c.md5sums": "0  x\n"}
    told = "no entry says what version the installed files are of: "
    found = tree(dpkg.CATALOGER, {STATUS: entry("a", "1") + entry("c", "1", "deinstall ok config-files"), **lists})
    assert found[STATUS].diagnostics == (unread(STATUS, "dpkg", f"{told}b"),)
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
    assert by_dpkg(files, tmp_path / "admin") in (expected, None)
    alone = tree(dpkg.CATALOGER, {f"{JOURNAL}/0000": files["updates/0000"]})
    assert versions(alone[f"{JOURNAL}/0000"]) == [("b", "2"), ("e", "1")]


_LINES = (
    "Package: a", "Package: b", "package:c", "Version: 1", "Version : 2-3", "version:\t3", " more", "\tmore", "", "",
    "Status: install ok installed", "Status: purge ok not-installed", "STATUS: Install Ok Unpacked", "Maintainer: m",
    "Architecture: amd64", "\r", "Description: d", "Source: s (9)", "Source: t", "\x0bx", "Foo: bar", "\x1a",
    "Revision: 7", "Package: d\0e", "no colon",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg-query is not installed")
def test_databases_are_read_as_dpkg_reads_them(tmp_path: Path) -> None:
    dice = random.Random(9)
    read = 0
    for number in range(250):
        text = entry("x", "1") + "\n".join(dice.choices(_LINES, k=dice.randint(1, 8))) + "\n" + entry("y", "2")
        if dice.random() < 0.5:
            text = "\n\n".join(_sane(dice) for _ in range(3)) + "\n"
        theirs = by_dpkg({"status": text}, tmp_path / str(number))
        if theirs is None:
            continue
        read += 1
        ours = facts(dpkg.CATALOGER, STATUS, text)
        if not ours.diagnostics:
            # Without a Status field a package is not installed for dpkg; distroless images leave it out.
            assert set(theirs) <= set(versions(ours)), text
            assert {name for name, _ in versions(ours)} - {name for name, _ in theirs} <= set("abcd"), text
    assert read > 50


def _sane(dice: random.Random) -> str:
    """An entry that dpkg takes, with some things in it that are unusual."""
    name, version = dice.choice("abcd") + str(dice.randrange(999)), dice.choice(("1", "2:3-4", "1.\0x"))
    lines = [
        f"Package{dice.choice((': ', ':', ' : '))}{name}",
        f"Version:{dice.choice((' ', chr(9), ''))}{version}",
        dice.choice(
            ("Status: install ok installed", "status:  Install OK  Half-Configured", "Status: install ok unpacked")
        ),
        "Architecture: amd64",
        "Maintainer: m",
        dice.choice(("Description: d\n more\n .\n\t. ", "Description: d\r", "Foo: x\n\rVersion: 5")),
        dice.choice(("Source: s", "Source: s (9)", "X-Y:")),
    ]
    return "\n".join(dice.sample(lines, len(lines)))


def by_dpkg(files: dict[str, str], place: Path) -> list[tuple[str, str]] | None:
    """The installed packages that dpkg lists; None where it refuses the database, or is not here."""
    if shutil.which("dpkg-query") is None:
        return None
    for directory in ("info", "updates"):
        (place / directory).mkdir(parents=True)
    for name, text in {"available": "", **files}.items():
        (place / name).write_bytes(text.encode())
    form = "${Package}|${Version}|${db:Status-Status}\\n"
    query = ["dpkg-query", f"--admindir={place}", "--show", f"--showformat={form}"]
    answer = subprocess.run(query, capture_output=True, check=False)
    if answer.returncode and b"no packages found" not in answer.stderr:
        return None
    lines = (line.split("|") for line in answer.stdout.decode("utf-8", "replace").split("\n") if line)
    return sorted((name, version) for name, version, status in lines if status not in ("not-installed", "config-files"))


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
