"""The registry client against a scripted registry: what it asks, and what it says when it is refused."""

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.platforms import parse_platform
from lading.image.source import Request as Asked
from lading.image.sources.remote import open_remote
from lading.model.errors import ImageError, NetError, SafeIOError
from lading.model.ports import OpenedImage
from lading.net.client import HttpClient
from lading.net.docker_config import DockerConfig
from lading.net.network import Network
from lading.safeio.tar_writer import build_gzip
from tests.image.images import AMD64, APP, ARM64, BASE, INDEX, LAYER, MANIFEST, Blobs, Json, contents, sha256
from tests.net.scripted import Reply, Request, Script, Server, in_turn, ranged, serve

_BLOB = build_gzip(BASE)
_DIGEST = sha256(_BLOB)


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Callable[..., OpenedImage]]:
    """Opens an image of a server, without waiting between attempts."""
    network = Network(credentials=DockerConfig(tmp_path / "config.json"))
    client = HttpClient(sleep=lambda _: None, network=network)

    def open_it(server: Server, name: str = "team/app:1", wanted: str = "linux/amd64") -> OpenedImage:
        options = OpenOptions(plain_http=True)
        return open_remote(Asked(f"{server.host}/{name}", parse_platform(wanted), options), client)

    yield open_it
    client.close()


Opener = Callable[..., OpenedImage]


def _registry(blobs: Blobs, top: Json, changes: dict[str, Script] | None = None) -> Script:
    """A registry with one repository, team/app, whose tag 1 is `top`. `changes` answer for some digests instead."""

    def answer(request: Request) -> Reply:
        kind, _, name = request.path.removeprefix("/v2/team/app/").partition("/")
        digest = top["digest"] if name == "1" else name
        if changes and digest in changes:
            return changes[digest](request)
        if kind not in ("manifests", "blobs") or digest not in blobs.held:
            return Reply(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
        return Reply(200, blobs.held[digest])

    return answer


def _refused(opener: Opener, server: Server, name: str = "team/app:1") -> str:
    with pytest.raises(NetError) as raised:
        opener(server, name)
    return str(raised.value)


def test_image(opener: Opener) -> None:
    blobs = Blobs()
    top = blobs.image(annotations={"org.opencontainers.image.base.name": "debian:12"})
    with serve(_registry(blobs, top)) as server:
        opened = opener(server)
        assert (opened.clues.base_name, len(opened.clues.history)) == ("debian:12", 3)
        image = opened.image
        assert (image.name, image.source, image.digest) == (f"{server.host}/team/app:1", "registry", top["digest"])
        assert [source.cache_key for source in opened.layers] == [sha256(BASE), sha256(APP)]
        assert not opened.sequential
        assert contents(opened) == [build_gzip(BASE), build_gzip(APP)]
        assert server.requests[0].path == "/v2/team/app/manifests/1"
        assert server.requests[0].headers["accept"].split(", ") == [
            INDEX,
            MANIFEST,
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ]


def test_entry_point_reaches_the_registry() -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image())) as server:
        for reference in (f"{server.host}/team/app:1", f"registry:{server.host}/team/app:1"):
            assert len(contents(open_image(reference, OpenOptions(platform="linux/amd64", plain_http=True)))) == 2


def test_digest(opener: Opener) -> None:
    blobs = Blobs()
    top = blobs.image()
    with serve(_registry(blobs, top)) as server:
        opened = opener(server, f"team/app@{top['digest']}")
        assert opened.image.name == f"{server.host}/team/app@{top['digest']}"
        opened.close()


def test_answer_of_another_digest(opener: Opener) -> None:
    blobs = Blobs()
    top, other = blobs.image(), b"{}"
    with serve(_registry(blobs, top, {top["digest"]: in_turn(Reply(200, other))})) as server:
        with pytest.raises(SafeIOError) as raised:
            opener(server, f"team/app@{top['digest']}")
        assert str(raised.value) == (
            f"{server.host}/team/app@{top['digest']}: its digest is {sha256(other)}, expected {top['digest']}: "
            "the image is damaged: fetch it again"
        )


def test_tag_whose_content_is_not_what_the_registry_says(opener: Opener) -> None:
    blobs = Blobs()
    top = blobs.image()
    reply = Reply(200, blobs.held[top["digest"]], {"Docker-Content-Digest": "sha256:" + "0" * 64})
    with serve(_registry(blobs, top, {top["digest"]: in_turn(reply)})) as server:
        with pytest.raises(SafeIOError) as raised:
            opener(server)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: its digest is {top['digest']}, "
            f"the registry says sha256:{'0' * 64}: fetch it again"
        )


def test_index(opener: Opener) -> None:
    blobs = Blobs()
    amd, arm = blobs.image((BASE,)), blobs.image((APP,), ARM64)
    top = blobs.index({**arm, "platform": {**ARM64, "variant": "v8"}}, {**amd, "platform": AMD64})
    with serve(_registry(blobs, top)) as server:
        assert contents(opener(server)) == [build_gzip(BASE)]
    with serve(_registry(blobs, top)) as server, pytest.raises(ImageError) as raised:
        open_image(f"{server.host}/team/app:1", OpenOptions(platform="linux/riscv64", plain_http=True))
    assert str(raised.value) == (
        f"{server.host}/team/app:1: no image for linux/riscv64: there is linux/amd64, linux/arm64/v8; "
        "choose with --platform"
    )


def test_blob_that_is_cut_goes_on(opener: Opener) -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: ranged(_BLOB, cuts=[50, 20])})) as server:
        assert contents(opener(server)) == [_BLOB]
        asked = [request.headers.get("range") for request in server.requests if request.path.endswith(_DIGEST)]
        assert asked == [None, "bytes=50-", "bytes=70-"]


def test_blob_that_is_cut_from_a_server_without_ranges(opener: Opener) -> None:
    blobs = Blobs()
    script = in_turn(Reply(200, _BLOB, cut_after=50), Reply(200, _BLOB, cut_after=30), Reply(200, _BLOB))
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: script})) as server:
        assert contents(opener(server)) == [_BLOB]


def test_blob_that_is_always_cut(opener: Opener) -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: ranged(_BLOB, cuts=[1] * 9)})) as server:
        opened = opener(server)
        with pytest.raises(NetError) as raised:
            contents(opened)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: layer 1 ({_DIGEST[:19]}): the connection broke 6 times, last after 6 bytes; "
            "try again later"
        )


def test_blob_of_another_digest(opener: Opener) -> None:
    blobs = Blobs()
    damaged = _BLOB[:-1] + b"\xff"
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: in_turn(Reply(200, damaged))})) as server:
        opened = opener(server)
        with pytest.raises(SafeIOError) as raised:
            contents(opened)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: layer 1 ({_DIGEST[:19]}): its digest is {sha256(damaged)}, "
            f"expected {_DIGEST}: the image is damaged: fetch it again"
        )


@pytest.mark.parametrize(
    ("blob", "what"),
    [
        (_BLOB + b"more", f"goes on after the {len(_BLOB)} bytes expected"),
        (_BLOB[:-4], f"ends after {len(_BLOB) - 4} bytes, expected {len(_BLOB)}"),
    ],
)
def test_blob_of_another_size(opener: Opener, blob: bytes, what: str) -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: in_turn(Reply(200, blob))})) as server:
        opened = opener(server)
        with pytest.raises(SafeIOError) as raised:
            contents(opened)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: layer 1 ({_DIGEST[:19]}): {what}: the image is damaged: fetch it again"
        )


def test_blob_that_is_missing(opener: Opener) -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image((BASE,)), {_DIGEST: in_turn(Reply(404))})) as server:
        opened = opener(server)
        with pytest.raises(NetError) as raised:
            contents(opened)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: layer 1 ({_DIGEST[:19]}): not found at {server.host} (404 Not Found); "
            "check the name and the tag"
        )


def test_unknown_tag(opener: Opener) -> None:
    blobs = Blobs()
    with serve(_registry(blobs, blobs.image())) as server:
        assert _refused(opener, server, "team/app:2") == (
            f"{server.host}/team/app:2: not found at {server.host} (404 Not Found: manifest unknown); "
            "check the name and the tag"
        )


def test_unauthorised_without_credentials(opener: Opener, tmp_path: Path) -> None:
    body = json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "authentication\nrequired"}]}).encode()
    with serve(in_turn(Reply(401, body, {"WWW-Authenticate": 'Basic realm="r"'}))) as server:
        assert _refused(opener, server) == (
            f"{server.host}/team/app:1: {server.host} denies access (401 Unauthorized: authentication required), "
            f"or has no such image; tried no credentials ({tmp_path}/config.json does not exist; "
            f"lading registry login {server.host} makes it)"
        )


def test_forbidden_with_credentials(opener: Opener, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        known = request.headers.get("authorization") == "Basic am86c2VjcmV0"
        return Reply(403) if known else Reply(401, headers={"WWW-Authenticate": "Basic"})

    with serve(answer) as server:
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.host: {"auth": "am86c2VjcmV0"}}}))
        assert _refused(opener, server) == (
            f"{server.host}/team/app:1: {server.host} denies access (403 Forbidden), or has no such image; "
            f"tried the credentials for {server.host} in {tmp_path}/config.json"
        )


def test_too_many_requests_then_success(opener: Opener) -> None:
    blobs = Blobs()
    top = blobs.image((BASE,))
    script = in_turn(Reply(429, headers={"Retry-After": "1"}), Reply(200, blobs.held[top["digest"]]))
    with serve(_registry(blobs, top, {top["digest"]: script})) as server:
        assert contents(opener(server)) == [_BLOB]


def test_too_many_requests_to_the_end(opener: Opener) -> None:
    with serve(in_turn(Reply(429))) as server:
        assert _refused(opener, server) == (
            f"{server.host}: answered 429 Too Many Requests 5 times; try again later; an account (lading registry "
            f"login {server.host}) or a mirror (registries.conf) may be let in more often"
        )


def test_server_errors(opener: Opener) -> None:
    with serve(in_turn(Reply(500))) as server:
        assert _refused(opener, server) == (
            f"{server.host}: answered 500 Internal Server Error 5 times; try again later"
        )


def test_layer_that_its_publisher_keeps(opener: Opener) -> None:
    blobs = Blobs()
    layer = {**blobs.add(_BLOB, LAYER), "urls": ["https://a.example/\x1bbase"]}
    top = blobs.image((BASE,), layers=[layer])
    del blobs.held[_DIGEST]
    with serve(_registry(blobs, top)) as server:
        opened = opener(server)
        with pytest.raises(ImageError) as raised:
            contents(opened)
        assert str(raised.value) == (
            f"{server.host}/team/app:1: layer 1 is not distributed with the image: "
            "its publisher keeps it at https://a.example/?base; an image without it cannot be scanned"
        )


def test_plain_http_to_a_tls_port(opener: Opener) -> None:
    with serve(in_turn(Reply(400, b"Client sent an HTTP request to an HTTPS server."))) as server:
        assert _refused(opener, server) == (
            f"{server.host}/team/app:1: {server.host} answered 400 Bad Request; leave out --plain-http"
        )


def test_server_that_is_no_registry(opener: Opener) -> None:
    with serve(in_turn(Reply(200, b"<html>"))) as server, pytest.raises(ImageError) as raised:
        opener(server)
    assert str(raised.value) == f"{server.host}/team/app:1: cannot be read (malformed JSON at character 0)"


def test_manifest_above_the_limit(opener: Opener) -> None:
    with serve(in_turn(Reply(200, b" " * 5_000_000))) as server:
        assert _refused(opener, server) == f"{server.host}: an answer of more than 4,194,304 bytes; refused"


def test_blobs_from_a_redirect_without_credentials(opener: Opener, tmp_path: Path) -> None:
    blobs = Blobs()
    top = blobs.image((BASE,))

    with serve(in_turn(Reply(200, _BLOB))) as storage:
        plain = _registry(blobs, top, {_DIGEST: in_turn(Reply(307, headers={"Location": f"{storage.url}/blob"}))})

        def guarded(request: Request) -> Reply:
            if request.headers.get("authorization") == "Basic am86c2VjcmV0":
                return plain(request)
            return Reply(401, headers={"WWW-Authenticate": "Basic"})

        with serve(guarded) as server:
            (tmp_path / "config.json").write_text(json.dumps({"auths": {server.host: {"auth": "am86c2VjcmV0"}}}))
            assert contents(opener(server)) == [_BLOB]
        assert ["authorization" in request.headers for request in storage.requests] == [False]
