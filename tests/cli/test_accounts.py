"""Ways to log in to a real registry with TLS and accounts: what is used, and what is said."""

import base64
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from lading.cli import accounts, helpers
from lading.cli.main import main
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Platform
from lading.safeio.tar_writer import NewEntry
from tests.net.tls import make_certificate
from tests.support.helpers import make_helper
from tests.support.registry import serve_registry

pytestmark = pytest.mark.debian("docker-registry", "openssl", "skopeo")

_PASSWORD = "secret"
_JO = "jo:$2b$04$kUtImwQJRnVZwG6xfzbJc.54qUtHmrfhPAEI3y8ltI3U4xx3J7vzq"
_GIVES = 'echo \'{"ServerURL":"","Username":"jo","Secret":"secret"}\''


class Site(Struct, frozen=True):
    """A registry that lets nobody in but jo."""

    address: str
    certificate: Path

    @property
    def image(self) -> str:
        return f"{self.address}/team/app:1"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("registry")
    certificate = make_certificate(directory)
    htpasswd = directory / "htpasswd"
    htpasswd.write_text(f"{_JO}\n")
    layer = LayerSpec("ADD base /", (NewEntry("etc", "directory"), NewEntry("etc/motd", data=b"hello\n")))
    write_oci_layout(directory / "layout", (layer,), tag="1", platform=Platform("linux", "amd64"))
    tls = {"certificate": str(certificate), "key": str(certificate)}
    with serve_registry(directory, tls, auth={"htpasswd": {"realm": "test", "path": str(htpasswd)}}) as address:
        copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", "--dest-creds=jo:secret"]
        subprocess.run([*copy, f"oci:{directory}/layout:1", f"docker://{address}/team/app:1"], check=True)
        yield Site(address, certificate)


def _auth(name: str = "jo", password: str = _PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{name}:{password}".encode()).decode()}


def _secret(address: str) -> str:
    inner = base64.b64encode(json.dumps({"auths": {address: _auth()}}).encode()).decode()
    return json.dumps({"kind": "Secret", "data": {".dockerconfigjson": inner}})


class Way(Struct, frozen=True):
    """One way to log in. `files` are made below the home directory, `{A}` being the registry and `{H}` the home
    directory; `said` is what the error says was tried, empty where the registry lets in."""

    files: dict[str, str] = {}
    variables: dict[str, str] = {}
    arguments: tuple[str, ...] = ()
    helper: str = ""
    stdin: str = ""
    said: str = ""


_OK = json.dumps({"auths": {"{A}": _auth()}})
_WRONG = json.dumps({"auths": {"{A}": _auth(password="wr0ng-pass")}})
_DOCKER = ".docker/config.json"
_LEFT = "no credentials ({H}/.docker/config.json leaves them to docker-credential-mine"
_HELPER = json.dumps({"credHelpers": {"{A}": "mine"}})
WAYS = {
    "Docker's file": Way({_DOCKER: _OK}),
    "a part of the registry": Way({_DOCKER: json.dumps({"auths": {"{A}": _auth("x", "y"), "{A}/team": _auth()}})}),
    "name and password apart": Way({_DOCKER: json.dumps({"auths": {"{A}": {"username": "jo", "password": "secret"}}})}),
    "DOCKER_CONFIG": Way({"other/config.json": _OK}, {"DOCKER_CONFIG": "{H}/other"}),
    "a mounted pull secret": Way({"other/.dockerconfigjson": _OK}, {"DOCKER_CONFIG": "{H}/other"}),
    "an old pull secret": Way({"old": json.dumps({"{A}": _auth()})}, {"REGISTRY_AUTH_FILE": "{H}/old"}),
    "REGISTRY_AUTH_FILE before Docker's": Way({"a.json": _OK, _DOCKER: _WRONG}, {"REGISTRY_AUTH_FILE": "{H}/a.json"}),
    "DOCKER_AUTH_CONFIG": Way({}, {"DOCKER_AUTH_CONFIG": _OK}),
    "Podman's runtime directory": Way({"run/containers/auth.json": _OK}, {"XDG_RUNTIME_DIR": "{H}/run"}),
    "Podman's configuration": Way({".config/containers/auth.json": _OK}),
    "netrc": Way({".netrc": "machine {A} login jo password secret\n"}),
    "NETRC": Way({"mine": "machine {A} login jo password secret\n"}, {"NETRC": "{H}/mine"}),
    "variables": Way({_DOCKER: _WRONG}, {"LADING_USERNAME": "jo", "LADING_PASSWORD": "secret"}),
    "options": Way({_DOCKER: _WRONG}, {}, ("--username", "jo", "--password-stdin"), stdin="secret\n"),
    "credHelpers": Way({_DOCKER: _HELPER}, helper=_GIVES),
    "credsStore": Way({_DOCKER: json.dumps({"credsStore": "mine", "auths": {"{A}": {}}})}, helper=_GIVES),
    "a store that has nothing, then the file": Way(
        {_DOCKER: json.dumps({"credsStore": "mine", "auths": {"{A}": _auth()}})},
        helper="echo credentials not found in native keychain; exit 1",
    ),
    "none": Way(said="no credentials ({H}/.docker/config.json does not exist; lading registry login {A} makes it)"),
    "a wrong password": Way({_DOCKER: _WRONG}, said="the credentials for {A} in {H}/.docker/config.json"),
    "wrong options": Way(
        {_DOCKER: _OK},
        {"LADING_PASSWORD": "wr0ng-pass"},
        ("--username", "jo"),
        said="the account of --username",
    ),
    "another registry's account": Way(
        {_DOCKER: json.dumps({"auths": {"other.example": _auth()}}), ".netrc": "default login jo password secret\n"},
        said="no credentials ({H}/.docker/config.json has none for {A}; lading registry login {A} adds them)",
    ),
    "a helper that hangs": Way(
        {_DOCKER: _HELPER}, helper="sleep 100", said=f"{_LEFT}: it did not answer in 0.5 seconds)"
    ),
    "a helper that fails": Way({_DOCKER: _HELPER}, helper="echo locked; exit 1", said=f"{_LEFT}: it failed: locked)"),
    "a helper with nothing": Way(
        {_DOCKER: _HELPER},
        helper="echo credentials not found; exit 1",
        said=f"{_LEFT}, which has none for {{A}}; lading registry login {{A}} adds them)",
    ),
    "a helper that is not there": Way({_DOCKER: _HELPER}, said=f"{_LEFT}: it is not installed (not in PATH))"),
    "a damaged file": Way({_DOCKER: "{"}, said="no credentials ({H}/.docker/config.json is damaged)"),
}


@pytest.mark.parametrize("name", WAYS)
def test_ways_to_log_in(
    name: str,
    registry: Site,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    way = WAYS[name]

    def fill(text: str) -> str:
        return text.replace("{A}", registry.address).replace("{H}", str(own_home))

    for path, content in way.files.items():
        (own_home / path).parent.mkdir(parents=True, exist_ok=True)
        (own_home / path).write_text(fill(content))
    for variable, value in way.variables.items():
        monkeypatch.setenv(variable, fill(value))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(way.stdin.encode())))
    monkeypatch.setattr(accounts, "HelperPrograms", lambda: helpers.HelperPrograms(deadline=0.5))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if way.helper:
        make_helper(tmp_path / "bin", "mine", way.helper, monkeypatch)
        if "sleep" not in way.helper:
            monkeypatch.setattr(accounts, "HelperPrograms", helpers.HelperPrograms)

    trust = ["--ca-cert", str(registry.certificate), "--platform", "linux/amd64"]
    status = main(["packages", registry.image, *trust, *way.arguments])
    shown = capsys.readouterr()
    if way.said:
        denied = "denies access (401 Unauthorized: authentication required), or has no such image"
        assert (status, shown.err) == (
            2,
            f"lading: {registry.image}: {registry.address} {denied}; tried {fill(way.said)}\n",
        )
    else:
        assert status in (0, 3), shown.err
    for secret in (_PASSWORD, "wr0ng-pass", _auth()["auth"]):
        assert secret not in shown.out + shown.err.replace("(secret)", "")


@pytest.mark.parametrize(
    ("arguments", "variables", "stdin", "message"),
    [
        (["--username", "jo"], {}, "", "--username has no password; give it by --password-stdin or LADING_PASSWORD"),
        (
            ["--password-stdin"],
            {},
            "x\n",
            "--password-stdin is a password of nobody; ",
        ),
        (
            [],
            {"LADING_PASSWORD": "x"},
            "",
            "LADING_PASSWORD is a password of nobody; ",
        ),
        (["--username", "jo", "--password-stdin"], {}, "", "--password-stdin: standard input is empty"),
        (
            ["--username", "a:b", "--password-stdin"],
            {},
            "x",
            "--username: no name of an account (it has a ",
        ),
    ],
)
def test_half_an_account(
    arguments: list[str],
    variables: dict[str, str],
    stdin: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["packages", "a.example/app", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"lading: {message}")


def test_an_account_is_for_one_registry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LADING_USERNAME", "jo")
    monkeypatch.setenv("LADING_PASSWORD", "secret")
    assert main(["diff", "a.example/app:1", "b.example/app:1"]) == 2
    assert capsys.readouterr().err == (
        "lading: the account of LADING_USERNAME is for one registry, and these are of several (a.example, b.example); "
        "lading registry login keeps an account for each\n"
    )


@pytest.mark.usefixtures("own_home")
def test_an_account_goes_nowhere_else(
    registry: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The account is for the image's registry, which a base and a baseline need not share."""
    monkeypatch.setenv("LADING_USERNAME", "jo")
    monkeypatch.setenv("LADING_PASSWORD", "secret")
    bom = tmp_path / "bom.json"
    bom.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}')
    trust = ["--ca-cert", str(registry.certificate), "--platform", "linux/amd64", "--starter"]
    assert main(["scan", f"sbom:{bom}", "--baseline", registry.image, *trust]) == 2
    assert "denies access (401 Unauthorized: authentication required)" in capsys.readouterr().err


def _run(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stdin: str = ""
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    status = main(["registry", *arguments])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_log_in_check_and_log_out(
    registry: Site, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own_home / ".docker" / "config.json"
    file.parent.mkdir()
    file.write_text('{"psFormat": "x", "auths": {"https://other.example": {"auth": "eDp5"}}}')
    trust, address = ["--ca-cert", str(registry.certificate)], registry.address
    account = ["--username", "jo", "--password-stdin"]
    assert _run(["login", address, *account, *trust], capsys, monkeypatch, "wrong\n") == (
        2,
        "",
        f"lading: {address}: does not let the account of --username in (401 Unauthorized); nothing was kept\n",
    )
    kept = f"{address}: jo is let in; kept in {file}\n"
    assert _run(["login", address, *account, *trust], capsys, monkeypatch, "secret\n") == (0, kept, "")
    others = {"https://other.example": {"auth": "eDp5"}}
    assert json.loads(file.read_text()) == {"psFormat": "x", "auths": {**others, address: _auth()}}
    assert file.stat().st_mode & 0o777 == 0o600

    status, out, err = _run(["check", registry.image, *trust], capsys, monkeypatch)
    assert (status, err, out.splitlines()[:5]) == (
        0,
        "",
        [
            f"image     {registry.image}",
            "rule      none: no file speaks of it",
            f"server    https://{address}/v2/team/app",
            "proxy     none",
            f"account   the credentials for {address} in {file}",
        ],
    )
    assert out.splitlines()[5].startswith("answer    200 OK, sha256:")

    assert _run(["logout", address], capsys, monkeypatch) == (0, f"{address}: the account is forgotten\n", "")
    assert json.loads(file.read_text()) == {"psFormat": "x", "auths": others}
    assert _run(["logout", address], capsys, monkeypatch)[0] == 2
    none = f"no credentials ({file} has none for {address}; lading registry login {address} adds them)"
    status, out, err = _run(["check", registry.image, *trust], capsys, monkeypatch)
    assert (status, out.splitlines()[4]) == (2, f"account   {none}")
    assert err.endswith(f"tried {none}\n")


def test_a_helper_keeps_the_account(
    registry: Site, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own_home / "auth.json"
    file.write_text('{"credsStore": "mine"}')
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))
    make_helper(tmp_path / "bin", "mine", f'echo "$1 $(cat)" >> {tmp_path}/asked', monkeypatch)
    login = ["login", registry.address, "--username", "jo", "--password-stdin", "--ca-cert", str(registry.certificate)]
    kept = f"{registry.address}: jo is let in; kept by docker-credential-mine\n"
    assert _run(login, capsys, monkeypatch, "secret") == (0, kept, "")
    assert _run(["logout", registry.address], capsys, monkeypatch)[0] == 0
    assert (tmp_path / "asked").read_text() == (
        f'store {{"Username":"jo","Secret":"secret","ServerURL":"{registry.address}"}}\nerase {registry.address}\n'
    )
    assert file.read_text() == '{"credsStore": "mine"}'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["login", "a.example"], "whose account? Give --username and --password-stdin"),
        (["login", "a.example/team", "--username", "jo"], "--username has no password; give it by --password-stdin"),
        (["logout", "a.example/team"], "'a.example/team': not a registry; give HOST or HOST:PORT"),
        (["logout", "jo:pass@a.example"], "'a.example': not a registry; give HOST or HOST:PORT"),
        (["check", "jo:pass@a.example/x"], "'…@a.example/x': no image in a registry; give HOST/NAME:TAG"),
        (["check", "oci:/nowhere"], "'oci:/nowhere': no image in a registry; give HOST/NAME:TAG"),
        (["logout"], "{}: cannot be read as a file of accounts; nothing was changed"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str],
    message: str,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = own_home / ".docker" / "config.json"
    file.parent.mkdir()
    file.write_text('{"auths": [1]}')
    status, _, err = _run(arguments, capsys, monkeypatch)
    assert (status, err[: len("lading: ") + len(message.format(file))]) == (2, f"lading: {message.format(file)}")


def test_certificates_of_one_registry(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A registry that lets in who shows a certificate, with an authority of its own."""
    certificate = make_certificate(tmp_path)
    tls: dict[str, str] = {"certificate": str(certificate), "key": str(certificate)}
    with serve_registry(tmp_path, {**tls, "clientcas": [str(certificate)]}) as address:  # type: ignore[dict-item]
        kept = own_home / ".config/docker/certs.d" / address
        kept.mkdir(parents=True)
        arguments = ["packages", f"{address}/team/app:1"]
        assert main(arguments) == 2
        assert "its certificate is not trusted" in capsys.readouterr().err
        (kept / "ca.crt").write_bytes((tmp_path / "certificate.pem").read_bytes())
        assert main(arguments) == 2
        assert "TLS failed" in capsys.readouterr().err
        (kept / "client.cert").write_bytes((tmp_path / "certificate.pem").read_bytes())
        (kept / "client.key").write_text("nonsense")
        assert main(arguments) == 2
        assert capsys.readouterr().err == (
            f"lading: {kept}/client.cert: holds no PEM certificate, or its key does not belong to it\n"
        )
        (kept / "client.key").write_bytes((tmp_path / "key.pem").read_bytes())
        assert main(arguments) == 2
        assert "not found at" in capsys.readouterr().err
