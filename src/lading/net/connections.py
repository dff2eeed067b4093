"""urllib3's connections, made to keep Lading's time: dialled, written to and read from so that a slow server ends them
and another thread can."""

import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from lading.net.dial import dial, dial_unix, shut
from lading.net.framing import StrictResponse
from lading.net.pace import Meter
from lading.net.stop import Stop
from lading.net.trouble import FEW_ATTEMPTS, Trouble

_PIECE: Final = 64 * 1024  # what is sent within one timeout


class Connection(HTTPConnection):
    """A connection with its meter. `timeout`, which urllib3 sets for each request, bounds connecting and the wait for
    a head."""

    def __init__(self, *arguments: Any, make_meter: Callable[[], Meter], stop: Stop, unix: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.meter = make_meter()
        self._stop = stop
        self._unix = unix
        self._twin: socket.socket | None = None
        self.response_class = cast(Any, partial(StrictResponse, meter=self.meter, stop=stop))

    def connect(self) -> None:
        self.meter.begin_head(cast(float, self.timeout))  # a proxy answers before the server does
        try:
            with self._stop.during(self._interrupt):
                super().connect()
        except TimeoutError as error:
            raise Trouble("no connection in time; check the network and the proxy settings", FEW_ATTEMPTS) from error
        finally:
            if self._twin is not None:
                self._twin.close()
                self._twin = None

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.meter.silence)
        with self._stop.during(partial(shut, getattr(self.sock, "socket", self.sock))):
            for piece in _pieces(data):
                super().send(piece)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3's own
        self.meter.begin_head(cast(float, self.timeout))
        return super().getresponse()

    def _new_conn(self) -> socket.socket:
        try:
            sock = self._dial(cast(float, self.timeout))
        except Trouble as trouble:
            raise Trouble(trouble.what, trouble.attempts, by_proxy=self.proxy is not None) from trouble
        for option in () if self._unix else self.socket_options or ():
            sock.setsockopt(*option)
        self._twin = sock.dup()  # TLS takes the socket over before it has shaken hands
        self._stop.check()
        return sock

    def _dial(self, seconds: float) -> socket.socket:
        if self._unix:
            return dial_unix(self._unix, seconds)
        return dial(self._dns_host, self.port, seconds, self._stop, self.meter.clock)

    def _interrupt(self) -> None:
        if self._twin is not None:
            shut(self._twin)


class TlsConnection(Connection, HTTPSConnection):
    """The same over TLS."""


def pool_classes(make_meter: Callable[[], Meter], stop: Stop, unix: str) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """The pools of such connections, by scheme; all of them to the local socket `unix` where that is not empty."""
    named: dict[str, Any] = {"make_meter": make_meter, "stop": stop, "unix": unix}
    return {
        "http": _pool_class(urllib3.HTTPConnectionPool, partial(Connection, **named)),
        "https": _pool_class(urllib3.HTTPSConnectionPool, partial(TlsConnection, **named)),
    }


def _pool_class(base: type[urllib3.HTTPConnectionPool], connection: object) -> type[urllib3.HTTPConnectionPool]:
    return type(base.__name__, (base,), {"ConnectionCls": connection})


def _pieces(data: Any) -> Iterable[Any]:
    if not isinstance(data, bytes) or len(data) <= _PIECE:
        return (data,)
    view = memoryview(data)
    return (view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
