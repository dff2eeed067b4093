"""The walk over a root filesystem: everything in it, nothing beside it."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.inventory import rootfs
from lading.inventory.catalogers.registry import readers_for
from lading.inventory.facts import LayerFacts
from lading.inventory.rootfs import read_root
from lading.model.diagnostic import Diagnostic
from lading.safeio.limits import Limits
from lading.safeio.listing import Listing
from tests.support.descriptors import open_below

_ROUTER = readers_for(declared=False).router
_PACKAGE = '{"name": "x", "version": "1.0.0"}'


def _read(root: Path, check: Callable[[], None] = lambda: None, limits: Limits | None = None) -> LayerFacts:
    return read_root(str(root), _ROUTER, limits or Limits(), check)


def _package(root: Path, path: str) -> None:
    """An npm package below a path."""
    directory = root / path / "node_modules" / "x"
    directory.mkdir(parents=True)
    (directory / "package.json").write_text(_PACKAGE)


def _found(facts: LayerFacts) -> list[str]:
    return sorted(capture.path for one in facts.readers.values() for capture in one.captures)


def _all(listing: bytes) -> set[str]:
    return set(Listing(listing))


def test_every_directory_of_a_root_that_is_not_mounted_is_read(tmp_path: Path) -> None:
    for name in ("dev", "proc", "sys", "usr"):
        _package(tmp_path, f"{name}/app")
    facts = _read(tmp_path)
    assert _found(facts) == [f"{name}/app/node_modules/x/package.json" for name in ("dev", "proc", "sys", "usr")]
    assert facts.structure.diagnostics == ()
    assert facts.structure.complete


def test_entries_of_every_kind(tmp_path: Path) -> None:
    _package(tmp_path, "a")
    (tmp_path / "a" / "link").symlink_to("../etc/passwd")
    (tmp_path / "e").mkdir()
    os.mkfifo(tmp_path / "e" / "pipe")
    facts = _read(tmp_path)
    assert _all(facts.structure.directories) == {"a", "a/node_modules", "a/node_modules/x", "e"}
    assert _all(facts.structure.others) == {"a/link", "a/node_modules/x/package.json", "e/pipe"}
    assert facts.structure.links == {"a/link": "../etc/passwd"}
    assert facts.structure.entries == 7


def test_pipes_and_sockets_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "node_modules" / "x"
    directory.mkdir(parents=True)
    os.mkfifo(directory / "package.json")
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("package.json")
    opened: list[object] = []
    real = os.open

    def record(path: str, flags: int, **options: int) -> int:
        opened.append(path)
        return real(path, flags, **options)

    monkeypatch.setattr(os, "open", record)
    facts = _read(tmp_path)
    assert (_found(facts), facts.structure.diagnostics) == ([], ())
    assert opened == [str(tmp_path), "node_modules", "x"]


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, "a")
    path = tmp_path / "a" / "node_modules" / "x" / "package.json"
    real = os.open

    def exchange(name: str, flags: int, **options: int) -> int:
        if name == "package.json":
            path.unlink()
            os.mkfifo(path)
        return real(name, flags, **options)

    monkeypatch.setattr(os, "open", exchange)
    assert _read(tmp_path).structure.diagnostics == (
        Diagnostic(
            "incomplete", "unreadable", "cannot be read: not a regular file any more", "a/node_modules/x/package.json"
        ),
    )


def test_a_directory_that_becomes_a_link_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for name in ("a", "b"):
        _package(root, name)
    _package(outside, "b")
    calls = 0

    def exchange() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:  # the root has been listed, nothing below it
            (root / "b").rename(tmp_path / "away")
            (root / "b").symlink_to(outside)

    facts = _read(root, exchange)
    assert _found(facts) == ["a/node_modules/x/package.json"]
    assert facts.structure.diagnostics == (
        Diagnostic("incomplete", "unreadable", "cannot be read: Not a directory", "b"),
    )


def test_a_directory_above_that_becomes_a_link_changes_nothing(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    _package(root, "a/b/c")
    _package(outside, "b/c/outside")
    calls = 0

    def exchange() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:  # a and a/b have been opened
            (root / "a").rename(tmp_path / "away")
            (root / "a").symlink_to(outside)

    facts = _read(root, exchange)
    assert _found(facts) == ["a/b/c/node_modules/x/package.json"]
    assert facts.structure.diagnostics == ()


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    _package(root, "a")
    secret = tmp_path / "secret"
    secret.write_text(_PACKAGE)
    path = root / "a" / "node_modules" / "x" / "package.json"
    real = os.open

    def exchange(name: str, flags: int, **options: int) -> int:
        if name == "package.json":
            path.unlink()
            path.symlink_to(secret)
        return real(name, flags, **options)

    monkeypatch.setattr(os, "open", exchange)
    facts = _read(root)
    assert _found(facts) == []
    assert [(one.level, one.code, one.where) for one in facts.structure.diagnostics] == [
        ("incomplete", "unreadable", "a/node_modules/x/package.json")
    ]


def test_what_may_not_be_read_is_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        _package(tmp_path, name)
    real = os.open

    def refuse(name: str, flags: int, **options: int) -> int:
        directory = str(Path(f"/proc/self/fd/{options['dir_fd']}").readlink()) if "dir_fd" in options else ""
        if name == "a" or (name == "package.json" and "/b/" in directory):
            raise PermissionError(13, "Permission denied")
        return real(name, flags, **options)

    monkeypatch.setattr(os, "open", refuse)
    facts = _read(tmp_path)
    assert _found(facts) == ["c/node_modules/x/package.json"]
    assert facts.structure.diagnostics == (
        Diagnostic("incomplete", "unreadable", "cannot be read: Permission denied", "a"),
        Diagnostic("incomplete", "unreadable", "cannot be read: Permission denied", "b/node_modules/x/package.json"),
    )


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    assert _read(tmp_path / "none").structure.diagnostics == (
        Diagnostic("incomplete", "unreadable", "cannot be read: No such file or directory", "/"),
    )


def test_a_file_system_of_the_kernel_is_passed_over_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("proc", "srv"):
        _package(tmp_path, name)
    nodes = {(tmp_path / name).stat().st_ino: device for name, device in (("proc", 1), ("srv", 2))}
    real = os.fstat

    def elsewhere(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        device = nodes.get(status.st_ino, status.st_dev) if stat.S_ISDIR(status.st_mode) else status.st_dev
        return os.stat_result((*status[:2], device, *status[3:]))

    class Mounts:
        def kind(self, device: int) -> str:
            return {1: "proc"}.get(device, "")

    monkeypatch.setattr(os, "fstat", elsewhere)
    monkeypatch.setattr(rootfs, "KernelMounts", Mounts)
    facts = _read(tmp_path)
    assert _found(facts) == ["srv/node_modules/x/package.json"]
    text = "a file system of the kernel (proc) is mounted here; it holds nothing of an image and was not read"
    assert facts.structure.diagnostics == (Diagnostic("info", "kernel-mount", text, "proc"),)
    assert facts.structure.complete


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="/proc is not mounted")
def test_proc_itself() -> None:
    facts = _read(Path("/proc"))
    text = "a file system of the kernel (proc) is mounted here; it holds nothing of an image and was not read"
    assert (facts.structure.entries, facts.structure.diagnostics) == (
        0,
        (Diagnostic("info", "kernel-mount", text, "/"),),
    )


def test_directories_below_the_deepest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootfs, "_DEEPEST", 3)
    _package(tmp_path, "a")
    (tmp_path / "package.json").write_text(_PACKAGE)
    assert _read(tmp_path).structure.diagnostics == (
        Diagnostic(
            "incomplete",
            "too-deep",
            "lies more than 3 directories deep; what is in it was not read",
            "a/node_modules/x",
        ),
    )


def test_deeper_than_a_path_may_be_long(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    name = "d" * 200
    for _ in range(40):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.mkdir("node_modules", dir_fd=descriptor)
    os.mkdir("node_modules/x", dir_fd=descriptor)
    file = os.open("node_modules/x/package.json", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(file, _PACKAGE.encode())
    os.close(file)
    os.close(descriptor)
    facts = _read(tmp_path)
    assert _found(facts) == [f"{name}/" * 40 + "node_modules/x/package.json"]
    assert facts.structure.diagnostics == ()


def test_more_entries_than_allowed(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).touch()
    facts = _read(tmp_path, limits=Limits(entries=4))
    text = "more than 4 entries; the rest was not read (--limit entries=N raises this)"
    assert facts.structure.diagnostics == (Diagnostic("incomplete", "limit-entries", text),)
    assert not facts.structure.complete


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    _package(tmp_path, os.fsdecode(b"\xff/a"))
    assert _found(_read(tmp_path)) == ["\\xff/a/node_modules/x/package.json"]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _package(tmp_path, name)

    def stop() -> None:
        raise KeyboardInterrupt

    _read(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        _read(tmp_path, stop)
    assert open_below(tmp_path) == []
