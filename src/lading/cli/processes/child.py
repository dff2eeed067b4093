"""A process that this one has made of itself: how it begins and ends, and what it fails by."""

import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from msgspec import Struct

from lading.cli.processes.system_calls import SystemCalls
from lading.model import errors

_KILLED: Final = (signal.SIGKILL, signal.SIGXCPU)
_DEATH_SIGNAL: Final = 1  # prctl(2)
_GRACE, _PAUSE = 1.0, 0.01
"""Seconds that a child has to end when it is asked to, and between looks whether it has."""
_NO_THREAD: Final = "can't start new thread"
_ERRORS: Final[Mapping[str, type[errors.LadingError]]] = {
    one.__name__: one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.LadingError) and one is not errors.LimitError
}


class WorkerError(Exception):
    """A defect in a child; the text is its traceback."""


class Failed(Struct, frozen=True, tag=True):
    """A child ended with an error, by its class and text."""

    error: str
    text: str

    def raise_it(self) -> NoReturn:
        """Raises the LadingError, KeyboardInterrupt, or WorkerError for a defect."""
        if self.error in _ERRORS:
            raise _ERRORS[self.error](self.text)
        if self.error == KeyboardInterrupt.__name__:
            raise KeyboardInterrupt
        raise WorkerError(self.text)


def failed_by(error: BaseException) -> Failed:
    """What the parent is told of an error, while it is handled."""
    match error:
        case errors.LadingError():
            return Failed(next(one.__name__ for one in type(error).__mro__ if one.__name__ in _ERRORS), str(error))
        case KeyboardInterrupt():
            return Failed(KeyboardInterrupt.__name__, "")
        case _ if short := shortage(error):
            return Failed("EngineError", short)
        case _:
            import traceback

            return Failed("", "".join(traceback.format_exception(error)))


def shortage(error: BaseException) -> str:
    """What this machine was short of where that is why `error` was raised, "" where it is not."""
    match error:
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return "memory is too short to go on; nothing was decided"
        case RuntimeError() if _NO_THREAD in str(error):
            pass
        case OSError(errno=errno.EAGAIN) if error.strerror == os.strerror(errno.EAGAIN):  # of fork(2)
            pass
        case _:
            return ""
    return (
        "no further process or thread can be started: this user or container has too many, or memory is too short; "
        "nothing was decided"
    )


class Child:
    """A child that does `work`, whatever comes of that."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._status: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self._number = os.fork()
        if not self._number:
            try:
                with contextlib.suppress(OSError):
                    SystemCalls().prctl(_DEATH_SIGNAL, signal.SIGKILL)  # when its parent is gone
                work()
                with contextlib.suppress(BaseException):
                    sys.stderr.flush()
                os._exit(0)
            finally:
                os._exit(1)  # whatever a signal raised, this process does not go on as its parent

    def has_ended(self) -> bool:
        if self._status is None:
            number, status = os.waitpid(self._number, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if number else None
        return self._status is not None

    def fate(self) -> errors.EngineError:
        """Waits until it has ended; what became of one that said nothing of it."""
        self._wait()
        assert self._status is not None
        if -self._status in _KILLED:
            return errors.EngineError(
                "the process that reads the image was killed, as the kernel does when memory is short; nothing was "
                "decided"
            )
        name = signal.Signals(-self._status).name if self._status < 0 else f"status {self._status}"
        return errors.EngineError(
            f"the process that reads the image crashed ({name}); please report it, with the image if you may share it"
        )

    def end(self, *, ask: bool) -> None:
        """Ends it; where it is asked to first, it has the time to remove what it has made for itself alone, such as its
        claims on layers."""
        if ask and not self.has_ended():
            os.kill(self._number, signal.SIGTERM)
            end = time.monotonic() + _GRACE
            while not self.has_ended() and time.monotonic() < end:
                time.sleep(_PAUSE)
        if self._status is None:
            os.kill(self._number, signal.SIGKILL)
            self._wait()

    def _wait(self) -> None:
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])
