"""Clocks that tests move, so that nothing depends on how fast a machine is."""

import itertools
import threading


class HandClock:
    """Goes when `now` is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TickingClock:
    """A second goes by each time somebody looks at it: whatever is waited for takes a second."""

    def __init__(self) -> None:
        self._seconds = itertools.count()
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return float(next(self._seconds))
