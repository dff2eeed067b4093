"""Connecting: names looked up and connections opened within a time, by threads that can be stopped."""

import errno
import os
import socket
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from urllib3.util import wait_for_write

from lading.net.stop import Stop
from lading.net.throttle import Clock
from lading.net.trouble import FEW_ATTEMPTS, Trouble

_ADDRESSES: Final = 2  # dead ones that may take the whole time each

_Address = tuple[Any, ...]
_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Address]


def dial(host: str, port: int, seconds: float, stop: Stop, clock: Clock) -> socket.socket:
    """A connected socket. Each address of the host has `seconds`, all together twice as many. Raises Trouble, and
    NetError when stopped."""
    end = clock() + _ADDRESSES * seconds
    trouble = Trouble("no address found for this name; check its spelling and the network", FEW_ATTEMPTS)
    for family, kind, protocol, _, address in _look_up(host, port, seconds, stop):
        left = min(seconds, end - clock())
        if left <= 0:
            break
        try:
            return _connect(socket.socket(family, kind, protocol), address, left, stop)
        except OSError as error:
            trouble = _explain(error)
    raise trouble


def dial_unix(path: str, seconds: float) -> socket.socket:
    """A socket connected to the local one at a path. Raises Trouble."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect(path)
    except OSError as error:
        sock.close()
        raise Trouble(_explain_unix(error), 1) from error
    return sock


def shut(sock: socket.socket) -> None:
    """Ends whatever waits for this socket, TLS or not. Raises OSError."""
    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _connect(sock: socket.socket, address: _Address, seconds: float, stop: Stop) -> socket.socket:
    try:
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR):
            with stop.during(partial(shut, sock)):
                ready = wait_for_write(sock, seconds)
            stop.check()
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else errno.ETIMEDOUT
        if code:
            raise OSError(code, os.strerror(code))
        sock.settimeout(seconds)
        return sock
    except BaseException:
        sock.close()
        raise


def _look_up(host: str, port: int, seconds: float, stop: Stop) -> Sequence[_Found]:
    """The addresses of a host. The system's resolver cannot be stopped, so a thread of its own asks it, which is left
    behind when it takes too long."""
    done = threading.Event()
    found: list[Sequence[_Found]] = []
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    with stop.during(done.set):
        threading.Thread(target=ask, name="look-up", daemon=True).start()
        done.wait(seconds)
    stop.check()
    if found:
        return found[0]
    if not failed:
        raise Trouble("no name server answered in time; check the network", FEW_ATTEMPTS)
    if isinstance(failed[0], OSError | UnicodeError):
        raise Trouble("no address found for this name; check its spelling and the network", FEW_ATTEMPTS)
    raise failed[0]


def _explain_unix(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not use it; see docker's or podman's advice on rootless use, or the group of the socket"
    if isinstance(error, FileNotFoundError):
        return "there is no such socket; is the engine running?"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there; is the engine running?"
    return f"cannot be reached ({error.strerror or error}); is the engine running?"


def _explain(error: OSError) -> Trouble:
    if isinstance(error, ConnectionRefusedError):
        return Trouble("connection refused; check the name and the port", FEW_ATTEMPTS)
    if isinstance(error, TimeoutError):
        return Trouble("no connection in time; check the network and the proxy settings", FEW_ATTEMPTS)
    return Trouble(f"cannot be reached ({error.strerror or 'no route'}); check the network", FEW_ATTEMPTS)
