"""Links in a container are followed as its processes would, and lead nowhere else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.runtime.proc import parse_mounts
from lading.runtime.roots import Root
from tests.support.descriptors import open_below


@pytest.fixture
def top(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "usr/lib/perl/5.36.0").mkdir(parents=True)
    (root / "usr/lib/perl/5.36.0/POSIX.pm").touch()
    (root / "usr/lib/perl/5.36").symlink_to("5.36.0")
    (root / "lib").symlink_to("usr/lib")
    (root / "etc").mkdir()
    (root / "etc/alternatives").symlink_to("/usr/lib/perl")
    (root / "outside").symlink_to("../../../../..")
    (root / "host").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (root / "usr/bin").mkdir()
    (root / "usr/bin/perl").symlink_to("../../lib/perl/5.36/POSIX.pm")
    return tmp_path


@pytest.fixture
def process(top: Path) -> Iterator[int]:
    descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("usr/lib/perl/5.36.0/POSIX.pm", "usr/lib/perl/5.36.0/POSIX.pm"),
        ("/lib/perl/5.36/POSIX.pm", "usr/lib/perl/5.36.0/POSIX.pm"),
        ("etc/alternatives/5.36/POSIX.pm", "usr/lib/perl/5.36.0/POSIX.pm"),
        ("usr/bin/perl", "usr/lib/perl/5.36.0/POSIX.pm"),
        ("usr/bin/../lib/./perl", "usr/lib/perl"),
        ("outside/usr/bin/perl", "usr/lib/perl/5.36.0/POSIX.pm"),
        ("outside/etc/shadow", "etc/shadow"),
        ("host", "host"),
        ("loop/x", "loop/x"),
        ("none/x.py", "none/x.py"),
        ("usr/lib/\0", "usr/lib/\0"),
        ("", ""),
    ],
)
def test_where_a_path_leads(path: str, real: str, process: int) -> None:
    with Root(process) as root:
        assert root.resolve(path) == real
        assert root.resolve(path) == real


def test_what_is_mounted_is_not_entered(process: int) -> None:
    with Root(process, {"usr/lib/perl"}) as root:
        assert root.resolve("lib/perl/5.36/POSIX.pm") == "lib/perl/5.36/POSIX.pm"


def test_no_descriptor_is_left_open(top: Path, process: int) -> None:
    with Root(process) as root:
        for path in ("lib/perl/5.36/POSIX.pm", "loop", "outside/x", "none/x"):
            root.resolve(path)
        assert open_below(top) == [str(top), str(top / "root")]
    assert open_below(top) == [str(top)]


def test_mount_points() -> None:
    data = b"1 0 0:1 / / rw - overlay o rw\n2 1 0:2 / /a\\040b rw - tmpfs t rw\n3 1 0:3 / /data rw - fuse f rw\nbad\n"
    assert parse_mounts(data) == {"a b", "data"}
