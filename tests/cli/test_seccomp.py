"""The filter of system calls: what the kernel makes of it, and what it says of each call."""

import errno
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.cli.processes.seccomp import Sockets, deny
from tests.cli.test_landlock import in_child

_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EACCES
_X86, _ARM = 0xC000003E, 0xC00000B7
_IPV4, _LOCAL = 2, 1


class FakeKernel:
    """Keeps the filter, and runs it as the kernel does."""

    def __init__(self) -> None:
        self.number = 0
        self._steps: list[tuple[int, int, int, int]] = []

    def set_filter(self, number: int, flags: int, program: bytes) -> None:
        assert flags == 5
        self.number = number
        self._steps = list(struct.iter_unpack("=HBBI", program))

    def answer(self, machine: int, call: int, first: int = 0) -> int:
        data = struct.pack("=IIQQ", call, machine, 0, first)
        at, held = 0, 0
        while True:
            code, if_so, if_not, value = self._steps[at]
            at += 1
            if code == 0x20:
                (held,) = struct.unpack_from("=I", data, value)
            elif code == 0x06:
                return value
            else:
                at += if_so if (held >= value if code == 0x35 else held == value) else if_not


@pytest.mark.parametrize(
    ("sockets", "machine", "number", "call", "first", "answer"),
    [
        ("none", "x86_64", _X86, 41, _LOCAL, _FAIL),
        ("none", "x86_64", _X86, 42, 0, _FAIL),
        ("none", "x86_64", _X86, 0, 0, _ALLOW),
        ("none", "x86_64", _X86, 101, 0, _FAIL),
        ("none", "x86_64", _X86, 300, 0, _FAIL),
        ("none", "x86_64", _X86, 0x40000000, 0, _FAIL),
        ("none", "x86_64", 0x40000003, 0, 0, _FAIL),
        ("local", "x86_64", _X86, 41, _LOCAL, _ALLOW),
        ("local", "x86_64", _X86, 41, _IPV4, _FAIL),
        ("local", "x86_64", _X86, 42, 0, _ALLOW),
        ("local", "x86_64", _X86, 1, 0, _ALLOW),
        ("local", "x86_64", _X86, 59, 0, _FAIL),
        ("any", "x86_64", _X86, 41, _IPV4, _ALLOW),
        ("any", "x86_64", _X86, 425, 0, _FAIL),
        ("none", "aarch64", _ARM, 198, _LOCAL, _FAIL),
        ("none", "aarch64", _ARM, 41, 0, _FAIL),
        ("none", "aarch64", _ARM, 42, 0, _ALLOW),
        ("none", "aarch64", _X86, 0, 0, _FAIL),
        ("local", "aarch64", _ARM, 198, _IPV4, _FAIL),
        ("any", "aarch64", _ARM, 198, _IPV4, _ALLOW),
    ],
)
def test_calls_that_fail(sockets: Sockets, machine: str, number: int, call: int, first: int, answer: int) -> None:
    kernel = FakeKernel()
    assert deny(sockets, kernel, machine) == ()
    assert kernel.answer(number, call, first) == answer
    assert kernel.number == {"x86_64": 317, "aarch64": 277}[machine]


def test_where_there_is_no_filter_it_is_told() -> None:
    class Without(FakeKernel):
        def set_filter(self, number: int, flags: int, program: bytes) -> None:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    assert deny("none", Without(), "x86_64") == ("the kernel does not filter system calls (Invalid argument)",)
    assert deny("none", FakeKernel(), "s390x") == ("system calls are not filtered on this machine",)


def test_the_kernel_holds_to_the_filter(tmp_path: Path) -> None:
    def ask() -> None:
        if missing := deny("none"):
            raise OSError(errno.ENOSYS, missing[0])

    if in_child(ask):
        pytest.skip("this kernel does not filter system calls")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "socket"))
    listening.listen()

    def connect_local() -> None:
        socket.socket(socket.AF_UNIX).connect(str(tmp_path / "socket"))

    def tried(sockets: Sockets, act: Callable[[], object]) -> str:
        def filtered() -> None:
            deny(sockets)
            act()

        return in_child(filtered)

    def in_other_thread() -> None:
        """A thread that was there before the filter."""
        start, done, said = threading.Event(), threading.Event(), []

        def work() -> None:
            start.wait()
            try:
                connect_local()
            except OSError as error:
                said.append(error)
            done.set()

        threading.Thread(target=work, daemon=True).start()
        deny("none")
        start.set()
        done.wait()
        if said:
            raise said[0]

    denied = "Permission denied"
    datagram = (socket.AF_INET, socket.SOCK_DGRAM)
    assert tried("none", lambda: socket.socket(*datagram)) == denied
    assert tried("none", connect_local) == denied
    assert in_child(in_other_thread) == denied
    assert tried("local", lambda: socket.socket(*datagram)) == denied
    assert tried("local", connect_local) == ""
    assert tried("any", lambda: socket.socket(*datagram)) == ""
    assert tried("any", lambda: os.execv("/bin/true", ["true"])) == denied
    assert tried("none", (tmp_path / "file").touch) == ""
    assert tried("none", lambda: threading.Thread(target=int).start()) == ""
    listening.close()
