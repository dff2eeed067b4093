"""Images that are had from mirrors: who is asked for what, with whose account, and what is said of it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import Struct

from lading.image.open import OpenOptions, open_image
from lading.model.errors import LadingError, NetError
from lading.net.accounts import Given
from lading.net.network import Network
from lading.net.registries import FileRegistries
from lading.net.routes import RegistriesFiles
from lading.safeio.tar_writer import NewEntry, build_gzip, build_tar
from tests.image.images import APP, MANIFEST, Blobs, Json, contents, sha256
from tests.net.scripted import Reply, Request, Script, Server, serve
from tests.net.tls import make_certificate, serve_tls
from tests.support.containerd import serve_containerd

_BLOBS = Blobs()
_TOP = _BLOBS.image()


def _registry(repository: str, *, lacks: tuple[str, ...] = (), blobs: Blobs = _BLOBS, top: Json = _TOP) -> Script:
    """A registry that has the image as the tag 1 of a repository, without what it `lacks`."""

    def answer(request: Request) -> Reply:
        path = request.path.partition("?")[0]
        kind, _, name = path.removeprefix(f"/v2/{repository}/").partition("/")
        digest = top["digest"] if name == "1" else name
        if path in ("/v2", "/v2/"):
            return Reply(200)
        if kind not in ("manifests", "blobs") or digest not in blobs.held or kind in lacks:
            return Reply(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
        return Reply(200, blobs.held[digest], {"Content-Type": MANIFEST} if kind == "manifests" else {})

    return answer


class Place(Struct, frozen=True):
    """A registry, what it is good for, and the accounts that are kept."""

    mirror: Server
    own: Server
    registries: FileRegistries

    def open(self, name: str, **accounts: str) -> list[str]:
        """Reads an image of `registry.example`; gives its diagnostics."""
        given = Given("given", "jo", "secret", frozenset(accounts.values()))
        network = Network(registries=self.registries, credentials=given)
        opened = open_image(name, OpenOptions(platform="linux/amd64", network=network))
        assert len(contents(opened)) == 2
        assert opened.image.name == name
        return [one.message for one in opened.diagnostics]


def _asked(server: Server) -> list[str]:
    return [one.path.rpartition("/")[0].rpartition("/")[2] for one in server.requests if "/app/" in one.path]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _place(directory: Path, stack: ExitStack, mirror: Script, own: Script, *, conf: str = "") -> Place:
    servers = [stack.enter_context(serve(script)) for script in (mirror, own)]
    path = directory / "registries.conf"
    text = conf or (
        '[[registry]]\nprefix = "registry.example"\nlocation = "{OWN}/real"\n'
        '[[registry.mirror]]\nlocation = "{MIRROR}/copy"\n'
    )
    path.write_text(text.replace("{MIRROR}", servers[0].host).replace("{OWN}", servers[1].host))
    return Place(servers[0], servers[1], FileRegistries(RegistriesFiles(named=path)))


def test_a_mirror_gives_everything(tmp_path: Path, stack: ExitStack) -> None:
    place = _place(tmp_path, stack, _registry("copy/app"), _registry("real/app"))
    said = place.open("registry.example/app:1")
    assert said == [
        f"registry.example/app:1 was had from {place.mirror.host}/copy/app, by {tmp_path}/registries.conf: "
        "registry.example"
    ]
    assert (len(_asked(place.mirror)), _asked(place.own)) == (4, [])


def test_the_registry_itself_when_the_mirror_lacks_it(tmp_path: Path, stack: ExitStack) -> None:
    place = _place(tmp_path, stack, _registry("copy/app", lacks=("manifests",)), _registry("real/app"))
    place.open("registry.example/app:1")
    assert (_asked(place.mirror), _asked(place.own)) == (["manifests"], ["manifests", "blobs", "blobs", "blobs"])


def test_a_mirror_that_refuses_is_told_of(tmp_path: Path, stack: ExitStack) -> None:
    place = _place(tmp_path, stack, lambda _: Reply(403), _registry("real/app"))
    said = place.open("registry.example/app:1")
    mirror = f"{place.mirror.host}/copy/app"
    assert said[0] == (
        f"the mirror {mirror} did not give registry.example/app:1: {place.mirror.host} denies access (403 Forbidden), "
        "or has no such image; tried "
    )
    assert _asked(place.mirror) == ["manifests"]


def test_blobs_that_a_mirror_lacks(tmp_path: Path, stack: ExitStack) -> None:
    place = _place(tmp_path, stack, _registry("copy/app", lacks=("blobs",)), _registry("real/app"))
    place.open("registry.example/app:1")
    assert (_asked(place.mirror), _asked(place.own)) == (["manifests", "blobs", "blobs", "blobs"], ["blobs"] * 3)


def test_a_mirror_that_dies_within_a_layer(tmp_path: Path, stack: ExitStack) -> None:
    """The rest comes from the registry itself, and is checked with what came before."""
    sound = _registry("copy/app")

    def dies(request: Request) -> Reply:
        if not request.path.endswith(sha256(build_gzip(APP))):
            return sound(request)
        place.mirror.die()
        place.mirror.dead = False  # this one answer is begun
        return Reply(200, sound(request).body, cut_after=50)

    place = _place(tmp_path, stack, dies, _registry("real/app"))
    place.open("registry.example/app:1")
    assert (place.mirror.requests[-1].headers.get("range"), len(place.own.requests)) == (None, 1)
    assert place.own.requests[0].headers["range"] == "bytes=50-"


def test_nobody_has_it(tmp_path: Path, stack: ExitStack) -> None:
    lacks = ("manifests",)
    place = _place(tmp_path, stack, _registry("copy/app", lacks=lacks), _registry("real/app", lacks=lacks))
    with pytest.raises(NetError) as raised:
        place.open("registry.example/app:1")
    answer = "(404 Not Found: manifest unknown); check the name and the tag"
    assert str(raised.value) == (
        f"registry.example/app:1: not found at {place.own.host} {answer}; "
        f"before that not found at {place.mirror.host} {answer}"
    )
    assert raised.value.status == 404


def test_accounts_are_of_the_server_that_is_asked(tmp_path: Path, stack: ExitStack) -> None:
    """An account of the registry goes to no mirror, and not to its name where files send that elsewhere."""

    def locked(script: Script) -> Script:
        challenge = {"WWW-Authenticate": 'Basic realm="x"'}
        return lambda request: script(request) if "authorization" in request.headers else Reply(401, b"", challenge)

    place = _place(tmp_path, stack, locked(_registry("copy/app")), locked(_registry("real/app")))
    place.open("registry.example/app:1", account=place.mirror.host)
    assert not place.own.requests
    del place.mirror.requests[:]
    place.open("registry.example/app:1", account=place.own.host)
    assert not any("authorization" in one.headers for one in place.mirror.requests)
    with pytest.raises(NetError, match="tried"):
        place.open("registry.example/app:1", account="registry.example")


@pytest.mark.debian("openssl")
def test_a_server_that_need_not_be_trusted(tmp_path: Path, stack: ExitStack) -> None:
    """`insecure` takes any certificate, and no TLS at all; without it neither is taken of a mirror elsewhere."""
    conf = '[[registry]]\nprefix = "registry.example"\nlocation = "{TLS}/copy"\n{INSECURE}'
    server = stack.enter_context(serve_tls(make_certificate(tmp_path), _registry("copy/app")))
    for insecure in ("", "insecure = true"):
        text = conf.replace("{TLS}", server.host).replace("{INSECURE}", insecure)
        place = _place(tmp_path, stack, _registry("x"), _registry("x"), conf=text)
        if insecure:
            place.open("registry.example/app:1")
        else:
            with pytest.raises(NetError, match="its certificate is not trusted"):
                place.open("registry.example/app:1")


def _hosts(directory: Path, text: str) -> FileRegistries:
    path = directory / "registry.example" / "hosts.toml"
    path.parent.mkdir()
    path.write_text(text)
    return FileRegistries(RegistriesFiles(), (directory,))


def test_hosts_toml(tmp_path: Path, stack: ExitStack) -> None:
    """A host without the right to resolve is asked for no tag; a header goes to its host, and not where that redirects;
    a proxy is told whose repository is meant."""
    elsewhere = stack.enter_context(serve(_registry("app")))
    registry = _registry("app")

    def moves(request: Request) -> Reply:
        plain = request.path.partition("?")[0].removeprefix("/sub")
        return Reply(307, b"", {"Location": f"{elsewhere.url}{plain}"}) if "/blobs/" in plain else registry(request)

    mirror, own = stack.enter_context(serve(moves)), stack.enter_context(serve(registry))
    text = (
        f'server = "{own.url}"\n[host."{mirror.url}/sub"]\ncapabilities = ["pull"]\n'
        f'[host."{mirror.url}/sub".header]\nX-Key = "s3cret"\n'
    )
    place = Place(mirror, own, _hosts(tmp_path, text))
    said = place.open("registry.example/app:1")
    assert said == [f"registry.example/app:1 was had from {own.host}/app, by {tmp_path}/registry.example/hosts.toml"]
    assert [one.path.partition("/app/")[2].partition("/")[0] for one in own.requests] == ["manifests"]
    assert all(one.path.startswith("/sub/v2/app/blobs/") for one in mirror.requests)
    assert all(one.path.endswith("?ns=registry.example") for one in mirror.requests)
    assert [one.headers["x-key"] for one in mirror.requests] == ["s3cret"] * 3
    assert [one.headers.get("x-key") for one in elsewhere.requests] == [None] * 3


@pytest.mark.debian("openssl")
def test_a_host_that_may_speak_tls_after_all(tmp_path: Path, stack: ExitStack) -> None:
    """One that is named without it, with a word on how its certificate is checked."""
    encrypted = stack.enter_context(serve_tls(make_certificate(tmp_path), _registry("app")))
    plain = stack.enter_context(serve(_registry("app")))
    for number, server in enumerate((encrypted, plain)):
        directory = tmp_path / str(number)
        directory.mkdir()
        text = f'server = "http://127.0.0.1:1"\n[host."http://{server.host}"]\nskip_verify = true\n'
        Place(server, server, _hosts(directory, text)).open("registry.example/app:1")
        assert len(_asked(server)) == 4


def test_short_names_are_tried_in_turn(tmp_path: Path, stack: ExitStack) -> None:
    conf = 'unqualified-search-registries = ["{MIRROR}", "{OWN}"]'
    place = _place(tmp_path, stack, _registry("x"), _registry("app"), conf=conf)
    network = Network(registries=place.registries)
    options = OpenOptions(platform="linux/amd64", network=network, places=("registry",))
    opened = open_image("app:1", options)
    assert opened.image.name == f"{place.own.host}/app:1"
    assert [one.message for one in opened.diagnostics] == [
        f"app:1 was taken for {place.own.host}/app:1, by unqualified-search-registries in {tmp_path}/registries.conf"
    ]
    opened.close()
    with pytest.raises(LadingError) as raised:
        open_image("other/one:1", options)
    assert str(raised.value).startswith("other/one:1: found in none of 2 registries (unqualified-search-registries in ")


@pytest.mark.debian("skopeo")
@pytest.mark.parametrize("mirror", ["copy/app", "nothing"])
@pytest.mark.parametrize("by_digest", [False, True])
@pytest.mark.parametrize(
    "conf",
    [
        '[[registry]]\nprefix = "registry.example"\nlocation = "{OWN}/real"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "{MIRROR}/copy"\ninsecure = true\n',
        '[[registry]]\nprefix = "*.example"\nlocation = "{OWN}/real"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "{MIRROR}/copy"\ninsecure = true\npull-from-mirror = "digest-only"\n',
        '[[registry]]\nprefix = "registry.example"\nlocation = "{MIRROR}/copy"\ninsecure = true\n'
        '[[registry]]\nprefix = "registry.example/app"\nlocation = "{OWN}/real/app"\ninsecure = true\n'
        'mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "{MIRROR}/copy/app"\ninsecure = true\n',
    ],
)
def test_the_servers_that_skopeo_asks(
    conf: str, by_digest: bool, mirror: str, tmp_path: Path, stack: ExitStack
) -> None:
    place = _place(tmp_path, stack, _registry(mirror), _registry("real/app"), conf=conf)
    name = f"registry.example/app@{_TOP['digest']}" if by_digest else "registry.example/app:1"
    place.open(name)
    ours = [(one.path.partition("?")[0]) for server in (place.mirror, place.own) for one in server.requests]
    manifests = [path for path in ours if "/manifests/" in path]
    for server in (place.mirror, place.own):
        del server.requests[:]
    command = ["skopeo", "inspect", "--raw", f"docker://{name}"]
    environment = {"CONTAINERS_REGISTRIES_CONF": str(tmp_path / "registries.conf"), "PATH": "/usr/bin:/bin"}
    command[1:1] = ["--registries-conf", str(tmp_path / "registries.conf")]
    done = subprocess.run(command, capture_output=True, check=True, env={**environment, "HOME": str(tmp_path)})
    assert json.loads(done.stdout)["schemaVersion"] == 2
    theirs = [one.path for server in (place.mirror, place.own) for one in server.requests if "/manifests/" in one.path]
    assert manifests == theirs


HOSTS = {
    "in turn": ('server = "{OWN}"\n[host."{MIRROR}"]\n', "app"),
    "not for tags": ('server = "{OWN}"\n[host."{MIRROR}"]\ncapabilities = ["pull"]\n', "app"),
    "at another path": ('server = "{OWN}"\n[host."{MIRROR}/v2/sub"]\noverride_path = true\n', "sub/app"),
    "below a path": ('server = "{OWN}"\n[host."{MIRROR}/sub"]\n', "app"),
}


@pytest.fixture(scope="module")
def containerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_containerd(tmp_path_factory.mktemp("containerd")) as socket:
        yield socket


def _wanted(server: Server, name: str) -> set[str]:
    """What a server was asked for: the tag, and each blob."""
    paths = {one.path for one in server.requests}
    return {f"{name} {path}" for path in paths if "/blobs/" in path or path.partition("?")[0].endswith("/1")}


@pytest.mark.debian("docker.io")
@pytest.mark.parametrize("lacks", [(), ("manifests",), ("blobs",)])
@pytest.mark.parametrize("name", HOSTS)
def test_the_servers_that_containerd_asks(
    name: str, lacks: tuple[str, ...], containerd: str, tmp_path: Path, stack: ExitStack
) -> None:
    text, repository = HOSTS[name]
    blobs = Blobs()
    tars = [build_tar([NewEntry(one, data=f"{name} {lacks}".encode())]) for one in ("a", "b")]
    top = blobs.image(tars)
    mirror = stack.enter_context(serve(_below_sub(_registry(repository, lacks=lacks, blobs=blobs, top=top))))
    own = stack.enter_context(serve(_registry("app", blobs=blobs, top=top)))
    hosts = _hosts(tmp_path, text.replace("{MIRROR}", mirror.url).replace("{OWN}", own.url))
    Place(mirror, own, hosts).open("registry.example/app:1")
    ours = _wanted(mirror, "mirror") | _wanted(own, "own")
    for server in (mirror, own):
        del server.requests[:]
    command = ["ctr", "-a", containerd, "content", "fetch", "--hosts-dir", str(tmp_path), "registry.example/app:1"]
    subprocess.run(command, capture_output=True, check=True)
    assert ours == _wanted(mirror, "mirror") | _wanted(own, "own")


def _below_sub(registry: Script) -> Script:
    return lambda request: registry(Request(request.method, request.path.removeprefix("/sub"), request.headers))
