"""Where container engines listen, by what their own programs go by.

Sources: docker(1), "Environment variables"; docs.docker.com, "Docker contexts" (the files below `contexts/meta`);
podman-remote(1), CONTAINER_HOST; podman-system-service(1), "DEFAULT".
"""

import hashlib
import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from lading.model.errors import NetError
from lading.net.address import printable

_UNIX: Final = "unix://"
_SHOWN: Final = 100
_NO_CONTEXT: Final = "default"
"""The name of what is no context, but the place where Docker listens without one."""
_SSH: Final = "forward its socket (ssh -nNT -L {}:/run/docker.sock HOST) and name that: DOCKER_HOST=unix://{}"


class EngineHosts(Struct, frozen=True):
    """What decides where engines listen: the variables DOCKER_HOST, DOCKER_CONTEXT and CONTAINER_HOST; the directory of
    Docker's configuration; the user's `runtime` directory and `home`; and the `system`'s runtime directory. None of a
    place is nowhere. `context_host` is the address in the context's file, empty where that was not read yet.

    Engines that keep images in files: `storage_conf` are the configurations of containers-storage, of which the first
    that is there counts, `storage_root` is where that lies otherwise, `is_root` says whose it is; `containerd_roots`
    are where containerd keeps its content, `containerd_namespace` is the variable CONTAINERD_NAMESPACE."""

    docker_host: str = ""
    docker_context: str = ""
    context_host: str = ""
    docker_config: Path | None = None
    container_host: str = ""
    runtime: str = ""
    home: Path | None = None
    system: Path | None = None
    storage_conf: tuple[Path, ...] = ()
    storage_root: Path | None = None
    is_root: bool = False
    containerd_roots: tuple[Path, ...] = ()
    containerd_namespace: str = ""


class EngineAddress(Struct, frozen=True):
    """Where an engine listens: at a local socket `unix`, else at `url`. `shown` is what to call that."""

    url: str
    shown: str
    unix: str = ""


def docker_address(hosts: EngineHosts) -> EngineAddress | None:
    """Where Docker listens: as a variable or its current context says, else at the first socket that is there. None
    where nothing says so and none is there. Raises NetError for an address that cannot be used."""
    if hosts.docker_host:
        return _address(hosts.docker_host, "DOCKER_HOST")
    context = hosts.docker_context or _current_context(hosts.docker_config)
    if context and context != _NO_CONTEXT and hosts.docker_config is not None:
        host = hosts.context_host or _host_of(hosts.docker_config, context)
        return _address(host, f"the Docker context {printable(context, _SHOWN)!r}")
    return _first(_docker_sockets(hosts))


def with_context(hosts: EngineHosts) -> EngineHosts:
    """With what Docker's configuration says, read now, for a process that may not read it. A context that cannot be
    read is told when Docker is asked."""
    context = hosts.docker_context or _current_context(hosts.docker_config) or _NO_CONTEXT
    host = ""
    if context != _NO_CONTEXT and hosts.docker_config is not None and not hosts.docker_host:
        with suppress(NetError):
            host = _host_of(hosts.docker_config, context)
    return structs.replace(hosts, docker_context=context, context_host=host)


def podman_address(hosts: EngineHosts) -> EngineAddress | None:
    """Where Podman listens, like `docker_address`."""
    if hosts.container_host:
        return _address(hosts.container_host, "CONTAINER_HOST")
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


def _address(text: str, named_by: str) -> EngineAddress:
    shown = printable(text, _SHOWN)
    if text.startswith(_UNIX) and text.removeprefix(_UNIX).startswith("/"):
        return _local(text.removeprefix(_UNIX))
    if text.startswith("ssh://"):
        socket = "/run/user/UID/engine.sock"
        raise NetError(f"{shown}: {named_by} names an engine behind ssh: {_SSH.format(socket, socket)}")
    scheme, _, place = text.partition("://")
    if scheme in ("tcp", "http") and place.rstrip("/"):
        return EngineAddress(f"http://{place.rstrip('/')}", shown)
    raise NetError(f"{shown}: {named_by} names no engine that can be asked: expected unix:///PATH or tcp://HOST:PORT")


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


def _host_of(directory: Path, context: str) -> str:
    """The address in a context's file. Raises NetError."""
    name = hashlib.sha256(context.encode()).hexdigest()
    path = directory / "contexts" / "meta" / name / "meta.json"
    try:
        host = json.loads(path.read_bytes())["Endpoints"]["docker"]["Host"]
    except (OSError, ValueError, RecursionError, LookupError, TypeError) as error:
        shown = printable(context, _SHOWN)
        raise NetError(f"the Docker context {shown!r} cannot be read ({path}); docker context ls shows them") from error
    return str(host)
