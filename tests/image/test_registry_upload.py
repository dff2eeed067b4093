"""Uploads to registries that send on to odd places, or never get further."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.image import upload
from lading.image.reference import parse_registry_reference
from lading.image.repository import Repository
from lading.image.upload import push_blob
from lading.model.errors import NetError
from lading.net.client import HttpClient
from tests.image.images import sha256
from tests.net.scripted import Reply, Request, Script, Server, serve
from tests.net.tls import make_certificate, serve_tls

_DATA = bytes(range(256))


class _Progress:
    """A Progress that only counts."""

    def __init__(self) -> None:
        self.sent = 0

    def start(self, key: str, label: str, size: int = 0) -> None: ...

    def advance(self, key: str, amount: int) -> None:
        self.sent += amount

    def finish(self, key: str) -> None: ...


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient(sleep=lambda _: None)
    yield client
    client.close()


def _push(client: HttpClient, server: Server, *, plain: bool = True) -> int:
    repository = Repository(parse_registry_reference(f"{server.host}/team/app:1"), client, plain, push=True)
    progress = _Progress()
    push_blob(repository, sha256(_DATA), len(_DATA), io.BytesIO(_DATA), progress, "blob")
    return progress.sent


def _refused(client: HttpClient, server: Server, *, plain: bool = True) -> str:
    with pytest.raises(NetError) as raised:
        _push(client, server, plain=plain)
    return str(raised.value).removeprefix(f"{server.host}/team/app:1: blob: ").replace(server.host, "HOST")


def _beginning(headers: dict[str, str], then: Script = lambda _: Reply(201)) -> Script:
    """A registry without blobs, that begins an upload with these headers."""

    def answer(request: Request) -> Reply:
        if request.method == "HEAD":
            return Reply(404)
        return Reply(202, headers=headers) if request.method == "POST" else then(request)

    return answer


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/upload/1", "/upload/1?digest=sha256%3A"),
        ("/upload/1?state=x", "/upload/1?state=x&digest=sha256%3A"),
        ("/upload/1?state=x#part", "/upload/1?state=x&digest=sha256%3A"),
        ("1", "/v2/team/app/blobs/uploads/1?digest=sha256%3A"),
    ],
)
def test_location(client: HttpClient, location: str, asked: str) -> None:
    with serve(_beginning({"Location": location})) as server:
        assert _push(client, server) == len(_DATA)
        ended = server.requests[-1]
        assert (ended.method, ended.body) == ("PUT", _DATA)
        assert ended.path.startswith(asked)


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("file:///tmp/x", "'file:///tmp/x': not an http:// or https:// address"),
        ("http://[::1", "'http://[::1': not an http:// or https:// address"),
        ("http://jo:pw@127.0.0.1/?x=secret", "'…@127.0.0.1/': an address with a user or password in it; refused"),
        ("", "HOST does not say where to upload to; is it a registry?"),
    ],
)
def test_location_that_is_none(client: HttpClient, location: str, what: str) -> None:
    with serve(_beginning({"Location": location})) as server:
        assert _refused(client, server) == what
        assert server.requests[-1].method == "POST"


@pytest.mark.debian("openssl")
def test_location_without_encryption(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    client = HttpClient(ca_cert=str(certificate))
    with serve_tls(certificate, _beginning({"Location": "http://127.0.0.1:9/upload"})) as server:
        assert _refused(client, server, plain=False) == (
            "HOST: redirects to 127.0.0.1:9 without encryption; refused (--insecure allows it)"
        )
    client.close()


@pytest.mark.parametrize("least", ["9" * 5000, "-1", "x", "1e9", "\xb2"])
def test_least_piece_that_is_none(client: HttpClient, least: str) -> None:
    with serve(_beginning({"Location": "/upload", "OCI-Chunk-Min-Length": least})) as server:
        assert _push(client, server) == len(_DATA)


@pytest.mark.parametrize("reached", ["", "0-", "0-99999999999999999999", "bytes=0--5", "5-9"])
def test_upload_that_gets_no_further_ends(client: HttpClient, monkeypatch: pytest.MonkeyPatch, reached: str) -> None:
    monkeypatch.setattr(upload, "_PIECE", 100)

    def then(request: Request) -> Reply:
        return Reply(204, headers={"Range": reached}) if request.method == "GET" else Reply(416)

    with serve(_beginning({"Location": "/upload"}, then)) as server:
        assert _refused(client, server) == "HOST answered 204 No Content; is it a registry?"
        assert len(server.requests) < 20
