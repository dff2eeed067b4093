"""The apk cataloger: entries that say something twice, odd lines, bounds."""

import random
import shutil
from pathlib import Path

import pytest

from lading.inventory.catalogers import apk
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.apk_cases import by_apk, by_lading, random_installed
from tests.inventory.catalogers.parsing import facts, left_out, packages, tree, unread

PATH = "lib/apk/db/installed"


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    twice = facts(apk.CATALOGER, PATH, "P:harmless\nV:9\nF:lib\nR:x\nP:openssl\nV:3\no:b\no:a\n\n")
    (found,) = twice.packages
    assert twice.diagnostics == (unread(PATH, "apk", "an entry for two packages, openssl the last"),)
    assert (found.name, found.version, found.source, found.files) == ("openssl", "3", "a", ("lib/x",))


@pytest.mark.parametrize("between", ["\n", "\r\n", "x\n", "\n\n\n"])
def test_short_lines_end_an_entry(between: str) -> None:
    found = facts(apk.CATALOGER, PATH, f"P:a\nV:1\nF:etc\nR:one\n{between}P:b\r\nV:2\r\nR:two\n")
    assert [(one.name, one.version, one.files) for one in found.packages] == [
        ("a", "1", ("etc/one",)),
        ("b", "2", ("two",)),
    ]
    assert found.diagnostics == ()


@pytest.mark.skipif(shutil.which("apk") is None, reason="apk is not installed")
def test_databases_are_read_as_apk_reads_them(tmp_path: Path) -> None:
    dice = random.Random(9)
    read = 0
    for _ in range(40):
        text = random_installed(dice)
        theirs = by_apk(text, tmp_path / "root")
        ours, told = by_lading(text)
        if theirs is not None and not told:
            read += 1
            # Of packages of one name apk lists the last.
            assert set(theirs) <= set(ours), text
    assert read > 10


def test_a_database_that_was_cut_is_told() -> None:
    cut = facts(apk.CATALOGER, PATH, "P:a\nV:1\n\nP:b\nV:2.")
    assert [(one.name, one.version) for one in cut.packages] == [("a", "1"), ("b", "2.")]
    assert cut.diagnostics == (unread(PATH, "apk", "it ends in the middle of a line"),)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    long = facts(apk.CATALOGER, PATH, "P:a\nV:1\n\nP:b\nV:" + "1." * 600 + "\n\n" + "x" * 1_000_001)
    assert [one.name for one in long.packages] == ["a"]
    assert long.diagnostics == (
        left_out(PATH, "package b has a version of 1,200 characters"),
        unread(PATH, "apk", "it ends in the middle of a line"),
        unread(PATH, "apk", "a line of more than 1,000,000 bytes", "broken-package-database"),
    )
    text = "P:a\nV:1\nF:d\nR:1\nR:2\nR:3\n\nP:b\nV:1\n\nP:c\nV:1\n"
    monkeypatch.setattr(apk, "_MOST_PATHS", 7)
    first, *_ = facts(apk.CATALOGER, PATH, text).packages
    assert first.files == ("d/1", "d/2")
    message = "file names of more than 7 characters: those beyond were left out"
    assert facts(apk.CATALOGER, PATH, text).diagnostics == (
        Diagnostic("warning", "package-files-left-out", message, PATH),
    )
    monkeypatch.setattr(apk, "_MOST_PACKAGES", 2)
    assert unread(PATH, "apk", "more than 2 packages", "broken-package-database") in (
        facts(apk.CATALOGER, PATH, text).diagnostics
    )


def test_what_packages_need_and_who_asked_for_them() -> None:
    text = (
        "P:a\nV:1\nS:1234\nD:so:libc.so.1 b>=2 !c /bin/sh pc:x~3\np:so:liba.so.1=1 cmd:a=1-r0\n\n"
        "P:b\nV:2\n\nP:c\nV:3\np:virtual\n"
    )
    found = packages(tree(apk.CATALOGER, {PATH: text, "etc/apk/world": "a\nvirtual>1\n!d\n"}))
    a = found[0]
    assert (a.requires, a.provides, a.size) == (
        ("so:libc.so.1", "b", "/bin/sh", "pc:x"),
        ("so:liba.so.1", "cmd:a"),
        1234,
    )
    assert [(one.name, one.relationship) for one in found] == [("a", "direct"), ("b", "transitive"), ("c", "direct")]
    assert [one.relationship for one in packages(tree(apk.CATALOGER, {PATH: text}))] == ["", "", ""]
