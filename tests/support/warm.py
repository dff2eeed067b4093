"""The program, forked from a process that has imported it: most of a short run is Python's start and imports.

    python -m tests.support.warm SOCKET      serves runs, until its standard input ends
    python warm.py SOCKET ARGUMENT...        is the program, by way of the server

A run has the arguments, variables, working directory and standard streams of whoever asks for it, and ends as any
process does. What Python reads before `main` is the server's: see `is_fit`.
"""

import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

_SIZE = struct.Struct("!I")
_WORD = struct.Struct("!i")
_OF_PYTHON = ("PYTHON", "LC_", "LANG")


def is_fit(variables: Mapping[str, str]) -> bool:
    """Whether a run with these variables, changed for it, is what it would be if Python started with them."""
    return not any(name.startswith(_OF_PYTHON) for name in variables)


def shell_command(address: str) -> str:
    """What a shell runs in place of the program, but for its arguments."""
    return f"{sys.executable} -I -S {__file__} {address}"


class Run:
    """A run that has begun, asked for at the server's socket. `streams` are standard input, output and error."""

    def __init__(
        self, address: str, arguments: Sequence[str], variables: Mapping[str, str], streams: Sequence[int]
    ) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        told = json.dumps([list(arguments), dict(variables), os.getcwd()]).encode()  # noqa: PTH109 - pathlib is slow
        socket.send_fds(self._connection, [_SIZE.pack(len(told))], list(streams))
        self._connection.sendall(told)
        self.pid = self._word()

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal, as `subprocess` has it. Raises TimeoutError."""
        self._connection.settimeout(timeout)
        with self._connection:
            return self._word()

    def _word(self) -> int:
        return int(_WORD.unpack(_received(self._connection, _WORD.size))[0])


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("the server of runs has ended")
        data += more
    return data


def _serve(address: str) -> None:
    """Forks for each connection what looks after the run, and that forks the run. Returns in the run alone."""
    import gc
    import select

    _import_everything()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([listener.fileno(), 0], [], [])
            if listener.fileno() not in ready:
                os._exit(0)
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return _begin(connection)
            connection.close()


def _import_everything() -> None:
    from importlib import import_module
    from pkgutil import walk_packages

    import lading

    for module in walk_packages(lading.__path__, "lading."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):
                import_module(module.name)


def _begin(connection: socket.socket) -> None:
    """Becomes the run in a child of this process, which tells how that ended."""
    head, streams, _, _ = socket.recv_fds(connection, _SIZE.size, 3)
    arguments, variables, directory = json.loads(_received(connection, _SIZE.unpack(head)[0]))
    pid = os.fork()
    if pid:
        with suppress(BrokenPipeError):
            connection.sendall(_WORD.pack(pid))
            _, status = os.waitpid(pid, 0)
            connection.sendall(_WORD.pack(os.waitstatus_to_exitcode(status)))
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv[1:] = arguments


if __name__ == "__main__":
    if len(sys.argv) == 2 and __spec__ is not None:
        _serve(sys.argv[1])
        from lading.cli.main import run

        run()
    else:
        status = Run(sys.argv[1], sys.argv[2:], os.environ, (0, 1, 2)).wait()
        sys.exit(128 - status if status < 0 else status)
