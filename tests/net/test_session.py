"""Who is sent credentials, and when."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.net.credentials import Credentials
from lading.net.session import Session
from tests.net.scripted import Reply, Request, Script, Server, serve

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


def test_token_service_on_the_same_host_is_sent_the_credentials(client: HttpClient) -> None:
    with serve(lambda _: Reply(200, b'{"access_token": "t0ken"}')) as auth:
        with serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, _JO)) == 200
        (asked,) = auth.requests
        assert asked.headers["authorization"] == _BASIC
        assert parse_qs(urlsplit(asked.path).query) == {"scope": ["repository:a/b:pull"]}


def test_token_service_elsewhere_without_tls_is_not(client: HttpClient) -> None:
    with serve(lambda _: _TOKEN) as auth:
        elsewhere = auth.url.replace("127.0.0.1", "localhost")
        with serve(_guarded(f'Bearer realm="{elsewhere}/token"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, _JO)) == 200
        assert "authorization" not in auth.requests[0].headers


def test_identity_token_is_exchanged(client: HttpClient) -> None:
    credentials = Credentials("the credentials of the test", identity_token="refresh")
    with serve(lambda _: Reply(200, b'{"access_token": "t0ken"}')) as auth:
        with serve(_guarded(f'Bearer realm="{auth.url}/token",service="reg"', "Bearer t0ken")) as server:
            assert _status(_session(client, server, credentials)) == 200
        (asked,) = auth.requests
        assert (asked.method, asked.path) == ("POST", "/token")
        assert parse_qs(asked.body.decode()) == {
            "grant_type": ["refresh_token"],
            "client_id": ["lading"],
            "refresh_token": ["refresh"],
            "service": ["reg"],
            "scope": ["repository:a/b:pull"],
        }


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
    with serve(lambda _: Reply(401, b"{}")) as auth:
        registry = serve(_guarded(f'Bearer realm="{auth.url}/token"', "Bearer t0ken"))
        with registry as server, pytest.raises(NetError) as raised:
            _status(_session(client, server, _JO))
    assert str(raised.value) == (
        f"{server.host}: its token service {auth.host} answered 401 Unauthorized; tried the credentials of the test"
    )


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
