"""Zip archives: read member by member, damage told apart from the whole, nothing unbounded."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from lading.model.errors import LimitError, SafeIOError
from lading.safeio import zip_files, zips
from lading.safeio.zip_files import iter_zip
from lading.safeio.zips import ZipBudget, ZipContent


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
    found = ZipContent(b"before" + file.getvalue(), ZipBudget())
    assert len(found.names) == 66_001
    assert found.read("large") == b"data"


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
    with pytest.raises(SafeIOError, match="inflate to more than"):
        ZipContent(whole[:at] + entry + end, ZipBudget()).read("a")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"PK\3\4", b"PK\3\5", "a: a damaged zip member"),
        (b"PK\1\2", b"PK\1\3", "the archive's directory is damaged"),
        (b"PK\5\6", b"PK\5\7", "not a zip archive, or a truncated one"),
        (b"data", b"date", "a: a damaged zip member"),
        (b"\x04\0\0\0\x04\0\0\0", b"\x04\0\0\0\x05\0\0\0", "a: a damaged zip member"),
    ],
)
def test_damage_at_hand(old: bytes, new: bytes, message: str) -> None:
    data = packed(("a", b"data"), method=zipfile.ZIP_STORED).replace(old, new)
    with pytest.raises(SafeIOError) as caught:
        ZipContent(data, ZipBudget()).read("a")
    assert str(caught.value) == message


def test_what_is_not_read_at_hand() -> None:
    lzma = ZipContent(packed(("a", b"x"), method=zipfile.ZIP_LZMA), ZipBudget())
    with pytest.raises(SafeIOError, match="a: zip method 14 is not read"):
        lzma.read("a")
    data = bytearray(packed(("a", b"x")))
    data[data.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(SafeIOError, match="a: an encrypted zip member is not read"):
        ZipContent(bytes(data), ZipBudget()).read("a")
    with pytest.raises(SafeIOError, match="a: more than 3 bytes; not read"):
        ZipContent(packed(("a", b"data")), ZipBudget()).read("a", 3)


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
