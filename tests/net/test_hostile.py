"""Servers that trickle, stall, flood and send on to where nobody should go."""

import socket
import tracemalloc

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.net.trouble import Broken
from tests.net.hostile import Answer, dripping, flooding, saying, serve_raw, silent
from tests.net.scripted import Reply, Request, in_turn, serve

_OK = b"HTTP/1.1 200 OK\r\n"
_SLOW = "answers too slowly; try again later, or wait longer with --timeout"
_SILENT = "stopped answering; try again later, or wait longer with --timeout"


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 99),
        dripping(b"", b"x"),
        dripping(_OK, b"X: y\r\n"),
        dripping(_OK + b"X: ", b"x"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(_OK + b"Content-Length: 100000\r\n\r\n", b"x"),
        dripping(_OK + b"\r\n", b"x"),
        dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
        dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
)
def test_a_byte_a_second_is_not_waited_for(ticking: HttpClient, answer: Answer) -> None:
    with serve_raw(answer) as server:
        with pytest.raises(NetError) as raised:
            ticking.request("GET", server.url).read_all(100_000)
        assert str(raised.value) == f"{server.host}: {_SLOW}"
        assert len(server.heads) == 1


def test_blob_that_trickles_is_not_resumed(ticking: HttpClient) -> None:
    with serve_raw(dripping(_OK + b"Content-Length: 100000\r\n\r\n" + bytes(50_000), b"x")) as server:
        fetched = ticking.fetch(f"{server.url}/blob", limit=100_000)
        assert fetched is not None
        with pytest.raises(NetError) as raised:
            while fetched.stream.read(1000):
                pass
        assert str(raised.value) == f"{server.host}: {_SLOW}"
        assert len(server.heads) == 1


def test_blob_that_is_slow_but_steady_takes_its_time(ticking: HttpClient) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(_OK + b"Content-Length: 400000\r\n\r\n")
        for _ in range(400):
            connection.sendall(bytes(1000))

    with serve_raw(answer) as server:
        fetched = ticking.fetch(f"{server.url}/blob", limit=400_000)
        assert fetched is not None
        assert sum(map(len, iter(lambda: fetched.stream.read(1000), b""))) == 400_000
        fetched.close()


@pytest.mark.parametrize("start", [b"", _OK + b"Content-Length: 100\r\n\r\nhello"])
def test_silence_ends_the_request(pauses: list[float], start: bytes) -> None:
    client = HttpClient(timeout=0.4, sleep=pauses.append)
    with serve_raw(silent(start)) as server:
        with pytest.raises(Broken) as raised:
            client.request("GET", server.url).read_all(100)
        assert str(raised.value) == f"{server.host}: {_SILENT}"
    client.close()


def test_silence_in_a_blob_ends_it_after_all_attempts() -> None:
    client = HttpClient(timeout=0.4, sleep=lambda _: None)
    length = b"Content-Length: 100\r\n"
    rest = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 95\r\nContent-Range: bytes 5-99/100\r\n\r\n"
    with serve_raw(silent(_OK + length + b"\r\nhello"), silent(rest)) as server:
        fetched = client.fetch(f"{server.url}/blob", limit=100)
        assert fetched is not None
        assert fetched.stream.read(5) == b"hello"
        with pytest.raises(NetError) as raised:
            fetched.stream.read(5)
        assert str(raised.value) == (
            f"{server.url}/blob: nothing came for 0.4 seconds after 5 bytes; "
            "try again later, or wait longer with --timeout"
        )
        assert b"Range: bytes=5-" in server.heads[1]
    client.close()


def test_pauses_that_a_server_asks_for_have_an_end(ticking: HttpClient, pauses: list[float]) -> None:
    def script(request: Request) -> Reply:
        hop = int(request.path.removeprefix("/"))
        known = sum(asked.path == request.path for asked in server.requests)
        if known < 4:
            return Reply(429, headers={"Retry-After": "1"})
        return Reply(302, headers={"Location": f"/{hop + 1}"})

    with serve(script) as server, pytest.raises(NetError) as raised:
        ticking.request("GET", f"{server.url}/0")
    assert str(raised.value) in (
        f"{server.host}: took too long in all; try again later, or wait longer with --timeout",
        *(
            f"{server.host}: answered 429 Too Many Requests {times}; try again later"
            for times in ("once", "2 times", "3 times")
        ),
    )
    assert len(server.requests) < 44


@pytest.mark.parametrize(
    ("asked", "wait"),
    [("86399", "86399 seconds"), ("9" * 5000, "for days"), ("Fri, 31 Dec 9999 23:59:59 GMT", "for days")],
)
def test_long_pauses_are_not_waited_for(client: HttpClient, pauses: list[float], asked: str, wait: str) -> None:
    with serve(in_turn(Reply(429, headers={"Retry-After": asked}))) as server:
        with pytest.raises(NetError) as raised:
            client.request("GET", server.url)
        assert str(raised.value) == f"{server.host}: answered 429 Too Many Requests once; it asks to wait {wait}"
    assert pauses == []


@pytest.mark.parametrize(
    ("start", "rest", "what"),
    [
        (_OK, b"X: y\r\n", "answered with what is not HTTP; is it the right address?"),
        (_OK + b"X: ", b"x", "answered with what is not HTTP; is it the right address?"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "sent headers of more than 262,144 bytes; refused"),
        (b"", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", "sent headers of more than 262,144 bytes; refused"),
        (_OK + b"\r\n", b"x", "an answer of more than 1,000,000 bytes; refused"),
        (
            _OK + b"Transfer-Encoding: chunked\r\n\r\n",
            b"64\r\n" + b"x" * 100 + b"\r\n",
            "an answer of more than 1,000,000 bytes; refused",
        ),
        (_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", "sent a malformed chunk; refused"),
        (_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", "sent a malformed chunk; refused"),
    ],
)
def test_floods_end_and_fill_no_memory(client: HttpClient, start: bytes, rest: bytes, what: str) -> None:
    with serve_raw(flooding(start, rest)) as server:
        tracemalloc.start()
        with pytest.raises(NetError) as raised:
            client.request("GET", server.url).read_all(1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert str(raised.value) == f"{server.host}: {what}"
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("file:///etc/passwd", "'file:///etc/passwd': not an http:// or https:// address"),
        ("ftp://127.0.0.1/x?sig=secret", "'ftp://127.0.0.1/x': not an http:// or https:// address"),
        ("http://[::1", "'http://[::1': not an http:// or https:// address"),
        ("http://[::1%25lo]/", "'http://[::1%25lo]/': not an http:// or https:// address"),
        ("http://127.0.0.1:0/", "'http://127.0.0.1:0/': not an http:// or https:// address"),
        ("http://127.0.0.1:123456/", "'http://127.0.0.1:123456/': not an http:// or https:// address"),
        ("http://jo:secret@127.0.0.1/", "'…@127.0.0.1/': an address with a user or password in it; refused"),
        ("http://a..b/", "'http://a..b/': not an http:// or https:// address"),
        (f"http://{'a' * 5000}/", f"'http://{'a' * 113}…': not an http:// or https:// address"),
    ],
)
def test_redirects_to_what_is_no_address(client: HttpClient, location: str, what: str) -> None:
    with serve(in_turn(Reply(302, headers={"Location": location}))) as server:
        with pytest.raises(NetError) as raised:
            client.request("GET", server.url)
        assert str(raised.value) == what
        assert len(server.requests) == 1


def test_redirect_without_a_location_is_an_answer(client: HttpClient) -> None:
    with serve(in_turn(Reply(302, b"where to?"))) as server:
        assert client.request("GET", server.url).read_all(100) == b"where to?"


def test_bodies_of_redirects_are_not_waited_for(client: HttpClient) -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 1000\r\n\r\n"
    with serve_raw(silent(away), saying(_OK + b"Content-Length: 5\r\n\r\nthere")) as server:
        assert client.request("GET", server.url).read_all(100) == b"there"


def test_unchanged_without_a_condition_is_no_answer(client: HttpClient) -> None:
    with serve(in_turn(Reply(304))) as server:
        with pytest.raises(NetError) as raised:
            client.fetch(f"{server.url}/feed", limit=10)
        assert str(raised.value) == f"{server.url}/feed: the server answered 304 Not Modified"


@pytest.mark.parametrize("status", [201, 203, 204, 206, 226, 300, 418, 999])
def test_file_with_another_status_is_refused(client: HttpClient, status: int) -> None:
    with serve(in_turn(Reply(status))) as server:
        with pytest.raises(NetError) as raised:
            client.fetch(f"{server.url}/feed", limit=10)
        assert raised.value.status == status


@pytest.mark.parametrize("modified", ["", "yesterday", "Fri, 31 Dec 9999 23:59:59 -2359", "9" * 1000])
def test_date_that_is_none_is_not_handed_on(client: HttpClient, modified: str) -> None:
    with serve(in_turn(Reply(200, b"x", {"Last-Modified": modified}))) as server:
        fetched = client.fetch(f"{server.url}/feed", limit=10)
        assert fetched is not None
        assert fetched.modified == ""
        fetched.close()
