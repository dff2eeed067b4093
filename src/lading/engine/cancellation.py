"""Ending a scan from outside, or at its deadline."""

import threading
import time

from lading.model.errors import EngineError


class Cancellation:
    """Asked by every stage that may take long. `seconds` from now on the scan has to be done; None for no deadline.
    Safe for threads."""

    def __init__(self, seconds: float | None = None) -> None:
        self._cancelled = threading.Event()
        self._seconds = seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def cancel(self) -> None:
        """Ends the scan: its next check raises."""
        self._cancelled.set()

    def check(self) -> None:
        """Raises EngineError when the scan is to end."""
        if self._cancelled.is_set():
            raise EngineError("interrupted")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise EngineError(f"the scan was not done after {self._seconds:g} seconds")
