"""Registries that fail while an image is read: what is tried again, what is said, and that no secret goes astray.

Every fault is met by the whole command. Whatever it is, the account is sent to the registry and its token service
alone, it is in nothing that is printed, and the command ends.
"""

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import Struct

from lading.cli.main import main
from lading.safeio.tar_writer import NewEntry, build_gzip, build_tar
from tests.image.images import APP, BASE, MANIFEST, Blobs, sha256
from tests.net.scripted import Reply, Request, Script, Server, serve
from tests.support.helpers import make_helper

_STATUS = (
    b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: Debian <d@debian.org>\n"
)
_BIG = build_tar([NewEntry("big", data=bytes(range(256)) * 8000), NewEntry("var/lib/dpkg/status", data=_STATUS)])
_BLOBS = Blobs()
_TOP = _BLOBS.image((BASE, APP, _BIG))
_LAYER = build_gzip(_BIG)
_LAYER_DIGEST = sha256(_LAYER)
_CONFIG = json.loads(_BLOBS.held[_TOP["digest"]])["config"]["digest"]
_PASSWORD = "pa55word-of-jo"
_BASIC = "Basic " + base64.b64encode(f"jo:{_PASSWORD}".encode()).decode()
_READ = 0
"""The image says that it is Debian, and has no package database."""
_BASIC_CHALLENGE = {"WWW-Authenticate": 'Basic realm="r"'}


class World:
    """A registry that lets jo in, its script to be changed by a fault, and a server elsewhere. `registry` answers as a
    sound one; `script` is what answers instead."""

    def __init__(self, stack: ExitStack) -> None:
        self.script: Script = self.registry
        self.tokens = 0
        self.cuts = 0
        self.elsewhere = stack.enter_context(serve(self._elsewhere))
        self.server = stack.enter_context(serve(lambda request: self.script(request)))

    def registry(self, request: Request) -> Reply:
        if request.headers.get("authorization") != _BASIC:
            return Reply(401, b"{}", _BASIC_CHALLENGE)
        return self.content(request)

    def content(self, request: Request) -> Reply:
        kind, _, name = request.path.partition("/v2/team/app/")[2].partition("/")
        digest = _TOP["digest"] if name == "1" else name
        if digest not in _BLOBS.held:
            return Reply(404)
        return Reply(200, _BLOBS.held[digest], {"Content-Type": MANIFEST} if kind == "manifests" else {})

    def _elsewhere(self, request: Request) -> Reply:
        return self.content(request)


def _is_layer(request: Request) -> bool:
    return request.path.endswith(_LAYER_DIGEST)


Change = Callable[[World], Script]


def _on_layer(reply: Callable[[World, Request, Reply], Reply]) -> Change:
    """A registry that answers for the third layer as `reply` makes of its sound answer."""

    def change(world: World) -> Script:
        def answer(request: Request) -> Reply:
            sound = world.registry(request)
            return reply(world, request, sound) if _is_layer(request) and sound.status == 200 else sound

        return answer

    return change


def _on(path: str, body: bytes) -> Change:
    """A registry whose answer for a path is another one."""

    def change(world: World) -> Script:
        def answer(request: Request) -> Reply:
            sound = world.registry(request)
            return Reply(200, body) if request.path.endswith(path) and sound.status == 200 else sound

        return answer

    return change


def _dies(world: World, _: Request, sound: Reply) -> Reply:
    world.server.die()
    return sound


def _dies_half_way(world: World, _: Request, sound: Reply) -> Reply:
    world.cuts += 1
    if world.cuts > 1:
        world.server.die()
    return Reply(200, sound.body, cut_after=len(sound.body) // 2)


def _cut_once(world: World, request: Request, sound: Reply) -> Reply:
    world.cuts += 1
    if world.cuts == 1:
        return Reply(200, sound.body, cut_after=1000)
    start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
    part = {"Content-Range": f"bytes {start}-{len(sound.body) - 1}/{len(sound.body)}"}
    return Reply(206, sound.body[start:], part)


def _expiring(world: World) -> Script:
    """Tokens that all expire when a layer is cut, and with them the right to the rest of it."""
    valid = set[str]()

    def answer(request: Request) -> Reply:
        if request.path.startswith("/token"):
            world.tokens += 1
            valid.add(f"Bearer t0ken-{world.tokens}")
            return Reply(200, json.dumps({"token": f"t0ken-{world.tokens}"}).encode())
        if request.headers.get("authorization", "") not in valid:
            realm = f'Bearer realm="http://{world.server.host}/token",service="s"'
            return Reply(401, b"{}", {"WWW-Authenticate": realm})
        sound = world.content(request)
        if not _is_layer(request):
            return sound
        if not world.cuts:
            valid.clear()
        return _cut_once(world, request, sound)

    return answer


def _moves(to: Callable[[World], str]) -> Change:
    def reply(world: World, request: Request, _: Reply) -> Reply:
        return Reply(307, b"", {"Location": f"{to(world)}{request.path}"})

    return _on_layer(reply)


class Fault(Struct, frozen=True):
    """A fault and what is said: the error after the image's name, `{S}` being the registry; empty where the image is
    read in spite of it. `timeout` is what the command waits (seconds), for faults that it ends; a machine with much
    else to do may then see silence elsewhere first."""

    change: Change
    said: str = ""
    timeout: str = ""


_LAYER_3 = f"layer 3 ({_LAYER_DIGEST[:19]})"
_DAMAGED = "the image is damaged: fetch it again"
_OTHER = build_gzip(BASE)
FAULTS = {
    "dies before a layer": Fault(_on_layer(_dies), "{S}: connection refused; check the name and the port"),
    "dies within a layer": Fault(_on_layer(_dies_half_way), "{S}: connection refused; check the name and the port"),
    "a layer that is cut": Fault(_on_layer(_cut_once)),
    "a layer that is always cut": Fault(
        _on_layer(lambda _, __, sound: Reply(200, sound.body, cut_after=100)),
        f"{_LAYER_3}: nothing came for 3 seconds after 100 bytes; try again later, or wait longer with --timeout",
        timeout="3",
    ),
    "tokens that expire within a layer": Fault(_expiring),
    "a redirect to another host": Fault(_moves(lambda world: world.elsewhere.url)),
    "a redirect to nowhere": Fault(
        _moves(lambda _: "http://127.0.0.1:1"), "127.0.0.1:1: connection refused; check the name and the port"
    ),
    "redirects in a circle": Fault(_moves(lambda world: world.server.url), "{S}: more than 10 redirects; given up"),
    "another manifest than is stated": Fault(
        lambda world: lambda request: Reply(200, b"{}", {"Docker-Content-Digest": _TOP["digest"]}),
        f"its digest is {sha256(b'{}')}, the registry says {_TOP['digest']}: fetch it again",
    ),
    "another configuration": Fault(
        _on(_CONFIG, b"x" * len(_BLOBS.held[_CONFIG])),
        f"configuration {_CONFIG[:19]}: its digest is {sha256(b'x' * len(_BLOBS.held[_CONFIG]))}, "
        f"expected {_CONFIG}: {_DAMAGED}",
    ),
    "another layer": Fault(
        _on(_LAYER_DIGEST, _OTHER),
        f"{_LAYER_3}: ends after {len(_OTHER):,} bytes, expected {len(_LAYER):,}: {_DAMAGED}",
    ),
    "a layer with one byte changed": Fault(
        _on(_LAYER_DIGEST, _LAYER[:-1] + bytes([_LAYER[-1] ^ 1])),
        f"{_LAYER_3}: ",
    ),
    "a layer without end": Fault(
        _on_layer(lambda _, __, sound: Reply(200, sound.body, {"Content-Length": "9" * 15}, endless=bytes(65536))),
        f"{_LAYER_3}: goes on after the {len(_LAYER):,} bytes expected: {_DAMAGED}",
    ),
    "a manifest without end": Fault(
        lambda _: lambda __: Reply(200, b"{", {"Content-Length": "9" * 15}, endless=b" " * 65536),
        "{S}: an answer of more than 4,194,304 bytes; refused",
    ),
    "a layer that drips": Fault(
        _on_layer(
            lambda _, __, sound: Reply(200, sound.body[:10], {"Content-Length": "99999"}, endless=b"x", pause=0.02)
        ),
        "{S}: answers too slowly; try again later, or wait longer with --timeout",
        timeout="5",
    ),
    "silence": Fault(
        _on_layer(lambda _, __, ___: Reply(200, b"x", {"Content-Length": "99999"}, endless=b"x", pause=10)),
        f"{_LAYER_3}: nothing came for 5 seconds after ",
        timeout="5",
    ),
    "errors of the server": Fault(
        _on_layer(lambda _, __, ___: Reply(503, b"", {"Retry-After": "90"})),
        "{S}: answered 503 Service Unavailable once; it asks to wait 90 seconds",
    ),
    "a refusal for one layer": Fault(
        _on_layer(lambda _, __, ___: Reply(403)),
        f"{_LAYER_3}: {{S}} denies access (403 Forbidden), or has no such image; tried the credentials for {{S}} in ",
    ),
    "a layer that is not there": Fault(
        _on_layer(lambda _, __, ___: Reply(404)), f"{_LAYER_3}: not found at {{S}} (404 Not Found); check the name"
    ),
    "the password said again": Fault(
        lambda _: (
            lambda __: Reply(
                403,
                json.dumps({"errors": [{"message": f"{_PASSWORD} and {_BASIC} are wrong"}]}).encode(),
                _BASIC_CHALLENGE,
            )
        ),
        "{S} denies access (403 Forbidden: ",
    ),
}


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


def _keep_account(home: Path, host: str) -> None:
    (home / ".docker").mkdir()
    login = {"auth": base64.b64encode(f"jo:{_PASSWORD}".encode()).decode()}
    (home / ".docker/config.json").write_text(json.dumps({"auths": {host: login}}))


def _check_secrets(text: str, *strangers: Server) -> None:
    """Neither was anything secret printed, nor did it go to others than the registry."""
    for secret in (_PASSWORD, _BASIC, _BASIC.removeprefix("Basic "), "t0ken-"):
        assert secret not in text
        for request in (one for server in strangers for one in server.requests):
            assert secret not in f"{request.path} {dict(request.headers)} {request.body!r}"


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name: str, world: World, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = FAULTS[name]
    world.script = fault.change(world)
    _keep_account(own_home, world.server.host)
    image = f"{world.server.host}/team/app:1"
    waiting = ["--timeout", fault.timeout] if fault.timeout else []
    status = main(["packages", image, "--platform", "linux/amd64", "--no-cache", *waiting])
    shown = capsys.readouterr()
    _check_secrets(shown.out + shown.err, world.elsewhere)
    if fault.said:
        said = fault.said.replace("{S}", world.server.host)
        assert (status, shown.err.count("\n")) == (2, 1), shown.err
        silent = f"{world.server.host}: stopped answering" if fault.timeout else said
        assert shown.err.removeprefix("lading: ").removeprefix(f"{image}: ").startswith((said, silent))
    else:
        assert (status, shown.err) == (_READ, "")
        if name == "a redirect to another host":
            assert len(world.elsewhere.requests) == 1
        if name == "tokens that expire within a layer":
            assert world.tokens >= 2


def _certificate(directory: Path, names: list[x509.GeneralName], until: datetime) -> Path:
    """A certificate that holds from 2020 on, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(until)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, SHA256())
    path = directory / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path


_FAR = datetime(2090, 1, 1, tzinfo=UTC)
_HOST = "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "until", "trusted", "reason"),
    [
        (_HOST, _FAR, False, "self-signed certificate"),
        (_HOST, datetime(2021, 1, 1, tzinfo=UTC), True, "certificate has expired"),
        ("127.0.0.2", _FAR, True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        (_HOST, _FAR, True, ""),
    ],
)
def test_certificates(
    host: str, until: datetime, trusted: bool, reason: str, tmp_path: Path, own_home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    import ipaddress

    certificate = _certificate(tmp_path, [x509.IPAddress(ipaddress.ip_address(host))], until)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ExitStack() as stack:
        world = World(stack)
        server = stack.enter_context(serve(world.registry, context))
        _keep_account(own_home, server.host)
        trust = ["--ca-cert", str(certificate)] if trusted else []
        status = main(["packages", f"{server.host}/team/app:1", "--platform", "linux/amd64", "--no-cache", *trust])
        shown = capsys.readouterr()
        _check_secrets(shown.out + shown.err)
        if reason:
            advice = "--ca-cert FILE trusts its authority, --insecure any certificate"
            said = f"lading: {server.host}: its certificate is not trusted ({reason}); {advice}\n"
            assert (status, shown.err, server.requests) == (2, said, [])
        else:
            assert (status, shown.err) == (_READ, "")


def test_a_helper_that_hangs(
    world: World, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is ended with what it started, and the registry asked without an account."""
    from lading.cli import accounts, helpers

    (own_home / ".docker").mkdir()
    (own_home / ".docker/config.json").write_text(json.dumps({"credsStore": "mine"}))
    monkeypatch.setattr(accounts, "HelperPrograms", lambda: helpers.HelperPrograms(deadline=0.5))
    make_helper(own_home / "bin", "mine", f'echo \'{{"Username":"jo","Secret":"{_PASSWORD}"\'; sleep 100', monkeypatch)
    assert main(["packages", f"{world.server.host}/team/app:1", "--platform", "linux/amd64"]) == 2
    shown = capsys.readouterr()
    _check_secrets(shown.out + shown.err, world.server)
    left = f"({own_home}/.docker/config.json leaves them to docker-credential-mine: it did not answer in 0.5 seconds)"
    assert shown.err.endswith(f"tried no credentials {left}\n")
