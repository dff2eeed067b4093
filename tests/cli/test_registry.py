"""`lading registry check` and scans where files say where to ask: what is shown of it."""

from pathlib import Path

import pytest

from lading.cli.main import main
from tests.image.images import MANIFEST, Blobs
from tests.net.scripted import Reply, Request, Script, in_turn, serve
from tests.net.tls import make_certificate, serve_tls

_BLOBS = Blobs()
_TOP = _BLOBS.image()
_LIMITS = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "99;w=21600"}


def _registry(repository: str) -> Script:
    def answer(request: Request) -> Reply:
        kind, _, name = request.path.partition("?")[0].partition(f"/v2/{repository}/")[2].partition("/")
        digest = _TOP["digest"] if name == "1" else name
        if kind not in ("manifests", "blobs") or digest not in _BLOBS.held:
            return Reply(404)
        return Reply(200, _BLOBS.held[digest], {"Content-Type": MANIFEST, **_LIMITS})

    return answer


def _write(home: Path, text: str) -> Path:
    path = home / ".config" / "containers" / "registries.conf"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_check_shows_every_server(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(_registry("none")) as mirror, serve(_registry("real/app")) as own:
        path = _write(
            own_home,
            f'[[registry]]\nprefix = "docker.io/team"\nlocation = "{own.host}/real"\n'
            f'[[registry.mirror]]\nlocation = "{mirror.host}"\n',
        )
        none = f"no credentials ({own_home}/.docker/config.json does not exist; lading registry login"
        assert main(["registry", "check", "team/app:1"]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "image     docker.io/team/app:1",
            f"rule      {path}: docker.io/team",
            f"server    http://{mirror.host}/v2/app",
            "proxy     none",
            f"account   {none} {mirror.host} makes it)",
            f"answer    not found at {mirror.host} (404 Not Found); check the name and the tag",
            f"server    http://{own.host}/v2/real/app",
            "proxy     none",
            f"account   {none} {own.host} makes it)",
            f"answer    200 OK, {_TOP['digest']}",
            "limit     ratelimit-limit: 100;w=21600",
            "limit     ratelimit-remaining: 99;w=21600",
        ]


def test_check_tries_what_a_short_name_may_mean(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(_registry("none")) as first, serve(_registry("app")) as second:
        path = _write(own_home, f'unqualified-search-registries = ["{first.host}", "{second.host}"]\n')
        assert main(["registry", "check", "app:1"]) == 0
        lines = capsys.readouterr().out.splitlines()
    by = f"(by unqualified-search-registries in {path})"
    assert [line for line in lines if line.startswith(("image", "answer"))] == [
        f"image     {first.host}/app:1 {by}",
        f"answer    not found at {first.host} (404 Not Found); check the name and the tag",
        f"image     {second.host}/app:1 {by}",
        f"answer    200 OK, {_TOP['digest']}",
    ]


@pytest.mark.debian("openssl")
@pytest.mark.parametrize("sandbox", ["--sandbox", "--no-sandbox"])
def test_certificates_of_hosts_toml(
    sandbox: str, own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The confined process may read them, wherever they lie."""
    certificate = make_certificate(tmp_path)
    directory = own_home / ".config/containerd/certs.d/registry.example"
    directory.mkdir(parents=True)
    with serve_tls(certificate, _registry("app")) as server:
        host = f'[host."{server.url}"]\nca = "{tmp_path}/certificate.pem"\nclient = "both.pem"\n'
        (directory / "hosts.toml").write_text(host)
        (directory / "both.pem").write_bytes(certificate.read_bytes())
        assert main(["packages", "registry.example/app:1", "--platform", "linux/amd64", sandbox]) in (0, 3)
        assert capsys.readouterr().err == ""
        assert {one.path.partition("?")[2] for one in server.requests} == {"ns=registry.example"}


@pytest.mark.parametrize("sandbox", ["--sandbox", "--no-sandbox"])
def test_a_scan_goes_to_the_mirror(sandbox: str, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the confined process too, which cannot read the files that say so."""
    with serve(_registry("hub/library/app")) as mirror:
        path = _write(own_home, f'[[registry]]\nprefix = "docker.io"\nlocation = "{mirror.host}/hub"\n')
        arguments = ["scan", "app:1", "--from", "registry", "--platform", "linux/amd64", "--starter", sandbox]
        assert main(arguments) in (0, 3)
        shown = capsys.readouterr()
        assert "docker.io/library/app:1" in shown.out
        said = f"docker.io/library/app:1 was had from {mirror.host}/hub/library/app, by {path}: docker.io"
        assert said in " ".join(shown.out.split())


def test_what_is_blocked_is_not_asked(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(own_home, '[[registry]]\nlocation = "bad.example"\nblocked = true\n')
    for command in (["registry", "check"], ["packages"]):
        assert main([*command, "bad.example/app:1"]) == 2
        assert capsys.readouterr().err == f"lading: bad.example/app: {path} blocks bad.example\n"
    assert main(["scan", "bad.example/app:1", "--starter"]) == 2
    assert capsys.readouterr().err == f"lading: bad.example/app: {path} blocks bad.example\n"


def test_a_short_name_that_is_not_clear(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(
        own_home, 'unqualified-search-registries = ["a.example", "b.example"]\nshort-name-mode = "enforcing"\n'
    )
    assert main(["packages", "app:1", "--from", "registry"]) == 2
    assert capsys.readouterr().err == (
        "lading: app:1: no such file here, and not found as an image: app: a short name that "
        "may mean a.example/app or b.example/app; name the registry too "
        f"(short-name-mode of {path} does not let it be guessed)\n"
    )


def test_login_goes_to_the_registry_itself(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not to a mirror; one on this machine needs no TLS."""
    monkeypatch.setenv("LADING_USERNAME", "jo")
    monkeypatch.setenv("LADING_PASSWORD", "secret")

    def locked(request: Request) -> Reply:
        challenge = {"WWW-Authenticate": 'Basic realm="x"'}
        return Reply(200) if "authorization" in request.headers else Reply(401, b"", challenge)

    with serve(_registry("none")) as mirror, serve(locked) as own:
        _write(own_home, f'[[registry]]\nlocation = "{own.host}"\n[[registry.mirror]]\nlocation = "{mirror.host}"\n')
        assert main(["registry", "login", own.host]) == 0
        assert capsys.readouterr().out == f"{own.host}: jo is let in; kept in {own_home}/.docker/config.json\n"
        assert ([one.path for one in own.requests], mirror.requests) == (["/v2/", "/v2/"], [])


def test_a_registry_behind_a_proxy(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proxy is shown without its password, which it is sent, and which the registry is not."""
    with serve(_registry("app")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//jo:s3cret@"))
        assert main(["registry", "check", "registry.example/app:1", "--plain-http"]) == 0
        shown = capsys.readouterr()
        assert f"proxy     {proxy.url}" in shown.out.splitlines()
        assert "s3cret" not in shown.out + shown.err
        assert {one.headers["proxy-authorization"] for one in proxy.requests} == {"Basic am86czNjcmV0"}
        assert proxy.requests[0].path == "http://registry.example/v2/app/manifests/1"


@pytest.mark.usefixtures("own_home")
def test_a_registry_that_is_asked_too_often(capsys: pytest.CaptureFixture[str]) -> None:
    limits = {"Retry-After": "300", "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "0;w=21600"}
    with serve(in_turn(Reply(429, b"{}", limits))) as server:
        assert main(["packages", f"{server.host}/app:1"]) == 2
        assert capsys.readouterr().err == (
            f"lading: {server.host}: answered 429 Too Many Requests once, ratelimit-limit: 100;w=21600, "
            "ratelimit-remaining: 0;w=21600; it asks to wait 300 seconds; an account (lading registry login "
            f"{server.host}) or a mirror (registries.conf) may be let in more often\n"
        )
        assert len(server.requests) == 1


@pytest.mark.usefixtures("own_home")
def test_the_bandwidth_is_a_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packages", "a.example/app:1", "--max-bandwidth", "9"]) == 2
    expected = "expected a number of bytes a second, such as 5MB, and at least 1,000; 0 for no bound"
    assert capsys.readouterr().err == f"lading: --max-bandwidth 9: {expected}\n"
    with serve(_registry("app")) as server:
        arguments = ["packages", f"{server.host}/app:1", "--platform", "linux/amd64"]
        assert main([*arguments, "--max-bandwidth", "1GB"]) in (0, 3)
