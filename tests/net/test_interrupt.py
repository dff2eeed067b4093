"""Closing the client, and Ctrl-C, end whatever waits for the network."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.net.proxies import Proxies
from lading.net.stop import Stop
from tests.net.hostile import saying, serve_raw, silent

_OK = b"HTTP/1.1 200 OK\r\n"
_CLOSED = "the network connections were closed"
_LONG = 30.0  # seconds after which a wait counts as one that was not ended


def _closed_while(client: HttpClient, wait: Callable[[], object], reached: Callable[[], object]) -> str:
    """What a wait in another thread ends with when the client is closed after `reached`."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            wait()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    reached()
    client.close()
    thread.join(_LONG)
    assert not thread.is_alive()
    (error,) = errors
    assert isinstance(error, NetError)
    return str(error)


@contextmanager
def _hung(port: int = 0) -> Iterator[tuple[str, threading.Event]]:
    """A listener that takes connections and says nothing, to TLS neither; and when the first has sent something."""
    spoken = threading.Event()
    held: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])
                held[-1].recv(1)
                spoken.set()

    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", spoken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


@contextmanager
def _full() -> Iterator[str]:
    """The address of a listener whose queue is full, so that connecting to it takes for ever."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def _read(client: HttpClient, url: str) -> bytes:
    response = client.request("GET", url)
    with contextlib.closing(response):
        return response.read(100)


@pytest.fixture
def patient() -> Iterator[HttpClient]:
    client = HttpClient(timeout=600)
    yield client
    client.close()


def test_look_up(patient: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = threading.Event(), threading.Event()

    def look_up(*_: object) -> list[object]:
        asked.set()
        answered.wait(_LONG)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert _closed_while(patient, lambda: _read(patient, "http://a.example/"), asked.wait) == _CLOSED
    answered.set()


def test_connecting(patient: HttpClient) -> None:
    with _full() as host:
        assert _closed_while(patient, lambda: _read(patient, f"http://{host}/"), lambda: None) == _CLOSED


def test_shaking_hands(patient: HttpClient) -> None:
    with _hung() as (host, spoken):
        assert _closed_while(patient, lambda: _read(patient, f"https://{host}/"), spoken.wait) == _CLOSED


def test_proxy() -> None:
    with _hung() as (host, spoken):
        patient = HttpClient(timeout=600, network=Network(Proxies(https=f"http://{host}")))
        assert _closed_while(patient, lambda: _read(patient, "https://a.example/"), spoken.wait) == _CLOSED


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200",
        _OK + b"Content-Length: 100\r\n\r\n",
        _OK + b"Content-Length: 100\r\n\r\nhello",
        _OK + b"\r\nhello",
        _OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
def test_reading(patient: HttpClient, start: bytes) -> None:
    with serve_raw(silent(start)) as server:
        assert _closed_while(patient, lambda: _read(patient, server.url), server.asked.wait) == _CLOSED


def test_sending(patient: HttpClient) -> None:
    with _hung() as (host, spoken):
        body = bytes(50_000_000)
        assert (
            _closed_while(patient, lambda: patient.request("PUT", f"http://{host}/", {}, body), spoken.wait) == _CLOSED
        )


def test_pause_between_attempts(patient: HttpClient) -> None:
    later = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    with serve_raw(silent(later)) as server:
        assert _closed_while(patient, lambda: _read(patient, server.url), server.asked.wait) == _CLOSED


def test_nothing_begins_when_closed(patient: HttpClient) -> None:
    patient.close()
    with pytest.raises(NetError) as raised:
        _read(patient, "http://127.0.0.1:9/")
    assert str(raised.value) == _CLOSED


def test_nothing_is_left_to_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[object] = []
    monkeypatch.setattr(Stop, "add", lambda self, interrupt: left.append(interrupt))
    monkeypatch.setattr(Stop, "discard", lambda self, interrupt: left.remove(interrupt))
    client = HttpClient()
    with serve_raw(saying(_OK + b"Content-Length: 2\r\n\r\nok")) as server:
        assert client.request("GET", server.url).read_all(10) == b"ok"
        client.request("GET", server.url).close()
        client.request("GET", server.url).discard()
    with serve_raw(silent(b"no HTTP\r\n")) as server, pytest.raises(NetError):
        client.request("GET", server.url)
    client.close()
    assert left == []


def _interrupt_when(reached: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        reached()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("start", [b"", _OK + b"Content-Length: 100\r\n\r\nhello"])
def test_ctrl_c_while_reading(patient: HttpClient, start: bytes) -> None:
    with serve_raw(silent(start)) as server:
        thread = _interrupt_when(server.asked.wait)
        with pytest.raises(KeyboardInterrupt):
            _read(patient, server.url)
        thread.join()


def test_ctrl_c_while_connecting(patient: HttpClient) -> None:
    with _full() as host:
        thread = _interrupt_when(lambda: threading.Event().wait(0.1))
        with pytest.raises(KeyboardInterrupt):
            _read(patient, f"http://{host}/")
        thread.join()


def test_ctrl_c_in_a_pause(patient: HttpClient) -> None:
    later = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    with serve_raw(silent(later)) as server:
        thread = _interrupt_when(server.asked.wait)
        with pytest.raises(KeyboardInterrupt):
            _read(patient, server.url)
        thread.join()
