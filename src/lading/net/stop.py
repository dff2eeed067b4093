"""Ending what waits for the network, from another thread."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lading.model.errors import NetError

Interrupt = Callable[[], object]


class Stop:
    """What one client has waiting. Each wait leaves here the means to end it; once stopped, nothing waits again.

    Without a lock: a finaliser may call `discard` at any moment, and a set's own operations are whole."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._interrupts: set[Interrupt] = set()

    def check(self) -> None:
        """Raises NetError once stopped. Who waits asks this after leaving an interrupt and after the wait, whatever
        came of it."""
        if self._stopped.is_set():
            raise NetError("the network connections were closed")

    def sleep(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def add(self, interrupt: Interrupt) -> None:
        self._interrupts.add(interrupt)

    def discard(self, interrupt: Interrupt) -> None:
        self._interrupts.discard(interrupt)

    @contextmanager
    def during(self, interrupt: Interrupt) -> Iterator[None]:
        """A wait that `interrupt` ends. Raises NetError when it is not to begin."""
        self.add(interrupt)
        try:
            self.check()
            yield
        finally:
            self.discard(interrupt)

    def stop(self) -> None:
        """Ends all waits."""
        self._stopped.set()
        for interrupt in self._interrupts.copy():
            with contextlib.suppress(OSError):  # it has ended by itself
                interrupt()
