"""What the configuration of Docker's daemon says of registries."""

import json
from pathlib import Path

import pytest

from lading.model.errors import NetError
from lading.net.registries import FileRegistries
from lading.net.routes import Endpoint, RegistriesFiles, Route, ServerTls

DAEMON = {
    "registry-mirrors": ["https://near.example", "http://plain.example:5000/"],
    "insecure-registries": ["old.example:5000", "10.0.0.0/8", "near.example", "fd00::/8"],
    "debug": True,
}


def _route(path: Path, host: str, *, text: str = "") -> Route:
    path.write_text(text or json.dumps(DAEMON))
    registries = FileRegistries(RegistriesFiles(), (), (path.parent / "none.json", path, path.parent / "later.json"))
    return registries.route(host, "team/app", by_digest=False)


def test_mirrors_are_for_docker_hub(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    route = _route(path, "docker.io")
    assert route.rule == str(path)
    assert route.endpoints == (
        Endpoint("near.example", "near.example", "team/app", "https", tls=ServerTls(insecure=True)),
        Endpoint("plain.example:5000", "plain.example:5000", "team/app", "http"),
        Endpoint("docker.io", "registry-1.docker.io", "team/app"),
    )
    assert _route(path, "other.example") == Route((Endpoint("other.example", "other.example", "team/app"),))


@pytest.mark.parametrize(
    ("host", "insecure"),
    [
        ("old.example:5000", True),
        ("OLD.example:5000", True),
        ("old.example", False),
        ("10.1.2.3", True),
        ("10.1.2.3:5000", True),
        ("11.1.2.3:5000", False),
        ("[fd00::1]:5000", True),
        ("ten.example", False),
    ],
)
def test_registries_that_need_not_be_trusted(host: str, insecure: bool, tmp_path: Path) -> None:
    [endpoint] = _route(tmp_path / "daemon.json", host).endpoints
    assert (endpoint.tls.insecure, endpoint.scheme) == (insecure, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read: Input data was truncated"),
        ('{"registry-mirrors": "x"}', "cannot be read: Expected `array`, got `str` - at `$.registry-mirrors`"),
        ('{"registry-mirrors": ["near.example"]}', "registry-mirrors: 'near.example': not http(s)://HOST[:PORT]"),
        ('{"registry-mirrors": ["https://a/b"]}', "registry-mirrors: 'https://a/b': not http(s)://HOST[:PORT]"),
        ('{"registry-mirrors": ["https://u:p@a"]}', "registry-mirrors: 'a': not http(s)://HOST[:PORT]"),
    ],
)
def test_what_cannot_be(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    with pytest.raises(NetError) as raised:
        _route(path, "docker.io", text=text)
    assert str(raised.value) == f"{path}: {said}"
