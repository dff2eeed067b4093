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
_RULE_PATH: Final = 1


class Rights(Struct, frozen=True):
    """What a process may still do: read what lies at or below the paths of `read`, also write below those of `write`,
    and connect anywhere when `connect` is on. What does not exist is left out."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    connect: bool = False


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
        kernel = kernel or _system()
        version = kernel.version()
        _enforce(rights, kernel, version)
    except OSError as error:
        return (f"the kernel does not confine this process ({_reason(error)}); Linux has Landlock since 5.13",)
    missing = []
    if version < _TCP_SINCE:
        missing.append(
            f"this kernel's Landlock (version {version}) leaves the network open; that of Linux 6.7 does not"
        )
    return tuple(missing)


def _enforce(rights: Rights, kernel: Kernel, version: int) -> None:
    handled = sum(bits for since, bits in _SINCE if version >= since)
    tcp = 0
    if version >= _TCP_SINCE:
        tcp = _TCP & ~_CONNECT if rights.connect else _TCP
    ruleset = kernel.create_ruleset(_attributes(version, handled, tcp))
    try:
        for path in dict.fromkeys(rights.read):
            _allow(kernel, ruleset, path, _READ & handled)
        for path in dict.fromkeys(rights.write):
            _allow(kernel, ruleset, path, (_READ | _CHANGE) & handled)
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
    _NO_NEW_PRIVILEGES = 38  # prctl(2)

    def __init__(self) -> None:
        import ctypes

        self._c = ctypes
        self._library = ctypes.CDLL(None, use_errno=True)

    def version(self) -> int:
        return self._call(self._CREATE, None, 0, self._ASK_VERSION)

    def create_ruleset(self, attributes: bytes) -> int:
        return self._call(self._CREATE, attributes, len(attributes), 0)

    def add_rule(self, ruleset: int, kind: int, rule: bytes) -> None:
        self._call(self._ADD, ruleset, kind, rule, 0)

    def restrict(self, ruleset: int) -> None:
        one, none = self._c.c_ulong(1), self._c.c_ulong(0)
        if self._library.prctl(self._NO_NEW_PRIVILEGES, one, none, none, none):
            raise self._error()
        self._call(self._RESTRICT, ruleset, 0)

    def _call(self, number: int, *arguments: int | bytes | None) -> int:
        passed = [self._c.c_long(one) if isinstance(one, int) else self._c.c_char_p(one) for one in arguments]
        self._library.syscall.restype = self._c.c_long
        result = int(self._library.syscall(self._c.c_long(number), *passed))
        if result < 0:
            raise self._error()
        return result

    def _error(self) -> OSError:
        number = self._c.get_errno()
        return OSError(number, os.strerror(number))


def _system() -> Kernel:
    import sys

    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return _System()
