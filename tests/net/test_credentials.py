"""Credentials from Docker's config.json."""

import base64
import json
from pathlib import Path

import pytest

from lading.net.accounts import Accounts
from lading.net.cloud_accounts import CloudAccounts
from lading.net.credentials import Credentials, NoCredentials
from lading.net.docker_config import DockerConfig


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The file that is read; missing at first."""
    return tmp_path / "config.json"


def _auth(name: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_name_and_password(config: Path) -> None:
    config.write_text(json.dumps({"auths": {"registry.example:5000": _auth("jo", "se:cret")}}))
    found = DockerConfig(config).find("registry.example:5000", "team/app")
    source = f"the credentials for registry.example:5000 in {config}"
    assert found == Credentials(source, username="jo", password="se:cret")
    assert found.basic == "Basic " + base64.b64encode(b"jo:se:cret").decode()


def test_credentials_are_for_their_registry_only(config: Path) -> None:
    config.write_text(json.dumps({"auths": {"registry.example:5000": _auth("jo", "secret")}}))
    none = f"no credentials ({config} has none for registry.example; lading registry login registry.example adds them)"
    assert DockerConfig(config).find("registry.example", "team/app") == Credentials(none)


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"])
def test_names_of_docker_hub(config: Path, key: str) -> None:
    config.write_text(json.dumps({"auths": {key: _auth("jo", "secret")}}))
    assert DockerConfig(config).find("docker.io", "library/debian").username == "jo"


def test_closest_part_of_the_registry_counts(config: Path) -> None:
    auths = {"quay.io": _auth("all", "1"), "quay.io/team": _auth("team", "2"), "quay.io/tea": _auth("tea", "3")}
    config.write_text(json.dumps({"auths": auths}))
    assert DockerConfig(config).find("quay.io", "team/app").username == "team"
    assert DockerConfig(config).find("quay.io", "other/app").username == "all"


def test_identity_token(config: Path) -> None:
    config.write_text(json.dumps({"auths": {"a.example": {**_auth("<token>", ""), "identitytoken": "refresh"}}}))
    found = DockerConfig(config).find("a.example", "app")
    assert (found.identity_token, found.password) == ("refresh", "")


@pytest.mark.parametrize(
    ("document", "helper"),
    [
        ({"credHelpers": {"a.example": "ecr-login"}}, "ecr-login"),
        ({"credsStore": "desktop", "auths": {"a.example": {}}}, "desktop"),
    ],
)
def test_helpers_are_named_but_not_run(config: Path, document: object, helper: str) -> None:
    config.write_text(json.dumps(document))
    said = f"no credentials ({config} leaves them to docker-credential-{helper}, which a scan does not run)"
    assert DockerConfig(config).find("a.example", "app") == Credentials(said)


def test_missing_file(config: Path) -> None:
    said = f"no credentials ({config} does not exist; lading registry login a.example makes it)"
    assert DockerConfig(config).find("a.example", "app") == Credentials(said)


@pytest.mark.parametrize("content", ["{", '{"auths": 3}', "\udcff"])
def test_damaged_file(config: Path, content: str) -> None:
    config.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert DockerConfig(config).find("a.example", "app") == Credentials(f"no credentials ({config} is damaged)")


def test_directory_in_place_of_the_file(config: Path) -> None:
    config.mkdir()
    said = f"no credentials ({config} cannot be read: Is a directory)"
    assert DockerConfig(config).find("a.example", "app") == Credentials(said)


def test_damaged_entry(config: Path) -> None:
    config.write_text(json.dumps({"auths": {"a.example": {"auth": "/w=="}}}))
    said = f"no credentials ({config} is damaged where it has those for a.example)"
    assert DockerConfig(config).find("a.example", "app") == Credentials(said)


def test_nobody_has_credentials_by_default() -> None:
    assert NoCredentials().find("a.example", "app") == Credentials("no credentials (none are given)")


def test_an_identity_at_a_cloud_comes_last(config: Path) -> None:
    """And why there is none is told beside what the files lack."""
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    nobody = CloudAccounts({"AWS_EC2_METADATA_DISABLED": "true"}, config.parent)
    accounts = Accounts(config, files=(DockerConfig(config),), others=(nobody,))
    login = f"lading registry login {host}"
    assert accounts.find(host, "app").source == (
        f"no credentials ({config} does not exist; {login} makes it; this process has no identity at AWS)"
    )
    assert accounts.find("a.example", "app").source == (
        f"no credentials ({config} does not exist; lading registry login a.example makes it)"
    )
    config.write_text("{}")
    assert accounts.find(host, "app").source == (
        f"no credentials ({config} has none for {host}; {login} adds them; this process has no identity at AWS)"
    )
    config.write_text(json.dumps({"auths": {host: {"username": "jo", "password": "secret"}}}))
    assert accounts.find(host, "app").username == "jo"
