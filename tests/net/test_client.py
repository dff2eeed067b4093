"""Requests: retries, redirects and what fails in one line."""

import contextlib
import email.utils
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.model.errors import NetError
from lading.net import client as client_module
from lading.net import proxies as proxies_module
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.net.proxies import Proxies, proxies_of
from tests.net.hostile import saying, serve_raw
from tests.net.scripted import Reply, Request, in_turn, serve
from tests.net.tls import make_certificate, serve_tls


def _get(client: HttpClient, url: str) -> bytes:
    return client.request("GET", url).read_all(1000)


def test_waits_as_long_as_asked_and_tries_again(client: HttpClient, pauses: list[float]) -> None:
    with serve(in_turn(Reply(429, headers={"Retry-After": "7"}), Reply(200, b"there"))) as server:
        assert _get(client, server.url) == b"there"
        assert pauses == [7.0]


def test_retry_after_may_be_a_date(client: HttpClient, pauses: list[float]) -> None:
    soon = email.utils.formatdate(time.time() + 30, usegmt=True)
    with serve(in_turn(Reply(503, headers={"Retry-After": soon}), Reply(200, b"there"))) as server:
        assert _get(client, server.url) == b"there"
        assert 25 < pauses[0] <= 30


def test_server_errors_then_success(client: HttpClient, pauses: list[float]) -> None:
    with serve(in_turn(Reply(500), Reply(502), Reply(503), Reply(200, b"there"))) as server:
        assert _get(client, server.url) == b"there"
        assert pauses == [0.5, 1.0, 2.0]


def test_each_further_attempt_is_told(pauses: list[float]) -> None:
    told: list[str] = []
    client = HttpClient(sleep=pauses.append, network=Network(tell=told.append))
    with serve(in_turn(Reply(429, headers={"Retry-After": "4"}), Reply(503), Reply(200, b"there"))) as server:
        assert _get(client, server.url) == b"there"
        host = server.host
    client.close()
    assert told == [
        f"{host}: answered 429 Too Many Requests; attempt 2 of 5 in 4 s",
        f"{host}: answered 503 Service Unavailable; attempt 3 of 5 in 1 s",
    ]


def test_a_server_that_keeps_silent_is_told_before_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    heard = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        heard.set()

    def answer(_: Request) -> Reply:
        heard.wait(30)
        return Reply(200, b"there")

    monkeypatch.setattr(client_module, "_SILENT", 0.05)
    client = HttpClient(network=Network(tell=tell))
    with serve(answer) as server:
        assert _get(client, server.url) == b"there"
        assert told == [f"{server.host}: no answer for 0 s; waiting for 60 s in all"]
    client.close()


def test_a_forked_process_leaves_the_connections_of_its_parent_alone(client: HttpClient) -> None:
    connections: list[int] = []

    def answer(_: Request) -> Reply:
        connections.append(threading.get_ident())  # the server has a thread for each
        return Reply(200, b"there")

    with serve(answer) as server:
        assert _get(client, server.url) == b"there"
        if not (child := os.fork()):
            try:
                os._exit(int(_get(client, server.url) != b"there"))
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert _get(client, server.url) == b"there"
    first, second, third = connections
    assert first == third != second


def test_server_errors_to_the_end(client: HttpClient, pauses: list[float]) -> None:
    with serve(in_turn(Reply(503))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == f"{server.host}: answered 503 Service Unavailable 5 times; try again later"
        assert raised.value.status == 503
        assert pauses == [0.5, 1.0, 2.0, 4.0]


def test_too_many_requests_to_the_end(client: HttpClient) -> None:
    with serve(in_turn(Reply(429))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == f"{server.host}: answered 429 Too Many Requests 5 times; try again later"
        assert raised.value.status == 429


def test_an_hour_is_not_waited_for(client: HttpClient, pauses: list[float]) -> None:
    with serve(in_turn(Reply(429, headers={"Retry-After": "3600"}))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == (
            f"{server.host}: answered 429 Too Many Requests once; it asks to wait 3600 seconds"
        )
        assert pauses == []


def test_other_statuses_are_answers(client: HttpClient) -> None:
    with serve(in_turn(Reply(404, b"no"))) as server:
        response = client.request("GET", f"{server.url}/x")
        assert (response.status, response.answer, response.read_all(10)) == (404, "404 Not Found", b"no")


def test_redirect_to_another_port_carries_no_authorization(client: HttpClient) -> None:
    with serve(in_turn(Reply(200, b"blob"))) as storage:
        with serve(in_turn(Reply(307, headers={"Location": f"{storage.url}/blob?signed=1"}))) as server:
            response = client.request(
                "GET", f"{server.url}/v2", {"Authorization": "Basic c2VjcmV0", "Range": "bytes=1-"}
            )
            assert response.read_all(10) == b"blob"
            assert response.url == f"{storage.url}/blob?signed=1"
            assert server.requests[0].headers["authorization"] == "Basic c2VjcmV0"
        assert "authorization" not in storage.requests[0].headers
        assert storage.requests[0].headers["range"] == "bytes=1-"


def test_authorization_does_not_come_back_with_a_second_redirect(client: HttpClient) -> None:
    hops: dict[str, str] = {}

    def home(request: Request) -> Reply:
        return Reply(302, headers={"Location": hops["away"]}) if request.path == "/" else Reply(200, b"home")

    with serve(home) as server, serve(lambda _: Reply(302, headers={"Location": f"{server.url}/b"})) as other:
        hops["away"] = other.url
        client.request("GET", f"{server.url}/", {"Authorization": "Basic c2VjcmV0"}).discard()
        assert ["authorization" in request.headers for request in server.requests] == [True, False]


def test_redirect_on_the_same_server_keeps_authorization(client: HttpClient) -> None:
    def script(request: Request) -> Reply:
        return Reply(302, headers={"Location": "/b"}) if request.path == "/a" else Reply(200)

    with serve(script) as server:
        client.request("GET", f"{server.url}/a", {"Authorization": "Basic c2VjcmV0"}).discard()
        assert server.requests[1].headers["authorization"] == "Basic c2VjcmV0"


def test_redirects_in_a_loop(client: HttpClient) -> None:
    with serve(in_turn(Reply(302, headers={"Location": "/"}))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == f"{server.host}: more than 10 redirects; given up"


def test_redirect_to_a_file_is_refused(client: HttpClient) -> None:
    with serve(in_turn(Reply(302, headers={"Location": "file:///etc/passwd"}))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == "'file:///etc/passwd': not an http:// or https:// address"


def test_connection_refused(client: HttpClient, pauses: list[float]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(NetError) as raised:
            _get(client, f"http://{host}/")
    assert str(raised.value) == f"{host}: connection refused; check the name and the port"
    assert pauses == [0.5, 1.0]


def test_answer_cut_before_its_headers_is_asked_for_again(client: HttpClient, pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"

        def hang_up() -> None:
            for _ in range(5):
                listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NetError) as raised:
            _get(client, f"http://{host}/")
        thread.join()
    assert str(raised.value) == f"{host}: the connection broke; try again later"
    assert pauses == [0.5, 1.0, 2.0, 4.0]


def test_plain_server_asked_for_tls(client: HttpClient) -> None:
    with serve(in_turn(Reply())) as server:
        with pytest.raises(NetError) as raised:
            _get(client, f"https://{server.host}/")
        assert str(raised.value) == (
            f"{server.host}: does not speak TLS; --plain-http talks to a registry without encryption"
        )


@pytest.mark.debian("openssl")
def test_certificate_is_checked(client: HttpClient, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with serve_tls(certificate, in_turn(Reply(200, b"there"))) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == (
            f"{server.host}: its certificate is not trusted (self-signed certificate); "
            "--ca-cert FILE trusts its authority, --insecure any certificate"
        )
        for trusting in (HttpClient(ca_cert=str(certificate)), HttpClient(insecure=True)):
            assert _get(trusting, server.url) == b"there"
            trusting.close()


@pytest.mark.debian("openssl")
def test_redirect_from_tls_to_plain_http_is_refused(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    client = HttpClient(ca_cert=str(certificate))
    redirect = Reply(302, headers={"Location": "http://127.0.0.1:9/"})
    with serve_tls(certificate, in_turn(redirect)) as server:
        with pytest.raises(NetError) as raised:
            _get(client, server.url)
        assert str(raised.value) == (
            f"{server.host}: redirects to 127.0.0.1:9 without encryption; refused (--insecure allows it)"
        )
    client.close()


def test_certificate_file_without_certificates(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    client = HttpClient(ca_cert=str(path))
    with pytest.raises(NetError) as raised:
        _get(client, "https://127.0.0.1:9/")
    assert str(raised.value) == f"{path}: holds no PEM certificate; --ca-cert takes one or more"


def test_closing_ends_reads_in_other_threads(client: HttpClient) -> None:
    errors: list[NetError] = []

    def read(url: str) -> None:
        response = client.request("GET", url)
        try:
            while response.read(10):
                started.set()
        except NetError as error:
            errors.append(error)
        finally:
            response.close()

    started = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread = threading.Thread(target=read, args=(url,))
        thread.start()
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
            assert started.wait(60)
            client.close()
            thread.join(60)
            assert not thread.is_alive()
    assert len(errors) == 1


@pytest.mark.parametrize(
    ("variables", "http", "https"),
    [
        ({}, "", ""),
        ({"HTTP_PROXY": "http://a"}, "http://a", ""),
        ({"HTTP_PROXY": "http://a", "http_proxy": "http://b"}, "http://b", ""),
        ({"HTTP_PROXY": "http://a", "REQUEST_METHOD": "GET"}, "", ""),
        ({"http_proxy": "http://a", "REQUEST_METHOD": "GET"}, "http://a", ""),
        ({"ALL_PROXY": "http://a", "https_proxy": "http://b"}, "http://a", "http://b"),
        ({"ALL_PROXY": "http://a", "no_proxy": "*"}, "", ""),
    ],
)
def test_the_variables_of_proxies(variables: dict[str, str], http: str, https: str) -> None:
    proxies = proxies_of(variables)
    assert [proxies.proxy_for(scheme, "a.example", 443) for scheme in ("http", "https")] == [http, https]


def through(proxy: str) -> HttpClient:
    """A client that reaches everything by a proxy."""
    return HttpClient(sleep=lambda _: None, network=Network(Proxies(every=proxy)))


def test_requests_go_through_the_proxy() -> None:
    with serve(in_turn(Reply(200, b"by proxy"))) as server, contextlib.closing(through(server.url)) as client:
        assert _get(client, "http://feeds.example/x") == b"by proxy"
        assert server.requests[0].path == "http://feeds.example/x"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_proxy_that_is_not_there(closed_port: int) -> None:
    client = through(f"http://jo:secret@127.0.0.1:{closed_port}")
    with pytest.raises(NetError) as raised:
        _get(client, "https://registry.example/")
    assert str(raised.value) == (
        "proxy for registry.example: connection refused; check the name and the port; "
        "HTTP_PROXY, HTTPS_PROXY and NO_PROXY choose it"
    )


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required \x1b[31m\r\n\r\n",
            "proxy for registry.example: it answered 407; HTTP_PROXY, HTTPS_PROXY and NO_PROXY choose it",
        ),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
            "registry.example: sent headers of more than 262,144 bytes; refused",
        ),
        (b"nonsense\r\n", "registry.example: answered with what is not HTTP; is it the right address?"),
    ],
)
def test_proxy_that_refuses(answer: bytes, what: str) -> None:
    with serve_raw(saying(answer)) as proxy, contextlib.closing(through(proxy.url)) as client:
        with pytest.raises(NetError) as raised:
            _get(client, "https://registry.example/")
        assert str(raised.value) == what
        assert proxy.heads == [proxy.heads[0]]


@pytest.mark.parametrize(
    ("proxy", "what"),
    [
        ("socks5://jo:secret@a.example:1", "proxy a.example: socks5:// proxies are not supported; use an http:// one"),
        (
            "http://jo:secret@a.example:port",
            "the proxy that HTTP_PROXY or HTTPS_PROXY names is not an address; use http://HOST:PORT",
        ),
        ("http://", "the proxy that HTTP_PROXY or HTTPS_PROXY names is not an address; use http://HOST:PORT"),
    ],
)
def test_proxy_that_is_none(proxy: str, what: str) -> None:
    with pytest.raises(NetError) as raised:
        _get(through(proxy), "https://registry.example/")
    assert str(raised.value) == what


@pytest.mark.debian("openssl")
def test_tunnel_through_a_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setattr(proxies_module, "is_loopback", lambda host: False)
    with serve_tls(certificate, in_turn(Reply(200, b"by tunnel"))) as server:

        def tunnel(connection: socket.socket) -> None:
            host, _, port = server.host.partition(":")
            with socket.create_connection((host, int(port))) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n")
                back = threading.Thread(target=_copy, args=(onward, connection))
                back.start()
                _copy(connection, onward)
                back.join()

        with serve_raw(tunnel) as proxy:
            client = HttpClient(ca_cert=str(certificate), network=Network(Proxies(https=proxy.url)))
            assert _get(client, server.url) == b"by tunnel"
            assert proxy.heads[0].startswith(f"CONNECT {server.host} HTTP/1.".encode())
            client.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
