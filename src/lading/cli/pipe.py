"""Messages between the front door and its worker."""

import contextlib
import os
import sys
from typing import Final

import msgspec
from msgspec import Struct

_HEAD: Final = 8
_MOST_OPEN: Final = 1 << 16
_ROOM: Final = 1 << 20
"""Bytes that a pipe is asked to hold, so that long messages change hands seldom."""


class Pipe:
    """Messages with their length in front, and bytes whose number a message has told. What the other end says is
    bounded by what it can hold itself."""

    def __init__(self, read: int, write: int) -> None:
        self._read = read
        self._write = write

    def send(self, message: Struct) -> None:
        """Raises OSError when the other end is gone."""
        body = msgspec.msgpack.encode(message)
        self.send_bytes(len(body).to_bytes(_HEAD, "big") + body)

    def send_bytes(self, data: bytes | bytearray) -> None:
        """Raises OSError when the other end is gone."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._write, left) :]

    def receive(self) -> bytearray | None:
        """The next message; None when the other end is gone before it has sent it whole."""
        head = self.receive_bytes(_HEAD)
        return None if head is None else self.receive_bytes(int.from_bytes(head, "big"))

    def receive_bytes(self, size: int) -> bytearray | None:
        """So many bytes; None when the other end is gone before it has sent them all, or cannot have so many."""
        try:
            data = bytearray(size)
        except (MemoryError, OverflowError):
            return None
        left = memoryview(data)
        while left:
            count = os.readv(self._read, [left])
            if not count:
                return None
            left = left[count:]
        return data

    def waiting(self) -> int:
        """How many bytes have come that were not received yet."""
        import fcntl
        import termios

        count = fcntl.ioctl(self._read, termios.FIONREAD, b"\0" * 4)
        return int.from_bytes(count, sys.byteorder)

    def close_others(self) -> None:
        """Closes everything that this process has open but its ends and the standard streams: files and pipes of
        others that it was born with."""
        low, high = sorted((self._read, self._write))
        for first, last in ((3, low), (low + 1, high), (high + 1, min(os.sysconf("SC_OPEN_MAX"), _MOST_OPEN))):
            os.closerange(first, last)

    def close(self) -> None:
        """Closes both ends."""
        os.close(self._read)
        os.close(self._write)


def connected() -> tuple[Pipe, Pipe]:
    """Two that talk to each other, each for a process of its own, which closes the other one."""
    one, other = _roomy(), _roomy()
    return Pipe(one[0], other[1]), Pipe(other[0], one[1])


def _roomy() -> tuple[int, int]:
    ends = os.pipe()
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # the user has too many pipes for a large one
            fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, _ROOM)
    return ends
