"""Answers that are not what HTTP/1.1 allows: one line each, and no second try."""

import socket

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from tests.net.hostile import saying, serve_raw, silent

_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_NOT_HTTP = "answered with what is not HTTP; is it the right address?"
_HEADERS = "sent headers that cannot be read; is it the right address?"
_CONTROL = "sent headers with control characters; refused"
_CHUNK = "sent a malformed chunk; refused"


def _said(client: HttpClient, *pieces: bytes) -> tuple[str, int]:
    """What the client says of such an answer, and how often it asked."""
    with serve_raw(silent(*pieces)) as server:
        with pytest.raises(NetError) as raised:
            client.request("GET", f"{server.url}/v2/").read_all(100_000)
        text = str(raised.value)
        assert text.isprintable()
        return text.removeprefix(f"{server.host}: "), len(server.heads)


def _body(client: HttpClient, *pieces: bytes) -> bytes:
    with serve_raw(saying(*pieces)) as server:
        return client.request("GET", f"{server.url}/v2/").read_all(100_000)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", _NOT_HTTP),
        (b"\r\n\r\n", _NOT_HTTP),
        (b"\0" * 100 + b"\r\n", _NOT_HTTP),
        (b"x" * 70_000, _NOT_HTTP),
        (b"HTTP/9.9 200 OK\r\n\r\n", _NOT_HTTP),
        (b"HTTP/1.1 -200 OK\r\n\r\n", _NOT_HTTP),
        (b"HTTP/1.1 99999999999999999999 OK\r\n\r\n", _NOT_HTTP),
        (b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0 OK\r\n\r\n", _NOT_HTTP),
        (_OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n", _NOT_HTTP),
        (_OK + b"X: 1\r\n" * 101 + b"\r\n", _NOT_HTTP),
        (_OK + (b"X: " + b"x" * 60_000 + b"\r\n") * 5, "sent headers of more than 262,144 bytes; refused"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 11_000, "sent headers of more than 262,144 bytes; refused"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 11_000, "sent headers of more than 262,144 bytes; refused"),
        (_OK + b"no header\r\nContent-Length: 2\r\n\r\nok", _HEADERS),
        (_OK + b" folded: x\r\nContent-Length: 2\r\n\r\nok", _HEADERS),
        (_OK + b"Content-Type: multipart/mixed\r\nno header\r\n\r\nok", _HEADERS),
        (_OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\nok", _CONTROL),
        (_OK + b"X\x1b[31m: a\r\nContent-Length: 2\r\n\r\nok", _HEADERS),
        (_OK + b"X: \x1b]0;owned\x07\r\nContent-Length: 2\r\n\r\nok", _CONTROL),
        (_OK + b"Content-Length: -1\r\n\r\nok", "states a length that is none ('-1'); refused"),
        (_OK + b"Content-Length: +2\r\n\r\nok", "states a length that is none ('+2'); refused"),
        (_OK + b"Content-Length: 0x2\r\n\r\nok", "states a length that is none ('0x2'); refused"),
        (_OK + b"Content-Length: 1_0\r\n\r\nok", "states a length that is none ('1_0'); refused"),
        (_OK + b"Content-Length: 2, 3\r\n\r\nok", "states a length that is none ('2, 3'); refused"),
        (_OK + b"Content-Length: \r\n\r\nok", "states a length that is none (''); refused"),
        (
            _OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nok",
            f"states a length that is none ('{'9' * 40}…'); refused",
        ),
        (
            _OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
            "sent two Content-Length headers that differ; refused",
        ),
        (_OK + b"Location: /a\r\nLocation: /b\r\n\r\nok", "sent two Location headers that differ; refused"),
        (
            _OK + b"Docker-Content-Digest: a\r\nDocker-Content-Digest: b\r\n\r\nok",
            "sent two Docker-Content-Digest headers that differ; refused",
        ),
        (_OK + b"Transfer-Encoding: gzip\r\n\r\nok", "sends in a coding that is not known ('gzip'); refused"),
        (
            _OK + b"Transfer-Encoding: gzip, chunked\r\n\r\nok",
            "sends in a coding that is not known ('gzip, chunked'); refused",
        ),
        (
            _OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\nok",
            "sends in a coding that is not known ('chunked, chunked'); refused",
        ),
        (
            _OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
            "answered in the encoding 'gzip', which it was not asked for",
        ),
    ],
)
def test_heads(client: HttpClient, answer: bytes, what: str) -> None:
    assert _said(client, answer) == (what, 1)


@pytest.mark.parametrize(
    "chunks",
    [
        b"-1\r\nx",
        b"-5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"5_0\r\nhello\r\n",
        b"\r\n",
        b"\xd9\xa5\r\nhello\r\n",
        b"5 5\r\nhello\r\n",
        b"x\r\n",
        b"f" * 16 + b"\r\nhello",
        b"f" * 5000 + b"\r\nhello",
        b"5;" + b"x" * 300 + b"\r\nhello\r\n",
        b"5\r\nhelloworld",
        b"5\r\nhello\r\n-5\r\n",
        b"0\r\n" + b"X: 1\r\n" * 3000,
        b"0\r\n" + b"x" * 20_000,
    ],
)
def test_chunks(client: HttpClient, chunks: bytes) -> None:
    assert _said(client, _CHUNKED + chunks) == (_CHUNK, 1)


def test_very_many_small_chunks_are_refused(client: HttpClient) -> None:
    what = "sends in pieces of next to nothing; refused"
    assert _said(client, _CHUNKED + b"1\r\nx\r\n" * 10_200) == (what, 1)
    assert _body(client, _CHUNKED + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n") == b"x" * 10_000
    large = b"ffff\r\n" + bytes(0xFFFF) + b"\r\n"
    assert len(_body(client, _CHUNKED + large + b"1\r\nx\r\n" * 11_000 + b"0\r\n\r\n")) == 0xFFFF + 11_000


def test_huge_chunk_is_read_as_far_as_it_goes(client: HttpClient) -> None:
    with serve_raw(saying(_CHUNKED + b"fffffffffffff\r\n", bytes(200_000))) as server:
        with pytest.raises(NetError) as raised:
            client.request("GET", server.url).read_all(100_000)
        assert str(raised.value) == f"{server.host}: an answer of more than 100,000 bytes; refused"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (_OK + b"Content-Length: 2\r\n\r\nok", b"ok"),
        (_OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (_OK + b"Content-Length: 0\r\n\r\n", b""),
        (_OK + b"\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (_CHUNKED + b"2\r\nok\r\n3;a=b\r\nay!\r\n0\r\n\r\n", b"okay!"),
        (_CHUNKED + b"2 \r\nok\r\n000\r\nTrailer: x\r\n\r\n", b"ok"),
        (_CHUNKED + b"2\nok\n0\n\n", b"ok"),
        (_CHUNKED + b"2\r\nok\r\n0\r\n", b"ok"),
        (_OK + b"Transfer-Encoding: Chunked \r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok"),
        (_OK + b"Transfer-Encoding: chunked\r\nContent-Length: 77\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok"),
        (_OK + b"X: a\r\n folded\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (_OK + b"Content-Type: message/rfc822\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (_OK + b"Content-Type: multipart/byteranges; boundary=x\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + _OK
            + b"Content-Length: 2\r\n\r\nok",
            b"ok",
        ),
    ],
)
def test_answers_that_are_allowed(client: HttpClient, answer: bytes, body: bytes) -> None:
    assert _body(client, answer) == body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 50\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n",
    ],
)
def test_answers_without_a_body(client: HttpClient, answer: bytes) -> None:
    with serve_raw(silent(answer)) as server:
        assert client.request("GET", server.url).read_all(10) == b""


@pytest.mark.parametrize(
    "answer",
    [
        _OK + b"Content-Length: 5\r\n\r\nhel",
        _OK + b"Content-Length: 999999999999999999\r\n\r\nhel",
        _CHUNKED + b"5\r\nhel",
        _CHUNKED + b"5\r\nhello",
        _CHUNKED + b"5\r\nhello\r\n",
        _CHUNKED + b"5\r\nhello\r\n5",
        _CHUNKED,
    ],
)
def test_bodies_that_end_early(client: HttpClient, answer: bytes) -> None:
    with serve_raw(saying(answer)) as server:
        response = client.request("GET", server.url)
        with pytest.raises(NetError) as raised:
            response.read_all(100)
        assert str(raised.value) == f"{server.host}: the connection broke; try again later"


def test_connection_is_used_again_after_chunks(client: HttpClient) -> None:
    def answer(connection: socket.socket) -> None:
        for _ in range(2):
            connection.sendall(_CHUNKED + b"2\r\nok\r\n0\r\nTrailer: x\r\n\r\n")
            connection.recv(65536)

    with serve_raw(answer) as server:
        assert [client.request("GET", server.url).read_all(10) for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.heads) == 1


def test_header_that_is_sent_twice_is_one_list(client: HttpClient) -> None:
    answer = _OK + b"Link: </a>\r\nLink: </b>\r\nLocation: /c\r\nLocation: /c\r\nContent-Length: 0\r\n\r\n"
    with serve_raw(saying(answer)) as server:
        headers = client.request("POST", server.url).headers
    assert (headers["link"], headers["location"]) == ("</a>, </b>", "/c")
