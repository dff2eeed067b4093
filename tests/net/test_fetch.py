"""Downloads: conditions, bounds, and going on after a cut."""

from contextlib import closing

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.net.resume import Fetched
from tests.net.scripted import Reply, Request, in_turn, ranged, serve

_BODY = bytes(range(256)) * 64


def _read(fetched: Fetched | None) -> bytes:
    assert fetched is not None
    pieces = []
    with closing(fetched):
        while piece := fetched.stream.read(1000):
            pieces.append(piece)
    return b"".join(pieces)


def test_gives_stream_size_and_validator(client: HttpClient) -> None:
    reply = Reply(200, _BODY, {"ETag": '"one"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"})
    with serve(in_turn(reply)) as server:
        fetched = client.fetch(f"{server.url}/feed", limit=len(_BODY))
        assert fetched is not None
        assert (fetched.validator, fetched.size) == ('"one"', len(_BODY))
        assert _read(fetched) == _BODY
        assert server.requests[0].headers["accept-encoding"] == "identity"
        assert server.requests[0].headers["user-agent"].startswith("lading/")


@pytest.mark.parametrize(
    ("validator", "header"),
    [('"one"', "if-none-match"), ('W/"one"', "if-none-match"), ("Mon, 01 Jan 2024 00:00:00 GMT", "if-modified-since")],
)
def test_unchanged_is_none(client: HttpClient, validator: str, header: str) -> None:
    with serve(in_turn(Reply(304))) as server:
        assert client.fetch(f"{server.url}/feed", validator=validator, limit=1) is None
        assert server.requests[0].headers[header] == validator


def test_goes_on_after_cuts_with_range_and_validator(client: HttpClient, pauses: list[float]) -> None:
    with serve(ranged(_BODY, cuts=[5000, 3000], headers={"ETag": '"one"'})) as server:
        assert _read(client.fetch(f"{server.url}/feed", limit=len(_BODY))) == _BODY
        asked = [(request.headers.get("range"), request.headers.get("if-range")) for request in server.requests]
        assert asked == [(None, None), ("bytes=5000-", '"one"'), ("bytes=8000-", '"one"')]
        assert pauses == [0.5, 1.0]


def test_server_without_ranges_is_read_past(client: HttpClient) -> None:
    with serve(in_turn(Reply(200, _BODY, cut_after=5000), Reply(200, _BODY))) as server:
        assert _read(client.fetch(f"{server.url}/feed", limit=len(_BODY))) == _BODY


def test_changed_while_read_is_an_error(client: HttpClient) -> None:
    first = Reply(200, _BODY, {"ETag": '"one"'}, cut_after=5000)
    with serve(in_turn(first, Reply(200, _BODY, {"ETag": '"two"'}))) as server:
        with pytest.raises(NetError) as raised:
            _read(client.fetch(f"{server.url}/feed", limit=len(_BODY)))
        assert str(raised.value) == f"{server.url}/feed: changed on the server while it was read; try again"


def test_cut_again_and_again_is_an_error(client: HttpClient) -> None:
    with serve(ranged(_BODY, cuts=[10] * 20)) as server:
        with pytest.raises(NetError) as raised:
            _read(client.fetch(f"{server.url}/feed", limit=len(_BODY)))
        assert str(raised.value) == (
            f"{server.url}/feed: the connection broke 6 times, last after 60 bytes; try again later"
        )
        assert len(server.requests) == 6


def test_stated_length_above_the_limit_is_refused_unread(client: HttpClient) -> None:
    with serve(in_turn(Reply(200, _BODY))) as server:
        with pytest.raises(NetError) as raised:
            client.fetch(f"{server.url}/feed", limit=100)
        assert str(raised.value) == f"{server.url}/feed: longer than the 100 bytes allowed; refused"


def test_unstated_length_above_the_limit_is_refused(client: HttpClient) -> None:
    def chunked(_: Request) -> Reply:
        pieces = b"".join(b"100\r\n" + bytes(256) + b"\r\n" for _ in range(10))
        return Reply(200, pieces + b"0\r\n\r\n", {"Transfer-Encoding": "chunked"})

    with serve(chunked) as server:
        fetched = client.fetch(f"{server.url}/feed", limit=1000)
        assert fetched is not None
        assert fetched.size == 0
        with pytest.raises(NetError, match="longer than the 1,000 bytes allowed; refused"):
            _read(fetched)
        fetched.close()


def test_missing_is_an_error_with_its_status(client: HttpClient) -> None:
    with serve(in_turn(Reply(404))) as server:
        with pytest.raises(NetError) as raised:
            client.fetch(f"{server.url}/feed", limit=1)
        assert str(raised.value) == f"{server.url}/feed: the server answered 404 Not Found"
        assert raised.value.status == 404


@pytest.mark.parametrize(
    "content_range",
    [
        None,
        "",
        "bytes 0-16383/16384",
        "bytes 4999-16383/16384",
        "bytes 5001-16383/16384",
        "bytes 5000-16383/99999",
        "bytes 5000-16384/16384",
        "bytes 5000-4999/16384",
        "bytes 5000-16382/16384",
        "bytes 5000-16382/*",
        "bytes -5000-16383/16384",
        "bytes 5000-/16384",
        "bytes 5000-16383",
        "bytes */16384",
        "items 5000-16383/16384",
        "bytes 5000-99999999999999999999999/*",
        f"bytes {'9' * 5000}-16383/16384",
        "bytes \u0665000-16383/16384",
    ],
)
def test_resumption_at_another_place_is_refused(client: HttpClient, content_range: str | None) -> None:
    header = {} if content_range is None else {"Content-Range": content_range.encode().decode("latin-1")}
    with serve(in_turn(Reply(200, _BODY, cut_after=5000), Reply(206, _BODY[5000:], header))) as server:
        with pytest.raises(NetError) as raised:
            _read(client.fetch(f"{server.url}/feed", limit=len(_BODY)))
        assert str(raised.value) == (
            f"{server.url}/feed: the server resumed at another place than asked; try again later"
        )
        assert len(server.requests) == 2


@pytest.mark.parametrize("content_range", ["bytes 5000-16383/16384", "bytes 5000-16383/*"])
def test_resumption_at_the_place_asked_for(client: HttpClient, content_range: str) -> None:
    rest = Reply(206, _BODY[5000:], {"Content-Range": content_range})
    with serve(in_turn(Reply(200, _BODY, cut_after=5000), rest)) as server:
        assert _read(client.fetch(f"{server.url}/feed", limit=len(_BODY))) == _BODY


def test_shorter_on_the_server_than_before(client: HttpClient) -> None:
    with serve(in_turn(Reply(200, _BODY, cut_after=5000), Reply(200, _BODY[:4000]))) as server:
        first = client.request("GET", server.url)
        stream = client.resume(first, lambda _: client.request("GET", server.url), "blob", limit=99_999, validator=None)
        assert stream.read(5000) == _BODY[:5000]
        with pytest.raises(NetError) as raised:
            stream.read(5000)
        assert str(raised.value) == "blob: shorter on the server than before; try again"


@pytest.mark.parametrize("status", [204, 304, 416])
def test_resumption_with_another_status_is_refused(client: HttpClient, status: int) -> None:
    with serve(in_turn(Reply(200, _BODY, cut_after=5000), Reply(status))) as server:
        with pytest.raises(NetError) as raised:
            _read(client.fetch(f"{server.url}/feed", limit=len(_BODY)))
        assert raised.value.status == status


def test_validator_that_is_too_long_is_none(client: HttpClient) -> None:
    with serve(in_turn(Reply(200, _BODY, {"ETag": f'"{"x" * 5000}"'}, cut_after=50), Reply(200, _BODY))) as server:
        fetched = client.fetch(f"{server.url}/feed", limit=len(_BODY))
        assert fetched is not None
        assert fetched.validator == ""
        fetched.close()
