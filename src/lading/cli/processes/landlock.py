"""Landlock: rights that a process gives up for good, and its threads and children with it.

Source: landlock(7) and https://docs.kernel.org/userspace-api/landlock.html. The numbers are those of linux/landlock.h;
the system calls have the same ones on every architecture.
"""

import errno
import os
import stat
import struct
from typing import Final, Protocol

from msgspec import Struct

from lading.cli.processes.seccomp import Sockets
from lading.cli.processes.system_calls import SystemCalls

_READ: Final = 1 << 2 | 1 << 3  # READ_FILE, READ_DIR
_FILE_RIGHTS: Final = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # those that may be given on a file
_CHANGE: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13 | 1 << 14
"""WRITE_FILE, REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, MAKE_SYM, REFER, TRUNCATE."""
_SINCE: Final = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""The rights over files, by the version that knows them first."""
_TCP: Final = 1 << 0 | 1 << 1  # BIND_TCP, CONNECT_TCP
_CONNECT: Final = 1 << 1
_TCP_SINCE: Final = 4
_SCOPES: Final = 1 << 0 | 1 << 1  # ABSTRACT_UNIX_SOCKET, SIGNAL
_SCOPES_SINCE: Final = 6
_RULE_PATH, _RULE_PORT = 1, 2


class Rights(Struct, frozen=True):
    """What a process may still do: read what lies at or below the paths of `read`, also write below those of `write`,
    and make such `sockets`, those for TCP only to connect to these `ports`, to all where none is named. What does not
    exist is left out."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    sockets: Sockets = "none"
    ports: tuple[int, ...] = ()


class Kernel(Protocol):
    """The system calls. Each raises OSError as the kernel says."""

    def version(self) -> int:
        """The version of Landlock that the kernel has."""

    def create_ruleset(self, attributes: bytes) -> int:
        """A descriptor of a new set of rules."""

    def add_rule(self, ruleset: int, kind: int, rule: bytes) -> None:
        """Adds one rule."""

    def restrict(self, ruleset: int) -> None:
        """Gives up all rights but those of the rules, and those that programs started later could gain."""


def restrict(rights: Rights, kernel: Kernel | None = None) -> tuple[str, ...]:
    """Gives up everything but these rights, for the calling thread and whatever it starts. Gives a sentence for each
    part that the kernel does not have; nothing is given up where it has no Landlock at all."""
    try:
        kernel = kernel or _System()
        version = kernel.version()
        _enforce(rights, kernel, version)
    except OSError as error:
        return (f"the kernel does not confine this process ({_reason(error)}); Linux has Landlock since 5.13",)
    if version < _TCP_SINCE:
        return (f"this kernel's Landlock (version {version}) does not bound TCP; that of Linux 6.7 does",)
    return ()


def landlock_version() -> int:
    """The version of Landlock that this kernel has, 0 for none."""
    try:
        return _System().version()
    except OSError:
        return 0


def _enforce(rights: Rights, kernel: Kernel, version: int) -> None:
    handled = sum(bits for since, bits in _SINCE if version >= since)
    tcp = 0
    if version >= _TCP_SINCE:
        tcp = _TCP & ~_CONNECT if rights.sockets == "any" and not rights.ports else _TCP
    ruleset = kernel.create_ruleset(_attributes(version, handled, tcp))
    try:
        for path in dict.fromkeys(rights.read):
            _allow(kernel, ruleset, path, _READ & handled)
        for path in dict.fromkeys(rights.write):
            _allow(kernel, ruleset, path, (_READ | _CHANGE) & handled)
        for port in rights.ports if tcp & _CONNECT else ():
            kernel.add_rule(ruleset, _RULE_PORT, struct.pack("=QQ", _CONNECT, port))
        kernel.restrict(ruleset)
    finally:
        os.close(ruleset)


def _attributes(version: int, handled: int, tcp: int) -> bytes:
    fields = [handled]
    if version >= _TCP_SINCE:
        fields.append(tcp)
    if version >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    return struct.pack(f"={len(fields)}Q", *fields)


def _allow(kernel: Kernel, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _FILE_RIGHTS
        kernel.add_rule(ruleset, _RULE_PATH, struct.pack("=Qi", access, descriptor))
    except OSError as error:
        if error.errno != errno.EBADFD:  # a pipe needs no rule
            raise
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    known = {errno.ENOSYS: "it has no Landlock", errno.EOPNOTSUPP: "Landlock was not switched on when it started"}
    return known.get(error.errno or 0, error.strerror or str(error))


class _System:
    """The kernel below."""

    _CREATE, _ADD, _RESTRICT = 444, 445, 446
    _ASK_VERSION = 1

    def __init__(self) -> None:
        self._calls = SystemCalls()

    def version(self) -> int:
        return self._calls.call(self._CREATE, None, 0, self._ASK_VERSION)

    def create_ruleset(self, attributes: bytes) -> int:
        return self._calls.call(self._CREATE, attributes, len(attributes), 0)

    def add_rule(self, ruleset: int, kind: int, rule: bytes) -> None:
        self._calls.call(self._ADD, ruleset, kind, rule, 0)

    def restrict(self, ruleset: int) -> None:
        self._calls.give_up_privileges()
        self._calls.call(self._RESTRICT, ruleset, 0)
