"""No more than so many bytes a second, over all connections of a client."""

import threading
import time
from collections.abc import Callable
from typing import Final

Clock = Callable[[], float]

_BURST: Final = 0.25  # seconds of the rate that may come at once


class Throttle:
    """Makes who has read wait until the bytes were due at `rate` bytes a second; 0 for no bound. Safe for threads."""

    def __init__(
        self, rate: int = 0, clock: Clock = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._due = clock()

    def spend(self, count: int) -> None:
        """So many bytes have come."""
        if not self._rate:
            return
        with self._lock:
            now = self._clock()
            self._due = max(self._due, now - _BURST) + count / self._rate
            wait = self._due - now
        if wait > 0:
            self._sleep(wait)
