"""What a front door decides for every scan that it runs, and where that stands for a user by default."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from lading.database.places import DatabasePlaces
from lading.database.provider import DatabaseProvider, DownloadedDatabase, RegistryDatabase
from lading.engine.cancellation import Cancellation
from lading.engine.secret import parse_secret
from lading.model.checks import CheckInputs
from lading.model.errors import UsageError
from lading.model.ports import Helpers, NoProgress, Progress
from lading.model.published import PackageRegistries
from lading.net.accounts import Accounts, Netrc
from lading.net.cloud_accounts import cloud_accounts
from lading.net.docker_config import DockerConfig
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.net.proxies import Proxies, proxies_of
from lading.net.registries import FileRegistries
from lading.net.routes import RegistriesFiles
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys

if TYPE_CHECKING:
    from lading.engine.vex.gather import NamedVex


_CONTAINERD_ROOTS: Final = (
    "/var/lib/containerd",
    "/var/lib/rancher/k3s/agent/containerd",
    "/var/lib/docker/containerd/daemon",
)
utc_now: Final[Callable[[], datetime]] = partial(datetime.now, UTC)
"""The time in UTC."""


class KeyFiles(Struct, frozen=True):
    """The files of public keys that one user trusts, by what for (lading.safeio.trust); each may be there or not."""

    database: Path
    policy: Path
    report: Path
    vex: Path
    image: Path


class Places(Struct, frozen=True):
    """Where one user's things lie: what was found in `layers`, by their content; exported databases that were matched
    against, `unpacked`; the `database` that updates fill; the known `bases`; the user's `settings`; the archives of
    VEX repositories (`vex`); the public `keys` that the user trusts; and the store of `results`."""

    layers: Path
    unpacked: Path
    database: Path
    bases: Path
    settings: Path
    vex: Path
    keys: KeyFiles
    results: Path


class Environment(Struct, frozen=True, kw_only=True):
    """Everything that a scan does not decide by itself. A front door makes one and hands it to every call.

    `layer_cache` is the directory of what was found in layers, None to keep nothing, `cache_key` what authenticates
    that, None for the key beside it; `fingerprint_key` what fingerprints of secrets are made with, None for a salt;
    `bases` is the directory of the known base images, None for none. `database` gives the advisories. `network` says
    how registries are reached and by whose accounts: directly, and nobody's, where it is not given. `trust` says by
    whom documents must be signed, and whose VEX documents count; `vex` are the documents that the options name, with
    the keys, for who reads them before. `given` is what a policy gives to checks. `registries` of packages are asked
    what upgrades bring, None for none. `helpers` are processes that may read a part of the layers (None: none is
    started). `progress` is told what happens,
    `cancellation` ends a scan from outside or at its deadline (None: nothing does), `clock` gives the time.
    """

    database: DatabaseProvider
    layer_cache: Path | None = None
    cache_key: bytes | None = None
    fingerprint_key: bytes | None = None
    bases: Path | None = None
    network: Network = Network()
    trust: Trust = Trust()
    vex: "NamedVex | None" = None
    helpers: Helpers | None = None
    progress: Progress = NoProgress()
    cancellation: Cancellation | None = None
    given: CheckInputs = CheckInputs()
    registries: PackageRegistries | None = None
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def default(cls) -> "Environment":
        """The one of this process's user: the directories of the XDG base directory specification, the accounts
        and the proxies that variables name; the advisories that are downloaded, or those of the registry that
        `LADING_DB_SOURCE` names, signed by a key in the file of `LADING_DB_KEY` if that is set; the cache's key is
        `LADING_CACHE_KEY` if that is. Settings files are for front doors. Raises UsageError for a bad key, SafeIOError
        where the trusted keys cannot be read."""
        places = user_places()
        databases = user_databases(places)
        source = os.environ.get("LADING_DB_SOURCE", "")
        upstream = not source or source.startswith(("http://", "https://"))
        network = user_network()
        kept = DownloadedDatabase(databases)
        return cls(
            database=kept if upstream else RegistryDatabase(databases, source, utc_now, network=network),
            layer_cache=places.layers,
            cache_key=_cache_key(),
            bases=places.bases,
            network=network,
            trust=user_trust(places.keys),
        )


def user_places(variables: Mapping[str, str] | None = None) -> Places:
    """The places of this process's user, by $XDG_CACHE_HOME, $XDG_DATA_HOME and $XDG_CONFIG_HOME or below the home
    directory (https://specifications.freedesktop.org/basedir-spec/latest/). `variables` stand for the process's own."""
    variables = os.environ if variables is None else variables
    cache = _directory(variables.get("XDG_CACHE_HOME", ""), ".cache")
    data = _directory(variables.get("XDG_DATA_HOME", ""), ".local/share")
    config = _directory(variables.get("XDG_CONFIG_HOME", ""), ".config")
    return Places(
        layers=cache / "layers",
        unpacked=cache / "databases",
        database=data / "db",
        bases=data / "bases",
        settings=config / "lading.toml",
        vex=cache / "vex",
        keys=KeyFiles(*(config / f"{name}.keys" for name in ("db", "policy", "report", "vex", "image"))),
        results=data / "results.sqlite",
    )


def user_network(variables: Mapping[str, str] | None = None) -> Network:
    """The proxies and accounts of this process's user: HTTP_PROXY and the like, and the files of accounts that there
    are by `user_accounts`, whose helpers are not run; the certificates for single registries of Podman, Docker and
    containerd, the user's own first; and what `user_engines` and `user_registries` say. `variables` stand for the
    process's own."""
    variables = os.environ if variables is None else variables
    config = Path(variables.get("XDG_CONFIG_HOME") or _home() / ".config")
    machine = Path("/etc")
    # containerd's come last: they may hold no certificates but a hosts.toml.
    of_engines = (one / name / "certs.d" for one in (config, machine) for name in ("containers", "docker"))
    of_containerd = (one / "containerd" / "certs.d" for one in (config, machine))
    proxies = proxies_of(variables)
    return Network(
        proxies=proxies,
        credentials=user_accounts(variables, proxies),
        certificates=(*of_engines, *of_containerd),
        engines=user_engines(variables),
        registries=user_registries(variables),
    )


def user_registries(variables: Mapping[str, str]) -> FileRegistries:
    """The files that say where repositories are asked for: `registries.conf` with its drop-ins, in the place that
    $CONTAINERS_REGISTRIES_CONF names, the user's or the machine's; `hosts.toml` of containerd and nerdctl; and
    `daemon.json` of Docker."""
    config = Path(variables.get("XDG_CONFIG_HOME") or _home() / ".config")
    cache = Path(variables.get("XDG_CACHE_HOME") or _home() / ".cache")
    named = variables.get("CONTAINERS_REGISTRIES_CONF") or variables.get("REGISTRIES_CONFIG_PATH")
    own, machine = config / "containers", Path("/etc/containers")
    conf = RegistriesFiles(
        named=Path(named) if named else None,
        user=own / "registries.conf",
        system=machine / "registries.conf",
        system_drop_ins=machine / "registries.conf.d",
        user_drop_ins=own / "registries.conf.d",
        aliases=(Path("/var/cache") if os.getuid() == 0 else cache) / "containers" / "short-name-aliases.conf",
    )
    return FileRegistries(
        conf,
        hosts=(config / "containerd" / "certs.d", Path("/etc/containerd/certs.d")),
        daemon=(config / "docker" / "daemon.json", Path("/etc/docker/daemon.json")),
    )


def user_engines(variables: Mapping[str, str]) -> EngineHosts:
    """What decides where engines listen: $DOCKER_HOST, $DOCKER_TLS, $DOCKER_TLS_VERIFY, $DOCKER_CERT_PATH,
    $DOCKER_CONTEXT, the configuration in $DOCKER_CONFIG or
    ~/.docker, $CONTAINER_HOST, and the sockets below $XDG_RUNTIME_DIR, the home directory and /run; and where they keep
    images: $CONTAINERS_STORAGE_CONF or storage.conf in its places, $CONTAINERD_NAMESPACE."""
    home, is_root = _home(), os.geteuid() == 0
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    named = variables.get("CONTAINERS_STORAGE_CONF", "")
    storage = "containers/storage.conf"
    own = () if is_root else (config / storage,)
    return EngineHosts(
        docker_host=variables.get("DOCKER_HOST", ""),
        docker_context=variables.get("DOCKER_CONTEXT", ""),
        docker_config=Path(variables.get("DOCKER_CONFIG") or home / ".docker"),
        docker_tls=bool(variables.get("DOCKER_TLS")),
        docker_tls_verify=bool(variables.get("DOCKER_TLS_VERIFY")),
        docker_cert_path=Path(certificates) if (certificates := variables.get("DOCKER_CERT_PATH", "")) else None,
        container_host=variables.get("CONTAINER_HOST", ""),
        runtime=variables.get("XDG_RUNTIME_DIR", ""),
        home=home,
        system=Path("/run"),
        storage_conf=(Path(named),) if named else (*own, Path("/etc") / storage, Path("/usr/share") / storage),
        storage_root=Path("/var/lib/containers/storage") if is_root else data / "containers/storage",
        is_root=is_root,
        containerd_roots=(*map(Path, _CONTAINERD_ROOTS), data / "containerd"),
        containerd_namespace=variables.get("CONTAINERD_NAMESPACE", ""),
    )


def user_accounts(variables: Mapping[str, str], proxies: Proxies) -> Accounts:
    """Where accounts of registries may be, the first that has one counting: the file that $REGISTRY_AUTH_FILE names,
    the text of $DOCKER_AUTH_CONFIG, Docker's `config.json` (or a mounted pull secret) in $DOCKER_CONFIG or ~/.docker,
    Podman's `auth.json` below $XDG_RUNTIME_DIR and $XDG_CONFIG_HOME, ~/.netrc or the file that $NETRC names; for the
    registries of clouds the identity that the process has there, for which `proxies` are used."""
    home = _home()
    docker = Path(variables.get("DOCKER_CONFIG") or home / ".docker")
    runtime = variables.get("XDG_RUNTIME_DIR") or _own_part(Path("/run/containers"))
    config = variables.get("XDG_CONFIG_HOME") or home / ".config"
    named, text = variables.get("REGISTRY_AUTH_FILE", ""), variables.get("DOCKER_AUTH_CONFIG", "")
    files = [
        *([DockerConfig(Path(named))] if named else []),
        *([DockerConfig(Path("$DOCKER_AUTH_CONFIG"), content=text)] if text else []),
        *(DockerConfig(docker / name) for name in ("config.json", ".dockerconfigjson")),
        *(DockerConfig(Path(one) / "containers" / "auth.json") for one in (runtime, config) if one),
    ]
    netrc = Netrc(Path(variables.get("NETRC") or home / ".netrc"))
    clouds = cloud_accounts(variables, home, proxies)
    return Accounts(docker / "config.json", files=tuple(files), others=(netrc, clouds))


def user_databases(places: Places) -> DatabasePlaces:
    """Where databases lie, and whose are taken: those signed by a key in the file that $LADING_DB_KEY names, without
    one in the user's own, where there is one. Raises SafeIOError when it cannot be read."""
    named = os.environ.get("LADING_DB_KEY", "")
    keys = keys_in(Path(named) if named else None, places.keys.database)
    return DatabasePlaces(places.database, places.unpacked, keys)


def user_trust(files: KeyFiles) -> Trust:
    """What the user's own files of keys say. Raises SafeIOError."""
    policy, report, vex, image = (keys_in(None, path) for path in (files.policy, files.report, files.vex, files.image))
    return Trust(policy, report, vex, image)


def keys_in(named: Path | None, default: Path) -> TrustedKeys:
    """The keys in the file that is named, else in the user's own, if it is there. Raises SafeIOError."""
    path = named or default
    return read_trusted_keys(path) if named is not None or path.exists() else TrustedKeys()


def _directory(named: str, below_home: str) -> Path:
    return (Path(named) if named.startswith("/") else _home() / below_home) / "lading"


def _own_part(shared: Path) -> Path | None:
    """The directory of this process's user in one of all users; None where that is closed to him (root's Podman alone
    has made it)."""
    closed = shared.exists() and not os.access(shared, os.X_OK)
    return None if closed else shared / str(os.getuid())


def _home() -> Path:
    """The home directory; for a user who has none, one that is nowhere: what would be kept is told to have no place."""
    try:
        return Path.home()
    except RuntimeError:
        return NO_HOME


NO_HOME = Path("/nonexistent")
"""The home directory of users without one, as Debian has it."""


def _cache_key() -> bytes | None:
    given = os.environ.get("LADING_CACHE_KEY", "")
    try:
        return parse_secret(given, Path).value if given else None
    except ValueError as error:
        raise UsageError(f"LADING_CACHE_KEY: {error}") from error
