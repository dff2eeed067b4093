"""Where engines listen, by what Docker's and Podman's own programs go by."""

import hashlib
import json
from pathlib import Path

import pytest
from msgspec import structs

from lading.model.errors import NetError
from lading.net.engines import (
    EngineAddress,
    EngineHosts,
    docker_address,
    podman_address,
    ssh_hosts,
    with_context,
)
from lading.net.routes import ServerTls


def _pem(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / f"{name}.pem").write_text("pem")
    return directory


def _context(config: Path, name: str, **docker: object) -> Path:
    """Writes a context; gives the directory of its certificates."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    place = config / "contexts/meta" / digest
    place.mkdir(parents=True)
    (place / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": docker}}))
    (config / "config.json").write_text(json.dumps({"currentContext": name}))
    return config / "contexts/tls" / digest / "docker"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("tcp://d.example:2375", "http://d.example:2375"),
        ("tcp://d.example", "http://d.example:2375"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_an_engine_without_encryption(host: str, url: str) -> None:
    assert docker_address(EngineHosts(docker_host=host)) == EngineAddress(url, host)


def test_an_engine_with_certificates_of_the_variables(tmp_path: Path) -> None:
    config = _pem(tmp_path / "docker", "ca")
    named = _pem(tmp_path / "named", "ca", "cert", "key")
    shown = ((named / "cert.pem", named / "key.pem"),)
    for hosts, tls in [
        (EngineHosts(docker_tls_verify=True, docker_config=config), ServerTls(authorities=(config / "ca.pem",))),
        (EngineHosts(docker_tls=True, docker_config=config), ServerTls(True, (config / "ca.pem",))),
        (
            EngineHosts(docker_tls_verify=True, docker_config=config, docker_cert_path=named),
            ServerTls(authorities=(named / "ca.pem",), shown=shown),
        ),
        (EngineHosts(docker_tls_verify=True), ServerTls()),
    ]:
        hosts = structs.replace(hosts, docker_host="tcp://d.example")
        assert docker_address(hosts) == EngineAddress("https://d.example:2376", "tcp://d.example", tls=tls)


def test_an_engine_of_a_context(tmp_path: Path) -> None:
    certificates = _context(tmp_path, "far", Host="tcp://d.example:1", SkipTLSVerify=False)
    hosts = EngineHosts(docker_config=tmp_path)
    assert docker_address(hosts) == EngineAddress("http://d.example:1", "tcp://d.example:1")
    _pem(certificates, "ca", "cert", "key")
    tls = ServerTls(False, (certificates / "ca.pem",), ((certificates / "cert.pem", certificates / "key.pem"),))
    expected = EngineAddress("https://d.example:1", "tcp://d.example:1", tls=tls)
    assert docker_address(hosts) == expected
    known = with_context(hosts)
    (tmp_path / "config.json").unlink()
    assert docker_address(known) == expected


def test_a_context_that_takes_any_certificate(tmp_path: Path) -> None:
    _context(tmp_path, "far", Host="tcp://d.example:1", SkipTLSVerify=True)
    expected = EngineAddress("https://d.example:1", "tcp://d.example:1", tls=ServerTls(True))
    assert docker_address(EngineHosts(docker_config=tmp_path)) == expected
    assert docker_address(with_context(EngineHosts(docker_config=tmp_path))) == expected


def test_engines_behind_ssh(tmp_path: Path) -> None:
    _context(tmp_path, "far", Host="ssh://jo@d.example")
    hosts = EngineHosts(docker_config=tmp_path, container_host="ssh://p.example/run/p.sock")
    assert ssh_hosts(hosts) == {"docker": "ssh://jo@d.example", "podman": "ssh://p.example/run/p.sock"}
    assert ssh_hosts(EngineHosts(docker_host="tcp://x", docker_config=tmp_path)) == {}
    with pytest.raises(NetError, match="the Docker context 'far' names an engine behind ssh: forward its socket"):
        docker_address(hosts)
    hosts = structs.replace(hosts, tunnels=(("ssh://p.example/run/p.sock", "/tmp/1"),))
    assert podman_address(hosts) == EngineAddress("http://engine", "ssh://p.example/run/p.sock", "/tmp/1")


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(NetError) as raised:
        docker_address(EngineHosts(docker_host="tcp://jo:s3cret@d.example"))
    assert "s3cret" not in str(raised.value)
