"""Registries that answer with what no registry should: one line each, without credentials in it."""

import base64
import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.platforms import parse_platform
from lading.image.reference import parse_registry_reference
from lading.image.repository import Repository
from lading.image.source import Request as Asked
from lading.image.sources.remote import open_remote
from lading.model.errors import ImageError, LadingError, NetError
from lading.model.ports import OpenedImage
from lading.net.client import HttpClient
from lading.net.docker_config import DockerConfig
from lading.net.network import Network
from lading.safeio.tar_writer import build_gzip
from tests.image.images import BASE, Blobs, Json, contents, sha256
from tests.net.clocks import TickingClock
from tests.net.hostile import dripping, serve_raw
from tests.net.scripted import Reply, Request, Script, in_turn, serve

_BLOB = build_gzip(BASE)
_DIGEST = sha256(_BLOB)
_TAG = "sha256:" + "0" * 64


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return tmp_path / "config.json"


@pytest.fixture
def opener(config: Path) -> Iterator[Callable[[str], OpenedImage]]:
    """Opens team/app:1 of a server; every wait takes a second."""
    network = Network(credentials=DockerConfig(config))
    client = HttpClient(sleep=lambda _: None, clock=TickingClock(), network=network)

    def open_it(host: str) -> OpenedImage:
        return open_remote(
            Asked(f"{host}/team/app:1", parse_platform("linux/amd64"), OpenOptions(plain_http=True)), client
        )

    yield open_it
    client.close()


Opener = Callable[[str], OpenedImage]


def _registry(blobs: Blobs, top: Json, layer: Script) -> Script:
    """A registry with one image, whose layer is given by `layer`."""

    def answer(request: Request) -> Reply:
        name = request.path.rpartition("/")[2]
        digest = top["digest"] if name == "1" else name
        return layer(request) if digest == _DIGEST else Reply(200, blobs.held[digest])

    return answer


def _refused(opener: Opener, script: Script) -> str:
    with serve(script) as server:
        with pytest.raises(LadingError) as raised:
            contents(opener(server.host))
        text = str(raised.value)
        assert text.isprintable()
        assert len(text) < 600
        return text.removeprefix(f"{server.host}/team/app:1: ").replace(server.host, "HOST")


def _refused_layer(opener: Opener, *replies: Reply) -> str:
    blobs = Blobs()
    text = _refused(opener, _registry(blobs, blobs.image((BASE,)), in_turn(*replies)))
    return text.removeprefix(f"layer 1 ({_DIGEST[:19]}): ")


@pytest.mark.parametrize(
    ("digest", "shown"),
    [
        ("sha256", "sha256"),
        ("sha256:", "sha256:"),
        ("sha256:\x9b31mred", "sha256:?31mred"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("sha256:" + "0" * 60_000, f"sha256:{'0' * 33}…"),
    ],
)
def test_digest_that_is_none(opener: Opener, digest: str, shown: str) -> None:
    text = _refused(opener, in_turn(Reply(200, b"{}", {"Docker-Content-Digest": digest})))
    assert text == f"HOST states the digest '{shown}', which is none; is it a registry?"


@pytest.mark.parametrize("digest", [_TAG, "sha512:" + "0" * 128, "blake3+x:a_b-c="])
def test_digests_as_the_specification_has_them(digest: str) -> None:
    client = HttpClient()
    with serve(in_turn(Reply(200, b"{}", {"Docker-Content-Digest": digest}))) as server:
        repository = Repository(parse_registry_reference(f"{server.host}/team/app:1"), client, True)
        assert repository.get_manifest("1", "*/*").read_all(10) == b"{}"
    client.close()


@pytest.mark.parametrize(
    ("status", "answer"),
    [(204, "204 No Content"), (304, "304 Not Modified"), (206, "206 Partial Content"), (999, "999")],
)
def test_manifest_with_another_status(opener: Opener, status: int, answer: str) -> None:
    text = _refused(opener, in_turn(Reply(status)))
    assert text == f"HOST answered {answer}; is it a registry?"


def test_manifest_in_an_encoding_that_nobody_asked_for(opener: Opener) -> None:
    text = _refused(opener, in_turn(Reply(200, build_gzip(b"{}"), {"Content-Encoding": "gzip"})))
    assert text == "HOST: answered in the encoding 'gzip', which it was not asked for"


def test_words_of_a_registry_are_made_harmless(opener: Opener) -> None:
    message = "\x1b]0;owned\x07 \u202e denied\r\nlading: all is well " + "x" * 10_000
    body = json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
    text = _refused(opener, in_turn(Reply(403, body)))
    assert text.startswith("HOST denies access (403 Forbidden: ]0;owned denied lading: all is well xxxx")


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply(206, _BLOB), "HOST answered 206 Partial Content; is it a registry?"),
        (Reply(204), "HOST answered 204 No Content; is it a registry?"),
        (
            Reply(302, headers={"Location": "file:///etc/passwd"}),
            "'file:///etc/passwd': not an http:// or https:// address",
        ),
        (Reply(302, headers={"Location": "/v2/"}, body=b"x"), "HOST: more than 10 redirects; given up"),
        (Reply(200, _BLOB, {"Content-Length": "-1"}), "HOST: states a length that is none ('-1'); refused"),
        (
            Reply(200, _BLOB, {"Transfer-Encoding": "chunked"}),
            "HOST: sent a malformed chunk; refused",
        ),
    ],
)
def test_layers(opener: Opener, reply: Reply, what: str) -> None:
    blobs = Blobs()
    registry = _registry(blobs, blobs.image((BASE,)), in_turn(reply))

    def script(request: Request) -> Reply:
        return reply if request.path == "/v2/" else registry(request)

    text = _refused(opener, script)
    assert text.removeprefix(f"layer 1 ({_DIGEST[:19]}): ") == what


def test_layer_that_is_encoded_once_more(opener: Opener) -> None:
    again = build_gzip(_BLOB)
    said = _refused_layer(opener, Reply(200, again, {"Content-Encoding": "gzip"}))
    assert said == f"goes on after the {len(_BLOB)} bytes expected: the image is damaged: fetch it again"


def test_layer_resumed_at_another_place(opener: Opener) -> None:
    rest = Reply(206, _BLOB[40:], {"Content-Range": f"bytes 40-{len(_BLOB) - 1}/{len(_BLOB)}"})
    said = _refused_layer(opener, Reply(200, _BLOB, cut_after=50), rest)
    assert said == "the server resumed at another place than asked; try again later"


def test_registry_that_trickles(opener: Opener) -> None:
    with serve_raw(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b" ")) as server:
        with pytest.raises(NetError) as raised:
            opener(server.host)
        assert str(raised.value) == (
            f"{server.host}: answers too slowly; try again later, or wait longer with --timeout"
        )


@pytest.mark.parametrize(
    "reply",
    [
        *(Reply(status, b'{"errors": [{"message": "no"}]}') for status in (400, 401, 403, 404, 418, 500)),
        Reply(302, headers={"Location": "http://jo:s3cret@127.0.0.1:9/"}),
        Reply(200, b"{"),
        Reply(200, b"{}", {"Docker-Content-Digest": "x"}),
        Reply(403, b'{"errors": [{"message": "jo may not with s3cret or Basic am86czNjcmV0"}]}'),
    ],
)
def test_credentials_are_in_no_error(opener: Opener, config: Path, reply: Reply) -> None:
    """Whatever a registry answers to the request that carries them."""
    secrets = ("s3cret", base64.b64encode(b"jo:s3cret").decode())

    def script(request: Request) -> Reply:
        known = "authorization" in request.headers
        return reply if known else Reply(401, headers={"WWW-Authenticate": "Basic realm=r"})

    with serve(script) as server:
        config.write_text(json.dumps({"auths": {server.host: {"auth": secrets[1]}}}))
        with pytest.raises(LadingError) as raised:
            opener(server.host)
        assert "authorization" in server.requests[-1].headers
    error: BaseException | None = raised.value
    while error is not None:
        assert not any(secret in f"{error!s} {error!r}" for secret in secrets)
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("jo:s3cret@a.example/app", "…@a.example/app"),
        ("s3cret@a.example/app", "…@a.example/app"),
        ("registry:jo:s3cret@a.example/app", "…@a.example/app"),
        ("jo:s3cret@a.example:5000", "…@a.example:5000"),
        ("jo:s3@cret@a.example/app", "…@a.example/app"),
        ("jo:s3cret@a.example/app@sha256:abc", "…@sha256:abc"),
        ("jo:s3cret@a.example/app@" + _TAG, "…@" + _TAG),
        ("jo:s3cret@", "…@"),
        ("jo:s3cret@\x1b[31m", "…@\\x1b[31m"),
    ],
)
def test_password_in_a_name_is_refused_unsaid(name: str, shown: str) -> None:
    with pytest.raises(ImageError) as raised:
        open_image(name, OpenOptions())
    assert str(raised.value) == (
        f"'{shown}': what stands after an @ is a digest (sha256: and 64 hexadecimal digits); "
        "a user and password are no part of a name: lading registry login keeps them"
    )
