"""Programs that the front door runs for somebody's credentials: each within a time, its answer bounded."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lading.model.errors import NetError

if TYPE_CHECKING:
    import subprocess

_MOST: Final = 1024 * 1024


def find_program(name: str) -> str | None:
    """A program in the directories of PATH that are no part of where the command happens to run."""
    places = [one for one in os.environ.get("PATH", os.defpath).split(os.pathsep) if one.startswith("/")]
    return shutil.which(name, path=os.pathsep.join(places))


def run_program(
    command: Sequence[str],
    data: bytes,
    deadline: float,
    *,
    variables: Mapping[str, str] | None = None,
    heard: bool = False,
) -> tuple[int, bytes]:
    """The exit status of a program, and what it wrote to standard output; it gets the data on standard input, and so
    many seconds. What it writes to standard error is shown where it is to be `heard`. Raises NetError."""
    import subprocess

    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if heard else subprocess.DEVNULL,
            env=variables,
            start_new_session=True,
        )
    except OSError as error:
        raise NetError(f"{command[0]} cannot be run: {error.strerror}") from error
    answers: list[bytes] = []
    exchange = threading.Thread(target=_exchange, args=(process, data, answers), daemon=True)
    end = time.monotonic() + deadline
    exchange.start()
    try:
        exchange.join(deadline)
        if answers and len(answers[0]) > _MOST:
            raise NetError(f"it answered with more than {_MOST:,} bytes")
        if exchange.is_alive():
            raise NetError(f"it did not answer in {deadline:g} seconds")
        return process.wait(max(end - time.monotonic(), 0.1)), b"".join(answers)
    except subprocess.TimeoutExpired as error:
        raise NetError(f"it did not answer in {deadline:g} seconds") from error
    finally:
        _end(process.pid, running=process.poll() is None or exchange.is_alive())
        process.wait()
        exchange.join(1)


def _exchange(process: "subprocess.Popen[bytes]", data: bytes, answers: list[bytes]) -> None:
    """Hands a program its input and keeps its output, up to more than is taken."""
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(OSError), process.stdin as stdin:
        stdin.write(data)
    with contextlib.suppress(OSError), process.stdout as stdout:
        answers.append(stdout.read(_MOST + 1))


def _end(pid: int, *, running: bool) -> None:
    """Ends a program and what it started."""
    import signal

    if running:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
