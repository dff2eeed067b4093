"""Standard input as a file that can be read from any place, any number of times."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lading.model.errors import SafeIOError
from lading.safeio.content import no_place

SHOWN: Final = "standard input"
PATH: Final = "/dev/stdin"
_PIECE: Final = 1024 * 1024


@contextmanager
def kept_input() -> Iterator[str]:
    """The path of what comes on standard input: of the file that it is redirected from; of one without a name in the
    directory for temporary files, where it comes from a pipe, so that nothing is left of it however this process ends.
    Raises SafeIOError when there is no input, or no place for it."""
    if stat.S_ISREG(_status().st_mode):
        yield PATH
        return
    if os.isatty(0):
        raise SafeIOError(f"{SHOWN}: is a terminal: pipe an image or an SBOM in (docker save NAME | lading scan -)")
    import tempfile

    try:
        file = tempfile.TemporaryFile(prefix="lading-")  # noqa: SIM115
    except OSError as error:
        raise SafeIOError(f"{SHOWN}: cannot be kept: {no_place(error)}") from error
    with file:
        try:
            while piece := os.read(0, _PIECE):
                file.write(piece)
            file.flush()
        except OSError as error:
            raise SafeIOError(
                f"{SHOWN}: cannot be kept in {tempfile.gettempdir()}: {error.strerror}; TMPDIR names another directory"
            ) from error
        if not file.tell():
            raise SafeIOError(f"{SHOWN}: is empty")
        yield f"{'/proc/self' if sys.platform == 'linux' else '/dev'}/fd/{file.fileno()}"


def _status() -> os.stat_result:
    try:
        return os.fstat(0)
    except OSError as error:
        raise SafeIOError(f"{SHOWN}: is closed") from error
