"""How long a server may take: no progress ends a request soon, slow but steady progress never."""

import math
from typing import Final

from lading.net.throttle import Clock, Throttle
from lading.net.trouble import MOST_ATTEMPTS, Trouble

DEFAULT_TIMEOUT: Final = 120.0
"""Seconds without progress after which a request is given up, its repetitions included."""
LEAST_RATE: Final = 256
"""Bytes a second below which a body counts as making no progress."""
MOST_HEAD: Final = 256 * 1024
"""Bytes that everything before a body may have: status lines, headers, and the same of interim answers."""
_HURRIED: Final = 1.0
_FREE: Final = Throttle()


class Patience:
    """What is left for one request with its redirects, repetitions and pauses: `timeout` seconds without an answer of
    any kind, and two and a half times as long altogether."""

    def __init__(self, timeout: float, clock: Clock) -> None:
        self._timeout = timeout
        self._clock = clock
        now = clock()
        self._end = now + 2.5 * timeout
        self._silent_until = now + timeout

    def left(self) -> float:
        """Seconds, negative when it has run out."""
        return min(self._end, self._silent_until) - self._clock()

    def renew(self, pause: float) -> None:
        """The server has answered, if only that it will not yet: it is asked again after `pause` seconds."""
        self._silent_until = self._clock() + pause + self._timeout


class Meter:
    """Watches what one connection brings. Waiting counts, not the time in which nobody reads.

    - A connection that brings nothing for half of `timeout` is given up, for another to be tried.
    - Headers must be whole a fifth of `timeout` after their first byte, and before `limit` seconds are over.
    - A body must bring LEAST_RATE bytes a second on average while a fifth of `timeout` is spent waiting for it. A
      single wait counts for a third of that at most, so that a body that stalls and then comes quickly is none that
      trickles.

    What comes too fast for `throttle` waits, which counts for nothing.
    """

    def __init__(self, timeout: float, clock: Clock, throttle: Throttle = _FREE) -> None:
        self.throttle = throttle
        self.silence = timeout / 2
        self._window = timeout / 5
        self.clock = clock
        self._in_head = True
        self._is_patient = False
        self._deadline = math.inf
        self._bytes = 0
        self._waited = 0.0

    def begin_head(self, limit: float) -> None:
        """A request is about to be answered."""
        self._in_head = True
        self._is_patient = False
        self._bytes = 0
        self._deadline = self.clock() + limit

    def begin_body(self) -> None:
        self._in_head = False
        self._bytes = 0
        self._waited = 0.0
        self._deadline = math.inf

    def be_patient(self) -> None:
        """What the body brings comes now and then: only complete silence ends it."""
        self._is_patient = True

    def hurry(self) -> None:
        """Nobody wants the rest of the body: it is read only if it is about to come."""
        self._deadline = self.clock() + _HURRIED

    def limit(self) -> float:
        """Seconds that the next wait may take. Raises Trouble when none are left."""
        if self._deadline == math.inf:
            return self.silence
        left = self._deadline - self.clock()
        if left <= 0:
            raise self.timed_out()
        return min(self.silence, left)

    def note(self, waited: float, count: int) -> None:
        """So many bytes came after so many seconds. Raises Trouble."""
        self._bytes += count
        if self._in_head:
            self._note_head(count)
            return
        if self._is_patient:
            return
        self._waited += min(waited, self._window / 3)
        if self._waited >= self._window:
            if self._bytes < LEAST_RATE * self._window:
                raise _too_slow()
            self._bytes = 0
            self._waited = 0.0

    def timed_out(self) -> Trouble:
        """What it means that a wait took as long as it may."""
        if self._in_head and self._bytes:
            return _too_slow()
        return Trouble("stopped answering; try again later, or wait longer with --timeout", MOST_ATTEMPTS)

    def _note_head(self, count: int) -> None:
        if self._bytes > MOST_HEAD:
            raise Trouble(f"sent headers of more than {MOST_HEAD:,} bytes; refused", 1)
        if self._bytes == count:
            self._deadline = min(self._deadline, self.clock() + self._window)


def _too_slow() -> Trouble:
    return Trouble("answers too slowly; try again later, or wait longer with --timeout", 1)
