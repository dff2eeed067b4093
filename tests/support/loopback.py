"""No network in tests: only loopback addresses and Unix sockets can be reached from this process."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


class ForeignNetworkError(AssertionError):
    """A test tried to leave this machine."""


@contextmanager
def only_loopback() -> Iterator[None]:
    """While it lasts, looking up other names and connecting to other addresses raises ForeignNetworkError."""
    with (
        patch.object(socket.socket, "connect", _guarded_connect(socket.socket.connect)),
        patch.object(socket.socket, "connect_ex", _guarded_connect(socket.socket.connect_ex)),
        patch.object(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo)),
    ):
        yield


def _guarded_connect(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _check(address[0])
        return connect(self, address)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: str | None, *arguments: Any, **keywords: Any) -> Any:
        if host is not None:
            _check(host)
        return lookup(host, *arguments, **keywords)

    return guarded


def _check(host: str) -> None:
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ForeignNetworkError(f"tests reach loopback only, not {host}")
