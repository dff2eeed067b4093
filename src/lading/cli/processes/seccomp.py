"""A filter of system calls: those that no reader needs fail, for good, in all threads of a process.

No kept library does this: pyseccomp has had no release since 2021 and needs libseccomp beside it. The filter is a list
that is walked once a call, so it is made here. Sources: seccomp(2); linux/seccomp.h, linux/filter.h, linux/audit.h;
the numbers are those of asm/unistd_64.h of x86-64 and of asm-generic/unistd.h.
"""

import errno
import os
import struct
import sys
from typing import Final, Literal, Protocol

from lading.cli.processes.system_calls import SystemCalls

Sockets = Literal["any", "local", "none"]
"""Which sockets may be made and connected: "local" are those of this machine's file system."""

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_CALL_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW: Final = 0x7FFF0000
_FAIL: Final = 0x00050000 | errno.EACCES
_SET_FILTER: Final = 1
_ALL_THREADS, _AS_FAST_AS_BEFORE = 1, 4  # SECCOMP_FILTER_FLAG_TSYNC, _SPEC_ALLOW
_OTHER_NUMBERS: Final = 0x40000000  # of the x32 calls
_FAMILY_LOCAL: Final = 1

_NUMBERS: Final[dict[str, tuple[int, int]]] = {
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "execve": (59, 221), "execveat": (322, 281),
    # other ways into the kernel
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "syslog": (103, 116),
    # other file systems, and files past their paths
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
}  # fmt: skip
_CONNECTIONS: Final[dict[str, tuple[int, int]]] = {
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269), "socketpair": (53, 199),
}  # fmt: skip
_SOCKET: Final = (41, 198)
_SECCOMP: Final = (317, 277)
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""What the kernel calls a machine, and which of the numbers are its."""


class Kernel(Protocol):
    """The system call. Raises OSError as the kernel says."""

    def set_filter(self, number: int, flags: int, program: bytes) -> None:
        """Sets a filter by the call of this number; `program` are its instructions."""


def deny(sockets: Sockets, kernel: Kernel | None = None, machine: str = "") -> tuple[str, ...]:
    """Gives up the calls that no reader needs, and all sockets but these. Gives a sentence where that is not to be
    had."""
    machine = machine or os.uname().machine
    if sys.platform != "linux" or machine not in _MACHINES or struct.calcsize("P") != 8:
        return ("system calls are not filtered on this machine",)
    _, column = _MACHINES[machine]
    try:
        (kernel or _System()).set_filter(
            _SECCOMP[column], _ALL_THREADS | _AS_FAST_AS_BEFORE, _program(machine, sockets)
        )
    except OSError as error:
        return (f"the kernel does not filter system calls ({error.strerror or error})",)
    return ()


def _program(machine: str, sockets: Sockets) -> bytes:
    """The instructions: what fails jumps over the rest to the last one."""
    number, column = _MACHINES[machine]
    denied = [one[column] for one in _NUMBERS.values()]
    if sockets == "none":
        denied += [_SOCKET[column], *(one[column] for one in _CONNECTIONS.values())]
    tests = [(_IF_EQUAL, one) for one in dict.fromkeys(denied)]
    if column == 0:
        tests.append((_IF_AT_LEAST, _OTHER_NUMBERS))
    family = []
    if sockets == "local":
        family = [
            (_IF_EQUAL, 0, 3, _SOCKET[column]),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_IF_EQUAL, 0, 2, _FAMILY_LOCAL),
            (_RETURN, 0, 0, _ALLOW),
        ]
    left = range(len(tests) + len(family), len(family), -1)
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 0, len(tests) + len(family) + 2, number),
        (_LOAD, 0, 0, _CALL_AT),
        *((test, jump, 0, value) for jump, (test, value) in zip(left, tests, strict=True)),
        *family,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL),
    ]
    return b"".join(struct.pack("=HBBI", *one) for one in steps)


class _System:
    """The kernel below."""

    def __init__(self) -> None:
        self._calls = SystemCalls()

    def set_filter(self, number: int, flags: int, program: bytes) -> None:
        self._calls.give_up_privileges()
        place, kept = self._calls.address(program)
        thread = self._calls.call(number, _SET_FILTER, flags, struct.pack("=HxxxxxxQ", len(program) // 8, place))
        del kept
        if thread:
            raise OSError(errno.EAGAIN, "a thread has a filter of its own")
