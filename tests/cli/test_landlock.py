"""Rights that are given up: which rules the kernel is given, and what it makes of them where it has Landlock."""

import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.cli.processes.landlock import Rights, restrict

_V1 = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_READ = 0b1100
_CHANGE_V1 = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12


class FakeKernel:
    """Keeps what it is asked, as a kernel with some version of Landlock."""

    def __init__(self, version: int) -> None:
        self._version = version
        self.attributes: tuple[int, ...] = ()
        self.rules: list[tuple[str, int]] = []
        self.ports: list[tuple[int, int]] = []
        self.restricted = False

    def version(self) -> int:
        return self._version

    def create_ruleset(self, attributes: bytes) -> int:
        self.attributes = struct.unpack(f"={len(attributes) // 8}Q", attributes)
        return os.open(os.devnull, os.O_RDONLY)

    def add_rule(self, ruleset: int, kind: int, rule: bytes) -> None:
        if kind == 2:
            self.ports.append(struct.unpack("=QQ", rule))
            return
        assert kind == 1
        access, descriptor = struct.unpack("=Qi", rule)
        self.rules.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), access))

    def restrict(self, ruleset: int) -> None:
        self.restricted = True


@pytest.mark.parametrize(
    ("version", "attributes", "file", "change"),
    [
        (1, (_V1,), 1 << 2, _CHANGE_V1),
        (2, (_V1 | _REFER,), 1 << 2, _CHANGE_V1 | _REFER),
        (3, (_V1 | _REFER | _TRUNCATE,), 1 << 2, _CHANGE_V1 | _REFER | _TRUNCATE),
        (4, (_V1 | _REFER | _TRUNCATE, 3), 1 << 2, _CHANGE_V1 | _REFER | _TRUNCATE),
        (5, (_V1 | _REFER | _TRUNCATE | _IOCTL, 3), 1 << 2, _CHANGE_V1 | _REFER | _TRUNCATE),
        (6, (_V1 | _REFER | _TRUNCATE | _IOCTL, 3, 3), 1 << 2, _CHANGE_V1 | _REFER | _TRUNCATE),
        (99, (_V1 | _REFER | _TRUNCATE | _IOCTL, 3, 3), 1 << 2, _CHANGE_V1 | _REFER | _TRUNCATE),
    ],
)
def test_the_rules_are_those_that_the_kernel_knows(
    tmp_path: Path, version: int, attributes: tuple[int, ...], file: int, change: int
) -> None:
    (image := tmp_path / "image.tar").touch()
    (cache := tmp_path / "cache").mkdir()
    rights = Rights((str(image), str(tmp_path / "absent"), str(tmp_path)), (str(cache),))
    kernel = FakeKernel(version)
    missing = restrict(rights, kernel)
    assert kernel.attributes == attributes
    assert kernel.rules == [(str(image), file), (str(tmp_path), _READ), (str(cache), _READ | change)]
    assert kernel.restricted
    assert len(missing) == (version < 4)


def test_who_may_connect_may_not_listen() -> None:
    kernel = FakeKernel(4)
    restrict(Rights(sockets="any"), kernel)
    assert kernel.attributes[1] == 1


def test_who_may_connect_to_a_port_may_to_no_other() -> None:
    kernel, old = FakeKernel(4), FakeKernel(3)
    restrict(Rights(sockets="any", ports=(2375, 53)), kernel)
    restrict(Rights(sockets="any", ports=(2375, 53)), old)
    assert kernel.attributes[1] == 3
    assert kernel.ports == [(2, 2375), (2, 53)]
    assert old.ports == []


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_a_kernel_without_landlock_is_told_and_no_error(number: int) -> None:
    class Without(FakeKernel):
        def version(self) -> int:
            raise OSError(number, os.strerror(number))

    kernel = Without(0)
    (missing,) = restrict(Rights(), kernel)
    assert missing.startswith("the kernel does not confine this process (")
    assert not kernel.restricted


def in_child(what: Callable[[], None]) -> str:
    """What a process of its own says: the error that ends `what`, or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            what()
        except OSError as error:
            os.write(writing, os.strerror(error.errno or 0).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return said.read()


def restrict_nothing() -> str:
    """What is missing in this kernel."""

    def ask() -> None:
        if restrict(Rights()):
            raise OSError(errno.ENOSYS, "")

    return in_child(ask)


def test_the_kernel_holds_to_the_rules(tmp_path: Path) -> None:
    if restrict_nothing():
        pytest.skip("this kernel has no Landlock")
    for name in ("read", "written", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    rights = Rights((str(tmp_path / "read"),), (str(tmp_path / "written"),))

    def tried(act: Callable[[], object]) -> str:
        def confined() -> None:
            restrict(rights)
            act()

        return in_child(confined)

    denied = "Permission denied"
    assert tried((tmp_path / "read/file").read_text) == ""
    assert tried(lambda: (tmp_path / "read/file").write_text("x")) == denied
    assert tried((tmp_path / "read/file").unlink) == denied
    assert tried(lambda: (tmp_path / "written/new").write_text("x")) == ""
    assert tried(lambda: (tmp_path / "written/new").replace(tmp_path / "written/newer")) == ""
    assert tried((tmp_path / "written/newer").unlink) == ""
    assert tried((tmp_path / "other/file").read_text) == denied
    assert tried(lambda: list((tmp_path / "other").iterdir())) == denied
    assert tried(lambda: os.execv("/bin/true", ["true"])) == denied
