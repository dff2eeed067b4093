"""Zip archives: read member by member, damage told apart from the whole, nothing unbounded."""

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest

from lading.model.errors import LimitError, SafeIOError
from lading.safeio import zip_files, zips
from lading.safeio.content import spool
from lading.safeio.zip_ends import java_directory, python_directory
from lading.safeio.zip_files import iter_zip
from lading.safeio.zips import ZipBudget, ZipContent
from tests.safeio.zip_cases import archive, by_java, by_lading, by_python, changed


def write(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_in_order(tmp_path: Path, method: int) -> None:
    path = write(tmp_path / "a.zip", ("b.json", b"1"), ("folder/", b""), ("ä:1.json", b""), method=method)
    assert list(iter_zip(path, 10)) == [("b.json", b"1"), ("ä:1.json", b"")]


def test_a_member_above_the_limit_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", ("bomb", bytes(50_000_000)), ("good", b"x"))
    assert list(iter_zip(path, 1000)) == [("bomb", None), ("good", b"x")]


def test_a_size_that_lies_does_not_help(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", ("bomb", bytes(5000)))
    path.write_bytes(path.read_bytes().replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert list(iter_zip(path, 1000)) == [("bomb", None)]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path: Path, method: int) -> None:
    assert list(iter_zip(write(tmp_path / "a.zip", ("a", b"x"), method=method), 10)) == [("a", None)]


def test_one_damaged_member_is_named_and_the_others_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", ("a", b"first"), ("b", b"other"), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first", b"fir5t"))
    assert list(iter_zip(path, 10)) == [("a", None), ("b", b"other")]


def test_bounds_on_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.zip", ("a", b"12345"), ("b", b"12345"))
    monkeypatch.setattr(zip_files, "_MOST_BYTES", 9)
    with pytest.raises(SafeIOError) as caught:
        list(iter_zip(path, 10))
    assert str(caught.value) == f"{path}: more than 9 bytes uncompressed; refused"
    monkeypatch.setattr(zip_files, "_MOST_MEMBERS", 1)
    with pytest.raises(SafeIOError) as counted:
        list(iter_zip(path, 10))
    assert str(counted.value) == f"{path}: more than 1 members; refused"


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive"])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(SafeIOError, match="not a zip archive, or a truncated one"):
        list(iter_zip(path, 10))


def test_a_truncated_archive(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", ("a", b"x" * 100))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SafeIOError, match="not a zip archive, or a truncated one"):
        list(iter_zip(path, 1000))
    with pytest.raises(SafeIOError, match="No such file"):
        list(iter_zip(tmp_path / "absent.zip", 10))


def test_any_damage_is_an_error_of_ours(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.zip", ("ä.json", b'{"a": 1}' * 50), ("b.json", b"{}")).read_bytes()
    path = tmp_path / "b.zip"
    dice = random.Random(5)
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.choice((0, 255, dice.randrange(256)))
        path.write_bytes(data)
        try:
            assert len(list(iter_zip(path, 1000))) <= 2
        except SafeIOError as error:
            assert str(error).startswith(f"{path}: ")


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return file.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("before", [b"", b"JM\1\0", b"#!/bin/sh\n"])
def test_members_at_hand(method: int, before: bytes) -> None:
    large = bytes(3_000_000) + b"end"
    data = before + packed(("b.json", large), ("folder/", b""), ("\u00e4", b""), ("b/X.JAR", b"1"), method=method)
    archive = ZipContent(data, ZipBudget())
    assert archive.names == ("b.json", "\u00e4", "b/X.JAR")
    assert archive.read("b.json") == archive.open("b.json")[:] == large
    assert archive.read("\u00e4") == b""
    assert ZipContent(data, ZipBudget(), (b".jar", b"x")).names == ("b/X.JAR",)
    assert ZipContent(before + packed(), ZipBudget()).names == ()


def test_large_members_lie_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "IN_MEMORY", 10)
    content = ZipContent(packed(("a", b"0123456789ab")), ZipBudget()).open("a")
    assert not isinstance(content, bytes)
    assert content[:] == b"0123456789ab"


def test_names_that_are_not_utf_8() -> None:
    data = packed(("zz", b"1")).replace(b"zz", b"\x84z")
    assert ZipContent(data, ZipBudget()).names == ("\u00e4z",)


def test_an_archive_with_64_bit_fields() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(66_000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
        with archive.open("large", "w", force_zip64=True) as member:
            member.write(b"data")
    for found in (
        ZipContent(file.getvalue(), ZipBudget()),
        ZipContent(b"before" + file.getvalue(), ZipBudget(), find_directory=python_directory),
    ):
        assert len(found.names) == 66_001
        assert found.read("large") == b"data"
    with pytest.raises(SafeIOError, match="directory is damaged"):  # Java does not look for what precedes such archives
        ZipContent(b"before" + file.getvalue(), ZipBudget())


def test_sizes_and_places_in_the_extra_field() -> None:
    whole = packed(("a", b"data"), method=zipfile.ZIP_STORED)
    at = whole.index(b"PK\1\2")
    entry = bytearray(whole[at : at + 47])
    entry[20:28] = b"\xff" * 8
    entry[42:46] = b"\xff" * 4
    extra = b"\5\0\1\0x" + b"\1\0\x18\0" + (4).to_bytes(8, "little") * 2 + bytes(8)
    entry[30:32] = len(extra).to_bytes(2, "little")
    end = bytearray(whole[at + 47 :])
    end[12:16] = (len(entry) + len(extra)).to_bytes(4, "little")
    assert ZipContent(whole[:at] + entry + extra + end, ZipBudget()).read("a") == b"data"
    entry[30:32] = bytes(2)
    end[12:16] = len(entry).to_bytes(4, "little")
    with pytest.raises(SafeIOError, match="none lies where the directory says"):
        ZipContent(whole[:at] + entry + end, ZipBudget()).read("a")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"PK\3\4", b"PK\3\5", "a: a damaged zip member: none lies where the directory says"),
        (b"PK\1\2", b"PK\1\3", "the archive's directory is damaged"),
        (b"PK\5\6", b"PK\5\7", "not a zip archive, or a truncated one"),
    ],
)
def test_damage_at_hand(old: bytes, new: bytes, message: str) -> None:
    data = packed(("a", b"data"), method=zipfile.ZIP_STORED).replace(old, new)
    with pytest.raises(SafeIOError) as caught:
        ZipContent(data, ZipBudget()).read("a")
    assert str(caught.value) == message


def test_compressed_data_that_end_too_early() -> None:
    data = bytearray(packed(("a", b"data" * 100)))
    entry = data.index(b"PK\1\2")
    data[entry + 20 : entry + 24] = struct.pack("<I", 3)
    with pytest.raises(SafeIOError, match="a: a damaged zip member: it ends too early"):
        ZipContent(bytes(data), ZipBudget()).read("a")


def doubts(data: bytes, content: bytes) -> list[str]:
    """What is said of the member a, which is read all the same."""
    found = ZipContent(data, ZipBudget())
    assert found.read("a") == content
    once = list(found.doubts)
    assert found.open("a")[:] == content
    assert found.doubts == once
    return once


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_contradicts_the_directory_is_no_secret(method: int) -> None:
    data = packed(("a", b"data"), method=method)
    assert doubts(data, b"data") == []
    at, entry = 0, data.index(b"PK\1\2")
    contradiction = "a: its own header and the archive's directory contradict each other"
    changed = "a: damaged, or changed: its size or its checksum is another than the archive says"
    for place, said in (
        (at + 8, [contradiction]),  # method
        (at + 14, [contradiction]),  # checksum
        (at + 22, [contradiction]),  # size
        (at + 30, [contradiction]),  # name
        (entry + 16, [contradiction, changed]),
        (entry + 24, [contradiction, changed]),
    ):
        assert doubts(data[:place] + bytes([data[place] ^ 2]) + data[place + 1 :], b"data") == said
    # Sizes and checksum may stand behind the member instead of in front.
    assert doubts(data[:6] + b"\x08\0" + data[8:14] + bytes(12) + data[26:], b"data") == []


def test_members_of_one_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed(("a", b"first"), ("b", b""), ("a", b"last"), ("b", b""))
    found = ZipContent(data, ZipBudget())
    assert found.names == ("a", "b")
    assert found.read("a") == b"last"
    assert found.doubts == ["two different members are called a"]


def test_members_that_overlap() -> None:
    data = packed(("a", b"0123"), ("b", b"45"), ("c", b"67"), method=zipfile.ZIP_STORED)
    assert ZipContent(data, ZipBudget()).overlapping(("a", "b", "c")) == set()
    entry = data.rindex(b"PK\1\2")
    same = ZipContent(data[: entry + 42] + bytes(4) + data[entry + 46 :], ZipBudget())
    assert same.read("c") == b"01"
    assert same.overlapping(("a", "b", "c")) == {"c"}
    assert same.overlapping(("b", "c")) == set()


def test_claims_cost_nothing() -> None:
    data = packed(("a", b"data"))
    entry = data.index(b"PK\1\2")
    found = ZipContent(data[: entry + 24] + b"\xfe\xff\xff\xff" + data[entry + 28 :], ZipBudget(4))
    assert found.read("a") == b"data"


def test_stored_members_are_not_copied() -> None:
    inner = packed(("x", b"1" * 3_000_000), method=zipfile.ZIP_STORED)
    for data in (outer := packed(("a", inner), method=zipfile.ZIP_STORED), spool(iter([outer]))):
        part = ZipContent(data, ZipBudget(0)).open("a")
        assert not isinstance(part, bytes)
        assert len(part) == len(inner)
        assert part[5:9] == inner[5:9]
        assert part[9:5] == b""
        assert part[-4:] == inner[-4:]
        for sub in (b"PK", b"111", b"absent"):
            for bounds in ((), (10,), (-10_000,), (3, len(inner) - 2)):
                assert part.find(sub, *bounds) == inner.find(sub, *bounds)
                assert part.rfind(sub, *bounds) == inner.rfind(sub, *bounds)
        assert ZipContent(part, ZipBudget()).names == ("x",)


def test_what_is_not_read_at_hand() -> None:
    lzma = ZipContent(packed(("a", b"x"), method=zipfile.ZIP_LZMA), ZipBudget())
    with pytest.raises(SafeIOError, match=r"a: packed in a way that is not read \(14\)"):
        lzma.read("a")
    data = bytearray(packed(("a", b"x")))
    data[data.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(SafeIOError, match="a: an encrypted member"):
        ZipContent(bytes(data), ZipBudget()).read("a")
    with pytest.raises(SafeIOError, match="a: more than 3 bytes"):
        ZipContent(packed(("a", b"data")), ZipBudget()).read("a", 3)


def test_bounds_on_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(("a", b""), ("b", b""), ("c", b""))
    monkeypatch.setattr(zips, "_MOST_LISTED", 2)
    with pytest.raises(LimitError, match="more than 2 members of interest"):
        ZipContent(data, ZipBudget())
    assert ZipContent(data, ZipBudget(), (b"b", b"c")).names == ("b", "c")
    monkeypatch.setattr(zips, "_LARGEST_DIRECTORY", 100)
    with pytest.raises(LimitError, match="a directory of 141 bytes"):
        ZipContent(data, ZipBudget())
    ends = packed() + packed()[:-1] * 200
    with pytest.raises(SafeIOError, match="more than 100 records that end an archive"):
        ZipContent(ends, ZipBudget())


def test_a_budget_is_shared() -> None:
    budget = ZipBudget(10, members=3)
    one, other = ZipContent(packed(("a", b"123456")), budget), ZipContent(packed(("a", b"123456"), ("b", b"")), budget)
    assert one.read("a") == b"123456"
    with pytest.raises(LimitError, match="inflate to more than 10 bytes"):
        other.read("a")
    with pytest.raises(LimitError, match="more than 3 members in archives"):
        ZipContent(packed(("a", b"")), budget)


def test_any_damage_at_hand_is_an_error_of_ours() -> None:
    dice = random.Random(6)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        whole = packed(("\u00e4.json", b'{"a": 1}' * 50), ("b.json", b"{}"), method=method)
        for _ in range(1500):
            data = bytearray(whole)
            for _ in range(dice.randint(1, 4)):
                data[dice.randrange(len(data))] = dice.choice((0, 255, dice.randrange(256)))
            try:
                archive = ZipContent(bytes(data), ZipBudget(100_000))
                for name in archive.names:
                    archive.read(name)
            except SafeIOError:
                continue


def end_of(size: int = 0, offset: int = 0, comment: int = 0) -> bytes:
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0, 0, size, offset, comment)


def seen_by_both(data: bytes) -> tuple[list[str] | None, list[str] | None]:
    """The members' names as Java and as Python find them."""
    found: list[list[str] | None] = []
    for find_directory in (java_directory, python_directory):
        try:
            found.append(list(ZipContent(data, ZipBudget(), find_directory=find_directory).names))
        except SafeIOError:
            found.append(None)
    return found[0], found[1]


def test_which_record_ends_an_archive() -> None:
    first, other = packed(("first", b"1")), packed(("other", b"2"))
    length = struct.pack("<H", len(other) + 1)
    assert seen_by_both(first[:-2] + length + other + b"!") == (["other"], ["other"])
    astray = other[:-6] + struct.pack("<I", other.index(b"PK\1\2") + 1) + other[-2:]
    assert seen_by_both(first[:-2] + length + astray + b"!") == (["first"], ["other"])
    assert seen_by_both(first + other) == (["other"], ["other"])
    assert seen_by_both(first + b"padding") == (["first"], ["first"])
    assert seen_by_both(first + end_of(comment=7)) == (["first"], [])
    assert seen_by_both(first + end_of()) == ([], [])
    assert seen_by_both(end_of()) == ([], [])
    assert seen_by_both(end_of(size=1)) == ([], None)
    assert seen_by_both(b"1" + end_of(size=2)) == (None, None)
    assert seen_by_both(b"12" + end_of(offset=3)) == (None, [])
    assert seen_by_both(b"") == seen_by_both(end_of()[:-1]) == (None, None)
    # A comment has at most 65,535 bytes, and Java looks a little further.
    for size, found in ((65_535, (["first"], ["first"])), (65_600, (["first"], None)), (65_700, (None, None))):
        assert seen_by_both(first[:-2] + b"\xff\xff" + bytes(size)) == found


def test_archives_are_read_as_java_reads_them(tmp_path: Path) -> None:
    """A sample of bench/zip_readers.py."""
    dice = random.Random(3)
    pool = [archive(dice) for _ in range(40)]
    cases = {f"{number:03}": changed(dice.choice(pool), dice.choice(pool), dice) for number in range(500)}
    java = by_java(cases, tmp_path / "cases")
    opened = 0
    for name, data in cases.items():
        theirs, ours = java[name], by_lading(data)
        if theirs is not None and ours is not None:
            opened += 1
            assert theirs.keys() == ours.keys()
            assert all(seen in (None, ours[member]) for member, seen in theirs.items())
    assert opened > 250


def test_archives_are_read_as_python_reads_them() -> None:
    dice = random.Random(4)
    pool = [archive(dice) for _ in range(40)]
    read = 0
    for _ in range(1000):
        data = changed(dice.choice(pool), dice.choice(pool), dice)
        theirs = by_python(data)
        if theirs is not None and all(map(str.isascii, theirs)) and b"a\0b" not in data:  # Python cuts names there
            try:
                found = ZipContent(data, ZipBudget(), find_directory=python_directory)
            except SafeIOError:  # reported as damaged
                continue
            read += 1
            assert {name: found.read(name) for name in found.names} == theirs or found.doubts
    assert read > 300


def test_what_is_refused_for_its_size_was_inflated_all_the_same() -> None:
    """A thousand members above the limit cost as much as any others."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(3_000_000))
    found = ZipContent(out.getvalue(), ZipBudget(2_500_000))
    for _ in range(2):
        with pytest.raises(SafeIOError, match="more than 1,000 bytes"):
            found.read("a", 1000)
    with pytest.raises(LimitError):
        found.read("a", 1000)
