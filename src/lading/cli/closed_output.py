"""What to do where nobody reads what is written, or not at once."""

import io
import os
import sys
from collections.abc import Iterable


def discard_output() -> None:
    """Sends what is still to be written to standard output nowhere, so that neither this program nor the interpreter's
    last flush complains."""
    _discard(sys.stdout.fileno())


def flush_errors() -> None:
    """Flushes standard error, and drops what cannot be written there, now and from now on: the interpreter would end
    with a status of its own."""
    try:
        sys.stderr.flush()
    except OSError:
        try:
            _discard(sys.stderr.fileno())
        except OSError:  # a confined process opens nothing
            sys.stderr = io.StringIO()


def _discard(descriptor: int) -> None:
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, descriptor)
    finally:
        os.close(sink)


def wait_for_readers(descriptors: Iterable[int] = (1, 2)) -> None:
    """Has writing wait for whoever reads, where another process that shares standard output or error made it such that
    it does not (O_NONBLOCK): what is written would be cut off."""
    for number in descriptors:
        try:
            if not os.get_blocking(number):
                os.set_blocking(number, True)
        except OSError:  # closed
            continue
