"""Which process reads a layer just now: others wait for what it finds, and do not read the layer too."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PAUSE: Final = 0.01
_PATIENCE: Final = 300.0
"""Seconds to wait for another process; who is slower than that may be stuck."""


@contextmanager
def claimed(path: Path, check: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """While it lasts, other processes and threads wait that claim the same path, a file that is made for it and
    removed afterwards. `check` is called while waiting, and raises when the scan is to end. A claim ends with its
    process. Where none can be made, or another one lasts too long, everybody goes on."""
    descriptor = _open(path)
    try:
        if descriptor is not None:
            _wait(descriptor, check, clock)
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            os.close(descriptor)


def _open(path: Path) -> int | None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _wait(descriptor: int, check: Callable[[], None], clock: Callable[[], float]) -> None:
    import fcntl

    end = clock() + _PATIENCE
    while clock() < end:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            check()
            time.sleep(_PAUSE)
        except OSError:
            return
        else:
            return
