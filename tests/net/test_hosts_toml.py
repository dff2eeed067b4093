"""hosts.toml of containerd: which file speaks of a registry, and where its repositories are then asked for."""

from pathlib import Path

import pytest

from lading.model.errors import NetError
from lading.net.registries import FileRegistries
from lading.net.routes import Endpoint, RegistriesFiles, Route, ServerTls


def _route(directory: Path, host: str, repository: str = "team/app") -> Route:
    registries = FileRegistries(RegistriesFiles(), (directory / "none", directory))
    return registries.route(host, repository, by_digest=False)


def _write(directory: Path, name: str, text: str) -> Path:
    path = directory / name / "hosts.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


WHOLE = """
server = "https://registry-1.docker.io"

[host."https://z.example:5000/some/path/"]
  capabilities = ["Pull", "resolve"]
  ca = "ca.pem"
  client = [["c.pem", "/k.pem"], "both.pem"]
[host."https://z.example:5000/some/path/".header]
  X-Key = "secret"
  X-More = ["a", "b"]

[host."http://a.example"]
  capabilities = ["pull"]
  skip_verify = true

[host."https://b.example/v2/root"]
  override_path = true
  ca = ["x.pem", "y.pem"]
"""


def test_a_whole_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "docker.io", WHOLE)
    directory, repository = path.parent, "library/debian"
    route = _route(tmp_path, "docker.io", repository)
    assert route.rule == str(path)
    first, second, third, last = route.endpoints
    assert first == Endpoint(
        "z.example:5000",
        "z.example:5000",
        repository,
        scheme="https",
        root="/some/path/v2",
        namespace="docker.io",
        tls=ServerTls(
            authorities=(directory / "ca.pem",),
            shown=((directory / "c.pem", Path("/k.pem")), (directory / "both.pem", None)),
        ),
        headers=(("X-Key", "secret"), ("X-More", "a, b")),
    )
    assert (second.scheme, second.tls, second.tags, second.digests) == ("either", ServerTls(True), False, True)
    assert (third.root, third.tls.authorities) == ("/v2/root", (directory / "x.pem", directory / "y.pem"))
    assert last == Endpoint("docker.io", "registry-1.docker.io", repository, scheme="https")
    assert "secret" not in repr(route)


def test_which_file_counts(tmp_path: Path) -> None:
    assert _route(tmp_path, "a.example:5000").endpoints == (Endpoint("a.example:5000", "a.example:5000", "team/app"),)
    for name in ("_default", "a.example:5000", "a.example_5000_"):
        path = _write(tmp_path, name, '[host."https://mirror.example"]')
        assert _route(tmp_path, "a.example:5000").rule == str(path)
    assert _route(tmp_path, "a.example").rule == str(tmp_path / "_default" / "hosts.toml")
    hosts = [(one.address, one.namespace) for one in _route(tmp_path, "a.example").endpoints]
    assert hosts == [("mirror.example", "a.example"), ("a.example", "")]


def test_registries_conf_comes_first(tmp_path: Path) -> None:
    _write(tmp_path, "_default", 'server = "https://other.example"')
    conf = tmp_path / "registries.conf"
    conf.write_text('[[registry]]\nlocation = "a.example"')
    registries = FileRegistries(RegistriesFiles(named=conf), (tmp_path,))
    assert registries.route("a.example", "x", by_digest=False).rule == f"{conf}: a.example"
    assert registries.route("b.example", "x", by_digest=False).rule == f"{tmp_path}/_default/hosts.toml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("server = 1", "Expected `str`, got `int` - at `$.server`"),
        ('server = "ftp://a"', "'https://ftp://a': not the address of a registry, as https://HOST/PATH"),
        ('[host."https://u:p@a"]', "'https://a': not the address of a registry, as https://HOST/PATH"),
        ('[host."https://a?secret"]', "'https://a': not the address of a registry, as https://HOST/PATH"),
        ('[host."https://a"]\ncapabilities = ["all"]', "Invalid enum value 'all'"),
        ('[host."https://a"]\nclient = [["a"]]', "client: a pair is two files, a certificate's and its key's"),
        ('[host."https://a"]\nheader = {"a b" = "c"}', "header 'a b': its name or value cannot be sent"),
        ('[host."https://a"]\nheader = {a = "c\\nd"}', "header 'a': its name or value cannot be sent"),
        ("x", "not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
    ],
)
def test_what_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = _write(tmp_path, "a.example", text)
    with pytest.raises(NetError) as raised:
        _route(tmp_path, "a.example")
    assert str(raised.value).startswith(f"{path}: {message}")
