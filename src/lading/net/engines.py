"""Where container engines listen, by what their own programs go by.

Sources: docker(1), "Environment variables"; docs.docker.com, "Docker contexts" (the files below `contexts/meta`);
podman-remote(1), CONTAINER_HOST; podman-system-service(1), "DEFAULT".
"""

import hashlib
import json
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from lading.model.errors import NetError
from lading.net.address import printable
from lading.net.routes import ServerTls

_UNIX: Final = "unix://"
_SHOWN: Final = 100
_NO_CONTEXT: Final = "default"
"""The name of what is no context, but the place where Docker listens without one."""
_SSH_SCHEME: Final = "ssh://"
_SSH: Final = "forward its socket (ssh -nNT -L {}:/run/docker.sock HOST) and name that: DOCKER_HOST=unix://{}"
_PORT, _TLS_PORT = 2375, 2376
_TLS_FILES: Final = ("ca.pem", "cert.pem", "key.pem")


class EngineHosts(Struct, frozen=True):
    """What decides where engines listen: the variables DOCKER_HOST, DOCKER_CONTEXT and CONTAINER_HOST; the directory of
    Docker's configuration; the user's `runtime` directory and `home`; and the `system`'s runtime directory. None of a
    place is nowhere. `context_host` is the address in the context's file, empty where that was not read yet, and
    `context_insecure` says that its certificate is not checked. `docker_tls` and `docker_tls_verify` are the variables
    DOCKER_TLS and DOCKER_TLS_VERIFY, `docker_cert_path` is DOCKER_CERT_PATH. `tunnels` are the local sockets at which
    engines behind ssh can be asked, by their addresses.

    Engines that keep images in files: `storage_conf` are the configurations of containers-storage, of which the first
    that is there counts, `storage_root` is where that lies otherwise, `is_root` says whose it is; `containerd_roots`
    are where containerd keeps its content, `containerd_namespace` is the variable CONTAINERD_NAMESPACE."""

    docker_host: str = ""
    docker_context: str = ""
    context_host: str = ""
    docker_config: Path | None = None
    context_insecure: bool = False
    docker_tls: bool = False
    docker_tls_verify: bool = False
    docker_cert_path: Path | None = None
    container_host: str = ""
    tunnels: tuple[tuple[str, str], ...] = ()
    runtime: str = ""
    home: Path | None = None
    system: Path | None = None
    storage_conf: tuple[Path, ...] = ()
    storage_root: Path | None = None
    is_root: bool = False
    containerd_roots: tuple[Path, ...] = ()
    containerd_namespace: str = ""


class EngineAddress(Struct, frozen=True):
    """Where an engine listens: at a local socket `unix`, else at `url`, encrypted as `tls` says. `shown` is what to
    call that."""

    url: str
    shown: str
    unix: str = ""
    tls: ServerTls | None = None


def docker_address(hosts: EngineHosts) -> EngineAddress | None:
    """Where Docker listens: as a variable or its current context says, else at the first socket that is there. None
    where nothing says so and none is there. Raises NetError for an address that cannot be used."""
    if hosts.docker_host:
        return _address(hosts.docker_host, "DOCKER_HOST", hosts, _variables_tls(hosts))
    context = _context_of(hosts)
    if not context:
        return _first(_docker_sockets(hosts))
    host, insecure = _read_context(hosts, context)
    return _address(host, f"the Docker context {printable(context, _SHOWN)!r}", hosts, _context_tls(hosts, insecure))


def ssh_hosts(hosts: EngineHosts) -> dict[str, str]:
    """The addresses of engines behind ssh, by the engine."""
    named = {"docker": hosts.docker_host, "podman": hosts.container_host}
    if not hosts.docker_host and (context := _context_of(hosts)):
        with suppress(NetError):
            named["docker"] = _read_context(hosts, context)[0]
    return {engine: host for engine, host in named.items() if host.startswith(_SSH_SCHEME)}


def with_context(hosts: EngineHosts) -> EngineHosts:
    """With what Docker's configuration says, read now, for a process that may not read it. A context that cannot be
    read is told when Docker is asked."""
    context = _context_of(hosts)
    host, insecure = "", False
    if context and not hosts.docker_host:
        with suppress(NetError):
            host, insecure = _read_context(hosts, context)
    return structs.replace(hosts, docker_context=context or _NO_CONTEXT, context_host=host, context_insecure=insecure)


def podman_address(hosts: EngineHosts) -> EngineAddress | None:
    """Where Podman listens, like `docker_address`."""
    if hosts.container_host:
        return _address(hosts.container_host, "CONTAINER_HOST", hosts, None)
    return _first(_podman_sockets(hosts))


def _docker_sockets(hosts: EngineHosts) -> Iterator[Path]:
    if hosts.system is not None:
        yield hosts.system / "docker.sock"
    if hosts.runtime:
        yield Path(hosts.runtime) / "docker.sock"
    if hosts.home is not None:
        yield from (hosts.home / ".docker" / below / "docker.sock" for below in ("run", "desktop"))


def _podman_sockets(hosts: EngineHosts) -> Iterator[Path]:
    if hosts.runtime:
        yield Path(hosts.runtime) / "podman/podman.sock"
    if hosts.system is not None:
        yield hosts.system / "podman/podman.sock"


def _first(sockets: Iterator[Path]) -> EngineAddress | None:
    return next((_local(str(path)) for path in sockets if _is_socket(path)), None)


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _local(path: str) -> EngineAddress:
    return EngineAddress("http://engine", f"{_UNIX}{path}", path)


def _address(text: str, named_by: str, hosts: EngineHosts, tls: ServerTls | None) -> EngineAddress:
    shown = printable(text, _SHOWN)
    if text.startswith(_UNIX) and text.removeprefix(_UNIX).startswith("/"):
        return _local(text.removeprefix(_UNIX))
    if text.startswith(_SSH_SCHEME):
        tunnel = dict(hosts.tunnels).get(text)
        if tunnel is not None:
            return EngineAddress("http://engine", shown, tunnel)
        socket = "/run/user/UID/engine.sock"
        raise NetError(f"{shown}: {named_by} names an engine behind ssh: {_SSH.format(socket, socket)}")
    scheme, _, place = text.partition("://")
    place = place.rstrip("/")
    if scheme not in ("tcp", "http", "https") or not place or "/" in place or "@" in place:
        shown = re.sub(r"//.*@", "//…@", shown)  # what stands there may be a password
        raise NetError(
            f"{shown}: {named_by} names no engine that can be asked: expected unix:///PATH, tcp://HOST:PORT or "
            "ssh://USER@HOST"
        )
    if scheme == "https":
        tls = tls or ServerTls()
    if not re.search(r":\d+$", place):
        place = f"{place}:{_PORT if tls is None else _TLS_PORT}"
    return EngineAddress(f"{'http' if tls is None else 'https'}://{place}", shown, tls=tls)


def _variables_tls(hosts: EngineHosts) -> ServerTls | None:
    """How Docker's variables want its engine to be reached; None without encryption."""
    if not (hosts.docker_tls or hosts.docker_tls_verify):
        return None
    return _tls(hosts.docker_cert_path or hosts.docker_config, insecure=not hosts.docker_tls_verify)


def _context_tls(hosts: EngineHosts, insecure: bool) -> ServerTls | None:
    assert hosts.docker_config is not None
    directory = hosts.docker_config / "contexts" / "tls" / _digest(_context_of(hosts)) / "docker"
    found = _tls(directory, insecure=insecure)
    return found if insecure or found != ServerTls() else None


def _tls(directory: Path | None, *, insecure: bool) -> ServerTls:
    """What lies in a directory by the names that Docker gives it."""
    authority, certificate, key = (None if directory is None else directory / name for name in _TLS_FILES)
    shown = ((certificate, key),) if certificate is not None and certificate.exists() else ()
    return ServerTls(insecure, (authority,) if authority is not None and authority.exists() else (), shown)


def _context_of(hosts: EngineHosts) -> str:
    """The context that says where Docker listens, empty where none does."""
    context = hosts.docker_context or _current_context(hosts.docker_config)
    return context if context != _NO_CONTEXT and hosts.docker_config is not None else ""


def _digest(context: str) -> str:
    return hashlib.sha256(context.encode()).hexdigest()


def _current_context(directory: Path | None) -> str:
    """The context that `docker context use` chose; a file that cannot be read chooses none, as it does for Docker's
    credentials."""
    if directory is None:
        return ""
    try:
        document = json.loads((directory / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return ""
    context = document.get("currentContext") if isinstance(document, dict) else None
    return context if isinstance(context, str) else ""


def _read_context(hosts: EngineHosts, context: str) -> tuple[str, bool]:
    """The address in a context's file, and whether any certificate is taken. Raises NetError."""
    if hosts.context_host:
        return hosts.context_host, hosts.context_insecure
    assert hosts.docker_config is not None
    path = hosts.docker_config / "contexts" / "meta" / _digest(context) / "meta.json"
    try:
        docker = json.loads(path.read_bytes())["Endpoints"]["docker"]
        return str(docker["Host"]), docker.get("SkipTLSVerify") is True
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        shown = printable(context, _SHOWN)
        raise NetError(f"the Docker context {shown!r} cannot be read ({path}); docker context ls shows them") from error
