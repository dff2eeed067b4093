"""System calls that Python has no function for."""

import errno
import os
import sys
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38  # prctl(2)


class SystemCalls:
    """Those of Linux, by number. Raises OSError elsewhere."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        import ctypes

        self._c = ctypes
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.syscall.restype = ctypes.c_long

    def call(self, number: int, *arguments: int | bytes | None) -> int:
        """What a call gives; bytes are passed by their address. Raises OSError as the kernel says."""
        passed = [self._c.c_long(one) if isinstance(one, int) else self._c.c_char_p(one) for one in arguments]
        return self._checked(int(self._library.syscall(self._c.c_long(number), *passed)))

    def prctl(self, option: int, value: int) -> None:
        """Raises OSError as the kernel says."""
        none = self._c.c_ulong(0)
        self._checked(self._library.prctl(option, self._c.c_ulong(value), none, none, none))

    def give_up_privileges(self) -> None:
        """No program that this process starts later gains any. Raises OSError as the kernel says."""
        self.prctl(_NO_NEW_PRIVILEGES, 1)

    def address(self, data: bytes) -> tuple[int, object]:
        """Where the same bytes lie for as long as the object is kept."""
        kept = self._c.create_string_buffer(data, len(data))
        return self._c.addressof(kept), kept

    def _checked(self, result: int) -> int:
        if result < 0:
            number = self._c.get_errno()
            raise OSError(number, os.strerror(number))
        return result
