"""Zip archives: read member by member, damage told apart from the whole, nothing unbounded."""

import random
import zipfile
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio import zips
from lading.safeio.zips import iter_zip


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
    monkeypatch.setattr(zips, "_MOST_BYTES", 9)
    with pytest.raises(SafeIOError) as caught:
        list(iter_zip(path, 10))
    assert str(caught.value) == f"{path}: more than 9 bytes uncompressed; refused"
    monkeypatch.setattr(zips, "_MOST_MEMBERS", 1)
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
