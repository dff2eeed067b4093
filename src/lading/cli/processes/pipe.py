"""Messages between the front door and its worker."""

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

_HEAD: Final = 8
_MOST_OPEN: Final = 1 << 16
_BROKEN: Final = (1 << 8 * _HEAD) - 1
"""In the place of a piece's size: that no more of them can be made."""
_ROOM: Final = 1 << 20
"""Bytes that a pipe is asked to hold, so that long messages change hands seldom."""


class Pipe:
    """Messages, and documents in pieces, with the length in front of each. What the other end says is bounded by what
    it can hold itself."""

    def __init__(self, read: int, write: int) -> None:
        self._read = read
        self._write = write

    def send(self, message: Struct) -> None:
        """Raises OSError when the other end is gone."""
        body = msgspec.msgpack.encode(message)
        self._send_bytes(len(body).to_bytes(_HEAD, "big") + body)

    def send_pieces(self, pieces: Iterable[bytes | bytearray]) -> None:
        """A document of which each piece is sent when it is made. Raises OSError when the other end is gone, and what
        making them raises, which the other end is told of by a message that is to follow."""
        try:
            for piece in pieces:
                if piece:
                    self._send_bytes(len(piece).to_bytes(_HEAD, "big"))
                    self._send_bytes(piece)
        except BaseException:
            self._send_bytes(_BROKEN.to_bytes(_HEAD, "big"))
            raise
        self._send_bytes(bytes(_HEAD))

    def _send_bytes(self, data: bytes | bytearray) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._write, left) :]

    def receive(self) -> bytearray | None:
        """The next message; None when the other end is gone before it has sent it whole."""
        head = self._receive_bytes(_HEAD)
        return None if head is None else self._receive_bytes(int.from_bytes(head, "big"))

    def receive_pieces(self) -> list[bytearray] | None:
        """The next document; None when the other end cannot make it, and says why in the next message, or is gone."""
        pieces: list[bytearray] = []
        while head := self._receive_bytes(_HEAD):
            size = int.from_bytes(head, "big")
            if not size:
                return pieces
            piece = self._receive_bytes(size) if size != _BROKEN else None
            if piece is None:
                break
            pieces.append(piece)
        return None

    def _receive_bytes(self, size: int) -> bytearray | None:
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
