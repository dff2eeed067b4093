"""Where a user's things lie, and whose databases are taken."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import lading
from lading.database.places import DatabasePlaces
from lading.database.provider import DownloadedDatabase, RegistryDatabase, StarterDatabase
from lading.engine.cancellation import Cancellation
from lading.engine.environment import (
    Environment,
    KeyFiles,
    Places,
    user_databases,
    user_engines,
    user_network,
    user_places,
    user_registries,
)
from lading.image import open as image_open
from lading.image.open import OpenOptions
from lading.model.errors import EngineError, ImageError, UsageError
from lading.net.accounts import Accounts, Netrc
from lading.net.cloud_accounts import CloudAccounts
from lading.net.docker_config import DockerConfig
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.net.proxies import Proxies
from lading.net.registries import FileRegistries
from lading.net.routes import RegistriesFiles
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import TrustedKeys
from tests.end_to_end.test_bad_input import layer, write_layout
from tests.tars import File

CERTIFICATES = (Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d"))
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGd4O9R+OsVUviHvhkb8GK90CMd9BobT42Z6ogJAlIp site\n"


def test_the_directories_of_the_specification(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    for variable in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", f"/{variable.lower()}")
    assert user_places() == Places(
        layers=Path("/cache/lading/layers"),
        unpacked=Path("/cache/lading/databases"),
        database=Path("/data/lading/db"),
        bases=Path("/data/lading/bases"),
        settings=Path("/config/lading/lading.toml"),
        vex=Path("/cache/lading/vex"),
        keys=KeyFiles(*(Path(f"/config/lading/{name}.keys") for name in ("db", "policy", "report", "vex", "image"))),
        results=Path("/data/lading/results.sqlite"),
    )
    for variable in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", "not/absolute")
    cache, data, config = (own_home / name / "lading" for name in (".cache", ".local/share", ".config"))
    assert (
        user_places()
        == user_places({})
        == Places(
            layers=cache / "layers",
            unpacked=cache / "databases",
            database=data / "db",
            bases=data / "bases",
            settings=config / "lading.toml",
            vex=cache / "vex",
            keys=KeyFiles(*(config / f"{name}.keys" for name in ("db", "policy", "report", "vex", "image"))),
            results=data / "results.sqlite",
        )
    )


def test_the_keys_that_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = user_places()
    assert user_databases(places) == DatabasePlaces(places.database, places.unpacked, TrustedKeys())
    places.keys.database.parent.mkdir(parents=True)
    places.keys.database.write_text(KEY)
    assert user_databases(places).trust.source == str(places.keys.database)
    (tmp_path / "variable").write_text(KEY)
    monkeypatch.setenv("LADING_DB_KEY", str(tmp_path / "variable"))
    assert user_databases(places).trust.source == str(tmp_path / "variable")
    assert Environment.default().trust == Trust()
    places.keys.report.write_text(KEY)
    places.keys.vex.write_text(KEY)
    trust = Environment.default().trust
    assert (trust.policy.source, trust.report.source, trust.vex.source) == (
        "", str(places.keys.report), str(places.keys.vex)
    )  # fmt: skip


def test_the_default_fetches_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    places = user_places()
    default = Environment.default()
    assert (default.layer_cache, default.bases) == (places.layers, places.bases)
    assert default.database == DownloadedDatabase(user_databases(places))
    monkeypatch.setenv("LADING_DB_SOURCE", "registry.example/lading-db")
    assert isinstance(Environment.default().database, RegistryDatabase)
    monkeypatch.setenv("LADING_DB_SOURCE", "https://mirror.example")
    assert Environment.default().database == DownloadedDatabase(user_databases(places))


def test_a_cancelled_scan_ends_at_its_next_check() -> None:
    cancellation = Cancellation()
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(EngineError, match=r"^interrupted$"):
        cancellation.check()
    with pytest.raises(EngineError, match=r"^the scan was not done after 0 seconds$"):
        Cancellation(0).check()


@pytest.mark.parametrize("kind", ["image", "directory"])
def test_reading_layers_ends_when_the_scan_is_cancelled(kind: str, tmp_path: Path) -> None:
    release = File("etc/os-release", b"ID=debian\n")
    (tmp_path / "directory").mkdir()
    targets = {"image": write_layout(tmp_path / "image", layer([release])), "directory": f"dir:{tmp_path}/directory"}
    cancellation = Cancellation()
    environment = Environment(database=StarterDatabase(), cancellation=cancellation)
    lading.inventory(targets[kind], environment=environment)
    cancellation.cancel()
    with pytest.raises(EngineError, match="interrupted"):
        lading.inventory(targets[kind], environment=environment)


def test_how_an_image_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[OpenOptions] = []

    def open_image(reference: str, options: OpenOptions) -> None:
        asked.append(options)
        raise ImageError("seen")

    monkeypatch.setattr(image_open, "open_image", open_image)
    network = Network(Proxies(https="http://proxy.example"), DockerConfig(Path("config.json")))
    environment = Environment(database=StarterDatabase(), network=network, bases=tmp_path / "bases")
    options = lading.ScanOptions(token_host=("auth.example",), timeout=5.0, base="b.example/y")
    with pytest.raises(ImageError):
        lading.inventory("a.example/x", options, environment)
    bases = tmp_path / "bases"
    assert asked == [
        OpenOptions(token_hosts=("auth.example",), timeout=5.0, network=network, base="b.example/y", bases=bases)
    ]


def _stores(variables: Mapping[str, str]) -> dict[str, Any]:
    found = user_engines(variables)
    names = ("storage_conf", "storage_root", "is_root", "containerd_roots", "containerd_namespace")
    return {name: getattr(found, name) for name in names}


@pytest.mark.parametrize("is_root", [True, False])
def test_where_engines_keep_images(own_home: Path, is_root: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if is_root else 1000)
    system = (Path("/etc/containers/storage.conf"), Path("/usr/share/containers/storage.conf"))
    assert _stores({}) == {
        "storage_conf": system if is_root else (own_home / ".config/containers/storage.conf", *system),
        "storage_root": Path("/var/lib/containers/storage")
        if is_root
        else own_home / ".local/share/containers/storage",
        "is_root": is_root,
        "containerd_roots": (
            Path("/var/lib/containerd"),
            Path("/var/lib/rancher/k3s/agent/containerd"),
            Path("/var/lib/docker/containerd/daemon"),
            own_home / ".local/share/containerd",
        ),
        "containerd_namespace": "",
    }
    variables = {"CONTAINERS_STORAGE_CONF": "/s.conf", "CONTAINERD_NAMESPACE": "n", "XDG_DATA_HOME": "/data"}
    assert (_stores(variables)["storage_conf"], _stores(variables)["containerd_namespace"]) == ((Path("/s.conf"),), "n")
    assert _stores(variables)["containerd_roots"][-1] == Path("/data/containerd")


def test_the_network_of_a_user(own_home: Path) -> None:
    docker = own_home / ".docker"
    mine = (docker / "config.json", docker / ".dockerconfigjson")
    podman = (Path(f"/run/containers/{os.getuid()}/containers/auth.json"), own_home / ".config/containers/auth.json")
    files = tuple(map(DockerConfig, (*mine, *podman)))
    accounts = Accounts(
        docker / "config.json", files=files, others=(Netrc(own_home / ".netrc"), CloudAccounts(home=own_home))
    )
    config = own_home / ".config"
    engines_own = (config / "containers/certs.d", config / "docker/certs.d")
    certificates = (*engines_own, *CERTIFICATES, config / "containerd/certs.d", Path("/etc/containerd/certs.d"))
    engines = EngineHosts(docker_config=docker, home=own_home, system=Path("/run"), **_stores({}))
    registries = FileRegistries(
        RegistriesFiles(
            user=config / "containers/registries.conf",
            system=Path("/etc/containers/registries.conf"),
            system_drop_ins=Path("/etc/containers/registries.conf.d"),
            user_drop_ins=config / "containers/registries.conf.d",
            aliases=user_registries({}).conf.aliases,
        ),
        (config / "containerd/certs.d", Path("/etc/containerd/certs.d")),
        (config / "docker/daemon.json", Path("/etc/docker/daemon.json")),
    )
    assert user_network({}) == Network(Proxies(), accounts, certificates, engines, registries)


def test_the_network_that_variables_tell() -> None:
    variables = {
        "DOCKER_CONFIG": "/docker",
        "REGISTRY_AUTH_FILE": "/auth.json",
        "DOCKER_AUTH_CONFIG": "{}",
        "XDG_RUNTIME_DIR": "/run/me",
        "XDG_CONFIG_HOME": "/config",
        "NETRC": "/netrc",
        "DOCKER_HOST": "tcp://d:1",
        "DOCKER_CONTEXT": "c",
        "CONTAINER_HOST": "unix:///p",
        "CONTAINERS_REGISTRIES_CONF": "/r.conf",
        "AWS_PROFILE": "p",
        "HTTPS_PROXY": "p.example:1",
        "NO_PROXY": "a",
    }
    files = (
        DockerConfig(Path("/auth.json")),
        DockerConfig(Path("$DOCKER_AUTH_CONFIG"), content="{}"),
        DockerConfig(Path("/docker/config.json")),
        DockerConfig(Path("/docker/.dockerconfigjson")),
        DockerConfig(Path("/run/me/containers/auth.json")),
        DockerConfig(Path("/config/containers/auth.json")),
    )
    proxies, registries = Proxies(https="p.example:1", direct="a"), user_registries(variables)
    clouds = CloudAccounts({"AWS_PROFILE": "p"}, Path.home(), proxies)
    accounts = Accounts(Path("/docker/config.json"), files=files, others=(Netrc(Path("/netrc")), clouds))
    of_containerd = (Path("/config/containerd/certs.d"), Path("/etc/containerd/certs.d"))
    of_engines = (Path("/config/containers/certs.d"), Path("/config/docker/certs.d"), *CERTIFICATES)
    certificates = (*of_engines, *of_containerd)
    engines = EngineHosts(
        docker_host="tcp://d:1",
        docker_context="c",
        docker_config=Path("/docker"),
        container_host="unix:///p",
        runtime="/run/me",
        home=Path.home(),
        system=Path("/run"),
        **_stores(variables),
    )
    assert (registries.conf.named, registries.conf.user) == (
        Path("/r.conf"),
        Path("/config/containers/registries.conf"),
    )
    assert user_network(variables) == Network(proxies, accounts, certificates, engines, registries)
    assert "p.example" not in repr(user_network(variables))


def test_the_key_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Environment.default().cache_key is None
    monkeypatch.setenv("LADING_CACHE_KEY", "0123456789abcdef")
    assert Environment.default().cache_key == b"0123456789abcdef"
    monkeypatch.setenv("LADING_CACHE_KEY", "short")
    with pytest.raises(UsageError) as caught:
        Environment.default()
    assert str(caught.value) == "LADING_CACHE_KEY: expected a secret of 16 to 4,096 bytes, or @FILE; this has 5"


def test_machines_share_a_cache_by_its_key(tmp_path: Path) -> None:
    """What was kept with a key is found with it, wherever it was kept; with another one it is not."""
    target = write_layout(tmp_path / "image", layer([File("etc/os-release", b"ID=debian\n")]))
    cache = tmp_path / "cache"

    def codes(key: bytes) -> list[str]:
        environment = Environment(database=StarterDatabase(), layer_cache=cache, cache_key=key)
        return [one.code for one in lading.inventory(target, environment=environment).diagnostics]

    plain = ["package-database-missing"]
    assert codes(b"a" * 16) == codes(b"a" * 16) == plain
    assert not (tmp_path / "cache.key").exists()
    assert sorted(codes(b"b" * 16)) == ["cache-of-another-key", *plain]


def test_a_user_without_a_home_has_places_that_are_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    places = user_places({"XDG_DATA_HOME": "/data"})
    assert places.layers == Path("/nonexistent/.cache/lading/layers")
    assert places.database == Path("/data/lading/db")
