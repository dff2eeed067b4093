import io
import tarfile
from pathlib import Path

import pytest

from lading.feeds.csaf_mirror import is_csaf_file, iter_documents
from lading.model.errors import FeedError


def _archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_newer_documents_stand_and_deleted_ones_do_not(tmp_path: Path) -> None:
    old = {"2023/cve-1.json": b"old", "2023/cve-2.json": b"old", "2023/cve-3.json": b"old"}
    new = {"2023/cve-2.json": b"new", "2023/cve-4.json": b"new", "2023/cve-5.json": b"new", "index.txt": b""}
    files = {
        "a/feed/vex_2023-01-01.tar.gz": _archive(tmp_path / "1", old),
        "a/feed/vex_2024-01-01.tar.gz": _archive(tmp_path / "2", new),
        "a/feed/2023/cve-3.json": _file(tmp_path / "3", "single"),
        "a/feed/2023/cve-6.json": _file(tmp_path / "6", "single"),
        "b/2023/cve-4.json": _file(tmp_path / "4", "elsewhere"),
        "a/feed/changes.csv": _file(tmp_path / "c", '"2023/cve-5.json","2024-02-02T00:00:00+00:00"\n"x"\n'),
        "a/feed/deletions.csv": _file(
            tmp_path / "d",
            '"2023/cve-1.json","2024-01-02T00:00:00+00:00"\n"2023/cve-5.json","2024-02-01T00:00:00+00:00"\n'
            '"2023/cve-6.json","2024-02-01T00:00:00+00:00"\n"2023/cve-4.json","2024-02-01T00:00:00+00:00"\n',
        ),
    }
    assert dict(iter_documents(files, 100)) == {
        "a/feed/2023/cve-3.json": b"single",
        "b/2023/cve-4.json": b"elsewhere",
        "2023/cve-2.json": b"new",
        "2023/cve-5.json": b"new",
    }


def test_what_is_too_long_or_broken(tmp_path: Path) -> None:
    files = {
        "a/1.tar.gz": _archive(tmp_path / "1", {"cve-1.json": b"x" * 101, "cve-2.json": b"2"}),
        "a/cve-3.json": _file(tmp_path / "3", "x" * 101),
    }
    assert dict(iter_documents(files, 100)) == {"cve-1.json": None, "cve-2.json": b"2", "a/cve-3.json": None}
    with pytest.raises(FeedError):
        list(iter_documents({"a/1.tar.gz": _file(tmp_path / "broken", "not an archive")}, 100))


def test_files_of_a_provider() -> None:
    paths = ("a/changes.csv", "a/deletions.csv", "a/2024/cve-1.json", "a/x.tar.zst", "a/index.txt", "a/x.asc")
    assert [is_csaf_file(path) for path in paths] == [True, True, True, True, False, False]
