"""Reading a stream ahead of who wants it, so that reading, inflating and hashing go on while that one thinks."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from lading.model.ports import ByteStream

_PIECE: Final = 1024 * 1024
_PIECES: Final = 4


class Tally:
    """An amount that one adds to and another takes, both in one thread."""

    def __init__(self) -> None:
        self._amount = 0

    def add(self, amount: int, /) -> None:
        self._amount += amount

    def take(self) -> int:
        """What was added since it was last asked."""
        amount, self._amount = self._amount, 0
        return amount


class ReadAhead:
    """`stream`, of which a thread holds up to 4 MiB ready. Owns `stream`, which nobody else reads meanwhile.

    `passed` says how much of something has come to pass since it was last asked, and is asked after each piece that is
    read; `tell` is told when that piece is handed over, so that what it does is the same however far the thread is.
    What `stream` raises is raised by the read that meets it.
    """

    def __init__(self, stream: ByteStream, passed: Callable[[], int], tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._passed = passed
        self._tell = tell
        self._ready: deque[tuple[bytes, int] | BaseException] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._held = b""
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def read(self, size: int, /) -> bytes:
        held = self._held or self._next()
        self._held = held[size:]
        return held[:size] if self._held else held

    def close(self) -> None:
        """Ends the thread, then closes the stream."""
        self.stop()
        self._ready.clear()
        self._stream.close()

    def stop(self) -> None:
        """Ends the thread, when it has read what it is reading."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _next(self) -> bytes:
        if self._ended:
            return b""
        with self._changed:
            while not self._ready:
                self._changed.wait()
            found = self._ready.popleft()
            if len(self._ready) == _PIECES - 1:
                self._changed.notify_all()
        if isinstance(found, BaseException):
            self._ready.appendleft(found)
            try:
                raise found
            finally:
                del found  # an error whose own frames hold it keeps all that they hold
        data, amount = found
        self._ended = not data
        self._tell(amount)
        return data

    def _run(self) -> None:
        try:
            while self._put((self._stream.read(_PIECE), self._passed())):
                pass
        except BaseException as error:  # raised where the piece is missed
            self._put(error)

    def _put(self, item: tuple[bytes, int] | BaseException) -> bool:
        """Whether another piece is wanted."""
        with self._changed:
            while len(self._ready) >= _PIECES and not self._closed:
                self._changed.wait()
            self._ready.append(item)
            if len(self._ready) == 1:
                self._changed.notify_all()
            return not self._closed and isinstance(item, tuple) and bool(item[0])
