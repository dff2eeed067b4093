"""Ways to log in to a real registry that asks for tokens: what is used, what is sent to the token service, and said."""

import base64
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from msgspec import Struct

from lading.cli.main import main
from lading.image.open import OpenOptions, open_image
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Platform
from lading.net.accounts import Given
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.safeio.tar_writer import NewEntry
from tests.image.images import read
from tests.net.scripted import Reply, Request, Server
from tests.net.tls import make_certificate, serve_tls
from tests.support.helpers import make_helper
from tests.support.registry import serve_registry
from tests.support.tokens import LEEWAY, Tokens, auth_by_tokens

pytestmark = pytest.mark.debian("docker-registry", "openssl", "skopeo")

_BASIC = "Basic " + base64.b64encode(b"jo:pa55word").decode()
_REFRESH = "1dentity-token"
_HANGING = threading.Event()


class Site(Struct, frozen=True):
    """A registry, its token service, and another registry of the same whose realm has another name."""

    address: str
    elsewhere: str
    certificate: Path
    tokens: Tokens
    service: Server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("registry")
    certificate = make_certificate(directory, "IP:127.0.0.1,DNS:localhost")
    tokens = Tokens(certificate, {"jo": "pa55word"}, _REFRESH)
    tls = {"certificate": str(certificate), "key": str(certificate)}
    layer = LayerSpec("ADD base /", (NewEntry("etc", "directory"), NewEntry("etc/motd", data=b"hello\n")))
    write_oci_layout(directory / "layout", (layer,), tag="1", platform=Platform("linux", "amd64"))
    with ExitStack() as stack:
        service = stack.enter_context(serve_tls(certificate, tokens.answer))
        realm = f"{service.url}/token"
        address = stack.enter_context(serve_registry(directory, tls, auth=auth_by_tokens(realm, certificate)))
        realm = realm.replace("127.0.0.1", "localhost")
        elsewhere = stack.enter_context(serve_registry(directory, tls, auth=auth_by_tokens(realm, certificate)))
        copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", "--dest-creds=jo:pa55word"]
        subprocess.run([*copy, f"oci:{directory}/layout:1", f"docker://{address}/team/app:1"], check=True)
        yield Site(address, elsewhere, certificate, tokens, service)


def _hang(_: Request) -> Reply:
    _HANGING.wait(20)
    return Reply(503)


def _expired(tokens: Tokens) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        tokens.lifetime, tokens.instead = -3600, None
        try:
            return tokens.answer(request)
        finally:
            tokens.lifetime, tokens.instead = 300, answer

    return answer


def _in_turn(reply: Reply) -> Callable[[Tokens], Callable[[Request], Reply]]:
    return lambda _: lambda __: reply


class Way(Struct, frozen=True):
    """One way to log in. `config` is Docker's, `{A}` being the registry; `sent` is what comes to the token service each
    time that it is asked (with `repeats` once or several times), `said` the error after the image's name, empty where
    the registry lets in."""

    config: object = None
    helper: str = ""
    arguments: tuple[str, ...] = ()
    elsewhere: bool = False
    instead: Callable[[Tokens], Callable[[Request], Reply]] | None = None
    sent: tuple[str, ...] = ("GET nothing",)
    repeats: bool = False
    said: str = ""


_JO = {"auths": {"{A}": {"username": "jo", "password": "pa55word"}}}
_WRONG = {"auths": {"{A}": {"username": "jo", "password": "wr0ng-word"}}}
_WRONG_BASIC = "Basic " + base64.b64encode(b"jo:wr0ng-word").decode()
_SOURCE = "the credentials for {A} in {H}/.docker/config.json"
_DENIED = "{A} denies access (401 Unauthorized: authentication required), or has no such image; tried"
_SERVICE = "{A}: its token service {S} answered"
_ONCE = (f"GET {_BASIC}",)
WAYS = {
    "a name and password": Way(_JO, sent=_ONCE),
    "an identity token": Way({"auths": {"{A}": {"identitytoken": _REFRESH}}}, sent=(f"POST {_REFRESH}",)),
    "a helper's identity token": Way(
        {"credHelpers": {"{A}": "mine"}},
        helper=f'echo \'{{"ServerURL":"","Username":"<token>","Secret":"{_REFRESH}"}}\'',
        sent=(f"POST {_REFRESH}",),
    ),
    "a token as it is": Way({"auths": {"{A}": {"registrytoken": "{T}"}}}, sent=()),
    "nobody": Way(
        said=f"{_DENIED} no credentials ({{H}}/.docker/config.json does not exist; "
        "lading registry login {A} makes it)"
    ),
    "a wrong password": Way(
        _WRONG, sent=(f"GET {_WRONG_BASIC}",), said=f"{_SERVICE} 401 Unauthorized; tried {_SOURCE}"
    ),
    "a wrong identity token": Way(
        {"auths": {"{A}": {"identitytoken": "other-t0ken"}}},
        sent=("POST other-t0ken",),
        said=f"{_DENIED} {_SOURCE}",
    ),
    "a token that is none": Way(
        {"auths": {"{A}": {"registrytoken": "n0nsense"}}}, sent=("GET nothing",), said=f"{_DENIED} {_SOURCE}"
    ),
    "tokens that have expired": Way(_JO, instead=_expired, sent=_ONCE, said=f"{_DENIED} {_SOURCE}"),
    "a service that hangs": Way(
        _JO,
        instead=lambda _: _hang,
        arguments=("--timeout", "5"),
        sent=_ONCE,
        repeats=True,
        said="{A}: its token service {S}: stopped answering; try again later, or wait longer with --timeout",
    ),
    "a service that gives none": Way(
        _JO, instead=_in_turn(Reply(200, b"{}")), sent=_ONCE, said="{S}: answered without a token"
    ),
    "a service that gives no JSON": Way(
        _JO, instead=_in_turn(Reply(200, b"x")), sent=_ONCE, said="{S}: a token that cannot be read"
    ),
    "a service that asks for patience": Way(
        _JO,
        instead=_in_turn(Reply(429, b"", {"Retry-After": "3600"})),
        sent=_ONCE,
        said="{A}: its token service {S}: answered 429 Too Many Requests once; it asks to wait 3600 seconds",
    ),
    "a service that redirects": Way(
        _JO,
        instead=lambda _: lambda request: Reply(302, b"", {"Location": "https://localhost:1/"}),
        sent=_ONCE,
        said="{A}: its token service localhost:1: connection refused",
    ),
    "a service of another name": Way(
        _JO,
        elsewhere=True,
        said=f"{_DENIED} no credentials ({_SOURCE} were not sent to {{L}}, which is not known to belong to the "
        "registry; --token-host {L} allows it)",
    ),
    "a service of another name that is allowed": Way(
        _JO, elsewhere=True, arguments=("--token-host", "{L}"), sent=_ONCE
    ),
}


def _sent(request: Request) -> str:
    if request.method == "POST":
        return f"POST {parse_qs(request.body.decode())['refresh_token'][0]}"
    return f"GET {request.headers.get('authorization', 'nothing')}"


@pytest.mark.parametrize("name", WAYS)
def test_ways_to_log_in(
    name: str, site: Site, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    way = WAYS[name]
    address = site.elsewhere if way.elsewhere else site.address
    token = site.tokens.sign("jo", "repository:team/app:pull")
    service = site.service.host
    filled = {"{A}": address, "{H}": str(own_home), "{T}": token, "{S}": service}
    filled["{L}"] = service.replace("127.0.0.1", "localhost")

    def fill(text: str) -> str:
        for key, value in filled.items():
            text = text.replace(key, value)
        return text

    if way.config is not None:
        (own_home / ".docker").mkdir()
        (own_home / ".docker/config.json").write_text(fill(json.dumps(way.config)))
    if way.helper:
        make_helper(own_home / "bin", "mine", way.helper, monkeypatch)
    site.tokens.instead = way.instead(site.tokens) if way.instead else None
    del site.service.requests[:]
    image = f"{address}/team/app:1"
    trust = ["--ca-cert", str(site.certificate), "--platform", "linux/amd64"]
    status = main(["packages", image, *trust, *map(fill, way.arguments)])
    site.tokens.instead = None
    shown = capsys.readouterr()
    sent = tuple(map(_sent, site.service.requests))
    assert (tuple(dict.fromkeys(sent)) if way.repeats else sent) == way.sent
    if way.said:
        assert status == 2
        assert shown.err.removeprefix("lading: ").removeprefix(f"{image}: ").startswith(fill(way.said))
    else:
        assert status in (0, 3), shown.err
    for secret in ("pa55word", "wr0ng-word", _REFRESH, "other-t0ken", "n0nsense", token, _BASIC, _WRONG_BASIC):
        assert secret not in shown.out + shown.err


def test_a_token_that_expires_between_manifest_and_layers(site: Site) -> None:
    """The registry refuses it from some moment on; another one is had, once."""
    site.tokens.lifetime = 2 - LEEWAY
    given = Given("given", "jo", "pa55word", frozenset({site.address}))
    network = Network(credentials=given)
    options = OpenOptions(platform="linux/amd64", ca_cert=site.certificate, network=network)
    del site.service.requests[:]
    opened = open_image(f"{site.address}/team/app:1", options)
    site.tokens.lifetime = 2 - LEEWAY
    token = site.tokens.sign("jo", "repository:team/app:pull")
    client = HttpClient(str(site.certificate))
    url, deadline = f"https://{site.address}/v2/team/app/tags/list", time.monotonic() + 30
    while client.request("GET", url, {"Authorization": f"Bearer {token}"}).status == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    client.close()
    site.tokens.lifetime = 300
    before = len(site.service.requests)
    assert [len(read(source)) for source in opened.layers] == [layer.size for layer in opened.image.layers]
    assert len(site.service.requests) == before + 1
    opened.close()
