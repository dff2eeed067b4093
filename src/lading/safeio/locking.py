"""Locks between processes, which the kernel frees when their holder dies."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lading.model.errors import SafeIOError

SHORT: Final = 60.0
"""Seconds to wait for a lock that is held while files change place."""
LONG: Final = 600.0
"""Seconds to wait for a lock that is held while something is downloaded."""
_LONGEST_PAUSE: Final = 0.5


@contextmanager
def holding(path: Path, seconds: float) -> Iterator[None]:
    """Holds the lock that is the file `path`, made where there is none. Waits for another holder for `seconds` at most.
    Raises SafeIOError when it is still held then, and OSError when the file cannot be opened for writing."""
    with path.open("a") as file:
        _wait(file.fileno(), path, seconds)
        yield


def _wait(descriptor: int, path: Path, seconds: float) -> None:
    end, pause = time.monotonic() + seconds, 0.005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise SafeIOError(
                    f"{path}: has been locked by another process for {seconds:g} seconds; end it, or try again later"
                ) from error
        time.sleep(min(pause, max(end - time.monotonic(), 0)))
        pause = min(pause * 2, _LONGEST_PAUSE)
