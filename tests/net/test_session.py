"""Who is sent credentials, and when."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.net.credentials import Credentials
from lading.net.session import Session
from tests.net.hostile import serve_raw
from tests.net.scripted import Reply, Request, Script, Server, in_turn, serve
from tests.net.tls import make_certificate, serve_tls

_JO = Credentials("the credentials of the test", username="jo", password="secret")
_BASIC = "Basic am86c2VjcmV0"
_NOBODY = Credentials("no credentials")
_TOKEN = Reply(200, json.dumps({"token": "t0ken"}).encode())


def _guarded(challenge: str, accepted: str) -> Script:
    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") == accepted:
            return Reply(200, b"blob")
        return Reply(401, b"{}", {"WWW-Authenticate": challenge})

    return answer


def _session(client: HttpClient, server: Server, credentials: Credentials) -> Session:
    return Session(client, server.url, credentials, "repository:a/b:pull")


def _status(session: Session, headers: Mapping[str, str] | None = None) -> int:
    response = session.get("/v2/a/b/blobs/x", headers or {})
    response.discard()
    return response.status


def test_basic(client: HttpClient) -> None:
    with serve(_guarded('Basic realm="r"', _BASIC)) as server:
        session = _session(client, server, _JO)
        assert [_status(session), _status(session)] == [200, 200]
        assert [request.headers.get("authorization") for request in server.requests] == [None, _BASIC, _BASIC]


def test_basic_without_credentials_stays_401(client: HttpClient) -> None:
    with serve(_guarded('Basic realm="r"', _BASIC)) as server:
        assert _status(_session(client, server, _NOBODY)) == 401
        assert len(server.requests) == 1


def test_wrong_basic_credentials_are_tried_once(client: HttpClient) -> None:
    with serve(_guarded('Basic realm="r"', "Basic other")) as server:
        assert _status(_session(client, server, _JO)) == 401
        assert len(server.requests) == 2


def test_anonymous_token(client: HttpClient) -> None:
    with serve(lambda _: _TOKEN) as auth:
        challenge = f'Bearer realm="{auth.url}/token",service="reg",scope="repository:a/b:pull"'
        with serve(_guarded(challenge, "Bearer t0ken")) as server:
            session = _session(client, server, _NOBODY)
            assert [_status(session), _status(session)] == [200, 200]
        (asked,) = auth.requests
        assert parse_qs(urlsplit(asked.path).query) == {"service": ["reg"], "scope": ["repository:a/b:pull"]}
        assert "authorization" not in asked.headers


def _same_server(token: Reply) -> Script:
    """A registry that is its own token service."""

    def answer(request: Request) -> Reply:
        if request.path.startswith("/token"):
            return token
        if request.headers.get("authorization") == "Bearer t0ken":
            return Reply(200, b"blob")
        challenge = f'Bearer realm="http://{request.headers["host"]}/token",service="reg"'
        return Reply(401, b"{}", {"WWW-Authenticate": challenge})

    return answer


def test_token_service_on_the_same_host_and_port_is_sent_the_credentials(client: HttpClient) -> None:
    with serve(_same_server(Reply(200, b'{"access_token": "t0ken"}'))) as server:
        assert _status(_session(client, server, _JO)) == 200
        asked = server.requests[1]
        assert asked.headers["authorization"] == _BASIC
        assert parse_qs(urlsplit(asked.path).query) == {"service": ["reg"], "scope": ["repository:a/b:pull"]}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_token_service_elsewhere_without_tls_is_not(client: HttpClient, host: str) -> None:
    with serve(lambda _: _TOKEN) as auth:
        elsewhere = auth.url.replace("127.0.0.1", host)
        with serve(_guarded(f'Bearer realm="{elsewhere}/token"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, _JO)) == 200
        assert "authorization" not in auth.requests[0].headers


def test_identity_token_goes_nowhere_else_either(client: HttpClient) -> None:
    credentials = Credentials("the credentials of the test", identity_token="refresh")
    with serve(lambda _: _TOKEN) as auth:
        with serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, credentials)) == 200
        (asked,) = auth.requests
        assert (asked.method, asked.body) == ("GET", b"")
        assert "refresh" not in asked.path


def test_token_service_that_the_user_allows_is_sent_the_credentials() -> None:
    with serve(lambda _: _TOKEN) as auth:
        client = HttpClient(token_hosts=frozenset({auth.host}))
        with serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, _JO)) == 200
        assert auth.requests[0].headers["authorization"] == _BASIC
        client.close()


def test_redirect_of_the_token_service_carries_no_credentials(client: HttpClient) -> None:
    with serve(lambda _: _TOKEN) as away:
        with serve(_same_server(Reply(307, headers={"Location": f"{away.url}/token"}))) as server:
            assert _status(_session(client, server, _JO)) == 200
        assert "authorization" not in away.requests[0].headers


def test_identity_token_is_exchanged(client: HttpClient) -> None:
    credentials = Credentials("the credentials of the test", identity_token="refresh")
    with serve(_same_server(Reply(200, b'{"access_token": "t0ken"}'))) as server:
        assert _status(_session(client, server, credentials)) == 200
        asked = server.requests[1]
        assert (asked.method, asked.path) == ("POST", "/token")
        assert parse_qs(asked.body.decode()) == {
            "grant_type": ["refresh_token"],
            "client_id": ["lading"],
            "refresh_token": ["refresh"],
            "service": ["reg"],
            "scope": ["repository:a/b:pull"],
        }


def test_identity_token_does_not_follow_a_redirect(client: HttpClient) -> None:
    credentials = Credentials("the credentials of the test", identity_token="refresh")
    with serve(lambda _: _TOKEN) as away:
        with serve(_same_server(Reply(307, headers={"Location": f"{away.url}/token"}))) as server:
            with pytest.raises(NetError) as raised:
                _status(_session(client, server, credentials))
            assert str(raised.value) == (
                f"{server.host}: its token service {server.host} answered 307 Temporary Redirect; "
                "tried the credentials of the test"
            )
        assert away.requests == []


def test_token_that_expires_is_renewed(client: HttpClient) -> None:
    tokens = iter(["one", "two"])
    accepted = {"Bearer one"}

    def registry(request: Request) -> Reply:
        if request.headers.get("authorization") in accepted:
            return Reply(200)
        return Reply(401, headers={"WWW-Authenticate": f'Bearer realm="{auth.url}/token"'})

    with serve(lambda _: Reply(200, json.dumps({"token": next(tokens)}).encode())) as auth, serve(registry) as server:
        session = _session(client, server, _NOBODY)
        assert _status(session) == 200
        accepted.clear()
        accepted.add("Bearer two")
        assert _status(session) == 200


def test_refused_credentials_name_their_source(client: HttpClient) -> None:
    with serve(_same_server(Reply(401, b"{}"))) as server, pytest.raises(NetError) as raised:
        _status(_session(client, server, _JO))
    assert str(raised.value) == (
        f"{server.host}: its token service {server.host} answered 401 Unauthorized; tried the credentials of the test"
    )


def test_credentials_that_were_not_sent_are_named(client: HttpClient) -> None:
    with serve(lambda _: Reply(401, b"{}")) as auth:
        registry = serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken"))
        with registry as server, pytest.raises(NetError) as raised:
            _status(_session(client, server, _JO))
    assert str(raised.value) == (
        f"{server.host}: its token service {auth.host} answered 401 Unauthorized; tried no credentials "
        f"(the credentials of the test were not sent to {auth.host}, which is not known to belong to the registry; "
        f"--token-host {auth.host} allows it)"
    )


@pytest.mark.debian("openssl")
def test_token_service_of_an_encrypted_registry_without_encryption(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    script = _guarded('Bearer realm="http://127.0.0.1:9/token"', "Bearer t0ken")
    client = HttpClient(ca_cert=str(certificate))
    with serve_tls(certificate, script) as server, pytest.raises(NetError) as raised:
        _status(_session(client, server, _JO))
    assert str(raised.value) == (
        f"{server.host}: names the token service 127.0.0.1:9 without encryption; "
        "refused (--insecure allows it, without credentials)"
    )
    client.close()


@pytest.mark.parametrize(
    ("realm", "shown"),
    [
        ("file:///etc/passwd", "'file:///etc/passwd'"),
        ("/token", "'/token'"),
        ("auth.example/token", "'auth.example/token'"),
        ("https://", "'https://'"),
        ("https://jo:secret@auth.example/token?x=secret", "'…@auth.example/token'"),
        ("https://[::1", "'https://[::1'"),
        ("https://a.example:99999/", "'https://a.example:99999/'"),
        ("https://a..example/", "'https://a..example/'"),
        (f"https://{'a' * 4000}/", f"'https://{'a' * 112}…'"),
        ("javascript:alert(1)", "'javascript:alert(1)'"),
    ],
)
def test_token_service_by_no_address(client: HttpClient, realm: str, shown: str) -> None:
    with serve(_guarded(f'Bearer realm="{realm}"', "Bearer t0ken")) as server:
        with pytest.raises(NetError) as raised:
            _status(_session(client, server, _JO))
        assert str(raised.value) == f"{server.host}: names a token service by what is no address ({shown}); refused"
        assert len(server.requests) == 1


def test_realm_keeps_its_query_and_loses_its_fragment(client: HttpClient) -> None:
    with serve(lambda _: _TOKEN) as auth:
        challenge = f'Bearer realm="{auth.url}/token?account=x#part",service="reg"'
        with serve(_guarded(challenge, "Bearer t0ken")) as server:
            assert _status(_session(client, server, _NOBODY)) == 200
        assert auth.requests[0].path == "/token?account=x&service=reg&scope=repository%3Aa%2Fb%3Apull"


def test_challenges_in_several_headers(client: HttpClient) -> None:
    def answer(connection: socket.socket) -> None:
        challenges = b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=r\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\n" + challenges)
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serve_raw(answer) as server:
        session = Session(client, server.url, _JO, "repository:a/b:pull")
        assert _status(session) == 200


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"{" * 100_000, "a token that cannot be read (JSON is malformed: object keys must be strings (byte 1))"),
        (b"[" * 100_000, "a token that cannot be read (Expected `object`, got `array`)"),
        (b'{"token": ["secret"]}', "a token that cannot be read (Expected `str | null`, got `array` - at `$.token`)"),
        (b'{"token": "' + b"x" * 70_000 + b'"}', "answered with a token of 70,000 characters; refused"),
        (b" " * 2_000_000, "an answer of more than 1,048,576 bytes; refused"),
    ],
)
def test_tokens_that_are_none(client: HttpClient, body: bytes, what: str) -> None:
    with serve(_same_server(Reply(200, body))) as server, pytest.raises(NetError) as raised:
        _status(_session(client, server, _JO))
    assert str(raised.value) == f"{server.host}: {what}"


def test_credentials_are_not_shown() -> None:
    assert repr(_JO) == "Credentials('the credentials of the test')"


@pytest.mark.parametrize("body", [b"{}", b'{"token": "with\\r\\nHeader: x"}'])
def test_answer_without_a_token(client: HttpClient, body: bytes) -> None:
    with serve(lambda _: Reply(200, body)) as auth:
        registry = serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken"))
        with registry as server, pytest.raises(NetError) as raised:
            _status(_session(client, server, _JO))
    assert str(raised.value) == f"{auth.host}: answered without a token"


def test_challenge_of_a_redirect_target_is_not_answered(client: HttpClient) -> None:
    with serve(_guarded('Basic realm="r"', _BASIC)) as storage:
        with serve(lambda _: Reply(307, headers={"Location": f"{storage.url}/blob"})) as server:
            assert _status(_session(client, server, _JO)) == 401
        assert ["authorization" in request.headers for request in storage.requests] == [False]


def test_headers_of_a_server_are_sent_once_and_to_it_alone(client: HttpClient) -> None:
    """One that lets in by itself counts until the server asks for an account."""
    with serve(_guarded('Basic realm="r"', _BASIC)) as server, serve(in_turn(Reply(200))) as elsewhere:
        headers = {"authorization": "Bearer of-the-file", "X-Key": "s3cret"}
        session = Session(client, server.url, _JO, "", headers)
        assert _status(session) == 200
        assert [one.headers["authorization"] for one in server.requests] == ["Bearer of-the-file", _BASIC]
        session.request("GET", f"{elsewhere.url}/x", {}).discard()
        assert not {"authorization", "x-key"} & elsewhere.requests[0].headers.keys()
        assert session.censor("no s3cret, Bearer of-the-file, secret") == "no …, …, …"
