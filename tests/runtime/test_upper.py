"""What a container wrote over its image, also where it tries to lead outside."""

import os
import stat
from pathlib import Path

import pytest

from lading.inventory.catalogers.registry import readers_for
from lading.inventory.rootfs import read_root
from lading.inventory.router import Router
from lading.model.runtime import ChangedFile
from lading.runtime.upper import MOST_FILES, Written, read_written
from lading.safeio.limits import Limits

ELF = b"\x7fELF" + bytes(60)


@pytest.fixture
def lower(tmp_path: Path) -> Path:
    """The layer of an image."""
    write(
        tmp_path / "lower",
        {"usr/bin/tool": ELF, "usr/bin/gone": ELF, "etc/passwd": b"root", "data/a/b": b"1", "data/c": b"2", "x": b"0"},
    )
    (tmp_path / "lower/usr/bin/tool").chmod(0o755)
    return tmp_path / "lower"


@pytest.fixture
def upper(tmp_path: Path) -> Path:
    (tmp_path / "upper").mkdir()
    return tmp_path / "upper"


def write(root: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def whiteout(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid():
        pytest.skip("only root makes what overlayfs hides files by")
    os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))


def rows(written: Written) -> list[tuple[str, str, str]]:
    return [(one.path, one.change, one.kind) for one in written.files]


def test_nothing_written(upper: Path, lower: Path) -> None:
    (upper / "usr/bin").mkdir(parents=True)
    write(upper, {"etc/hosts": b"", "etc/resolv.conf": b""})
    assert read_written(str(upper), [str(lower)]) == Written()


def test_what_was_added_changed_and_touched(upper: Path, lower: Path) -> None:
    write(
        upper,
        {
            "usr/bin/tool": ELF + b"!",
            "usr/bin/new": ELF,
            "usr/lib/libx.so.1": ELF,
            "usr/local/bin/run": b"#!/bin/sh\n",
            "app/m.py": b"import os",
            "etc/shadow": b"x",
            "etc/passwd": b"root",
            "var/lib/dpkg/status": b"Package: x",
            "x": b"1",
        },
    )
    (upper / "usr/bin/tool").chmod(0o755)
    (upper / "usr/bin/link").symlink_to("/etc/shadow")
    found = read_written(str(upper), [str(lower)])
    assert rows(found) == [
        ("app/m.py", "added", "module"),
        ("etc/shadow", "added", "configuration"),
        ("usr/bin/link", "added", "link"),
        ("usr/bin/new", "added", "program"),
        ("usr/bin/tool", "changed", "program"),
        ("usr/lib/libx.so.1", "added", "library"),
        ("usr/local/bin/run", "added", "script"),
        ("var/lib/dpkg/status", "added", "database"),
        ("x", "changed", "file"),
    ]
    assert (found.touched, found.more, found.unread) == (1, 0, ())


def test_who_may_run_a_file_is_a_change(upper: Path, lower: Path) -> None:
    write(upper, {"usr/bin/tool": ELF})
    (upper / "usr/bin/tool").chmod(0o4755)
    assert rows(read_written(str(upper), [str(lower)])) == [("usr/bin/tool", "changed", "program")]


def test_what_was_removed(upper: Path, lower: Path, tmp_path: Path) -> None:
    write(tmp_path / "top", {"usr/bin/later": b"1"})
    whiteout(tmp_path / "top/x")
    whiteout(upper / "usr/bin/gone")
    whiteout(upper / "usr/bin/later")
    whiteout(upper / "usr/bin/never")
    whiteout(upper / "data")
    whiteout(upper / "x")
    found = read_written(str(upper), [str(tmp_path / "top"), str(lower)])
    assert rows(found) == [
        ("data/", "removed", "file"),
        ("usr/bin/gone", "removed", "file"),
        ("usr/bin/later", "removed", "file"),
    ]


def test_a_directory_that_was_made_anew_hides_the_one_below(upper: Path, lower: Path) -> None:
    write(upper, {"data/c": b"2", "data/new": b"3", "data/.wh..wh..opq": b""})
    found = read_written(str(upper), [str(lower)], of_user=True)
    assert rows(found) == [("data/a/", "removed", "file"), ("data/new", "added", "file")]


def test_names_hide_nothing_where_the_kernel_does_not_say_so(upper: Path, lower: Path) -> None:
    """A process of the container may make them; only fuse-overlayfs, which users have, goes by them."""
    write(upper, {"etc/.wh.passwd": b"", "data/.wh..wh..opq": b""})
    os.setxattr(upper / "data", "user.overlay.opaque", b"y")
    assert rows(read_written(str(upper), [str(lower)])) == [
        ("data/.wh..wh..opq", "added", "file"),
        ("etc/.wh.passwd", "added", "configuration"),
    ]
    assert rows(read_written(str(upper), [str(lower)], of_user=True)) == [
        ("data/a/", "removed", "file"),
        ("data/c", "removed", "file"),
        ("etc/passwd", "removed", "file"),
    ]


def test_kinds_that_changed(upper: Path, lower: Path) -> None:
    write(upper, {"data": b"now a file", "x/y": b"now a directory"})
    assert rows(read_written(str(upper), [str(lower)])) == [
        ("data", "added", "file"),
        ("data/", "removed", "file"),
        ("x", "removed", "file"),
        ("x/y", "added", "file"),
    ]


def test_links_lead_nowhere(upper: Path, lower: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, {"secret": b"1", "passwd": b"root"})
    (upper / "etc").symlink_to(outside)
    (upper / "data").mkdir()
    (upper / "data/c").symlink_to(outside / "secret")
    (lower / "link").symlink_to(outside)
    write(upper, {"link/passwd": b"root"})
    found = read_written(str(upper), [str(lower)])
    assert rows(found) == [
        ("data/c", "changed", "link"),
        ("etc", "added", "link"),
        ("etc/", "removed", "file"),
        ("link", "removed", "file"),
        ("link/passwd", "added", "file"),
    ]


def test_names_that_are_no_text_and_files_that_are_none(upper: Path, lower: Path) -> None:
    write(upper, {"a\nb": b"1"})
    (upper / os.fsdecode(b"\xff")).write_bytes(b"1")
    os.mkfifo(upper / "pipe")
    assert rows(read_written(str(upper), [str(lower)])) == [
        ("\\xff", "added", "file"),
        ("a\nb", "added", "file"),
        ("pipe", "added", "file"),
    ]


def test_many_files_are_counted(upper: Path) -> None:
    for number in range(MOST_FILES + 3):
        (upper / f"{number}").touch()
    found = read_written(str(upper), [])
    assert (len(found.files), found.more) == (MOST_FILES, 3)


def test_a_tree_that_is_too_deep_is_said(upper: Path) -> None:
    path = upper
    for _ in range(110):
        path = path / "d"
        path.mkdir()
    (path / "deep").touch()
    found = read_written(str(upper), [])
    assert rows(found) == []
    assert found.unread == ("/".join(["d"] * 101) + "/",)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_written(str(tmp_path / "none"), [])


def test_layers_that_are_not_there_hide_nothing(upper: Path, lower: Path, tmp_path: Path) -> None:
    write(upper, {"x": b"0"})
    assert read_written(str(upper), [str(tmp_path / "none"), str(lower)]) == Written(touched=1)
    assert read_written(str(upper), []).files == (ChangedFile("x", "added"),)


def test_a_package_database_is_hidden_by_no_name_that_a_process_gives(upper: Path) -> None:
    """What a container of root writes is read as the kernel shows it."""
    write(upper, {"var/lib/dpkg/.wh.status": b"", "data/x": b""})
    os.setxattr(upper / "data", "user.overlay.opaque", b"y")
    router = Router(readers_for(declared=False).catalogers)
    found = [
        read_root(str(upper), router, Limits(), lambda: None, is_layer=True, is_kernels=kernels).structure
        for kernels in (False, True)
    ]
    assert [(one.whiteouts, one.opaques) for one in found] == [(("var/lib/dpkg/status",), ("data",)), ((), ())]
