"""Asking Docker and Podman which containers run, by the API of Docker that both have.

Sources: Docker Engine API 1.41, `/containers/json` and `/containers/{id}/json`; Podman's compatible API 4.0.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, field

from lading.model.errors import EngineError, NetError
from lading.model.runtime import Container, EngineName, Mount, PublishedPort
from lading.net.client import HttpClient
from lading.net.engines import EngineAddress
from lading.net.response import HttpResponse

_ID: Final = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES: Final = 64_000_000
_GONE: Final = (404, 409)
_HOST: Final = "host"
_UNCONFINED: Final = "unconfined"
_Value = TypeVar("_Value")


class _Listed(Struct, frozen=True):
    id: str = field(default="", name="Id")


class _State(Struct, frozen=True, rename="pascal"):
    status: str = ""
    pid: int = 0


class _Config(Struct, frozen=True, rename="pascal"):
    image: str = ""
    user: str = ""


class _HostConfig(Struct, frozen=True, rename="pascal"):
    privileged: bool = False
    readonly_rootfs: bool = False
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    userns_mode: str = ""
    security_opt: tuple[str, ...] | None = None
    uts_mode: str = field(default="", name="UTSMode")


class _Mount(Struct, frozen=True, rename="pascal"):
    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    writable: bool = field(default=False, name="RW")


class _Binding(Struct, frozen=True, rename="pascal"):
    host_ip: str = ""
    host_port: str = ""


class _Network(Struct, frozen=True, rename="pascal"):
    ports: dict[str, tuple[_Binding, ...] | None] | None = None


class _Driver(Struct, frozen=True, rename="pascal"):
    name: str = ""
    data: dict[str, str] | None = None


class _Inspected(Struct, frozen=True, rename="pascal"):
    id: str = ""
    name: str = ""
    image: str = ""
    app_armor_profile: str = ""
    state: _State = _State()
    config: _Config = _Config()
    host_config: _HostConfig = _HostConfig()
    mounts: tuple[_Mount, ...] | None = None
    network_settings: _Network = _Network()
    graph_driver: _Driver | None = None


class EngineContainer(Struct, frozen=True):
    """A container, and where its files lie: `upper` is the directory of what it wrote, empty where that is not known,
    `lowers` are those of its image's layers, the topmost first. `reference` is the name by which its image can be
    scanned, `chain` the digest of its chain of layers, empty where it is not noted. `is_sure` tells that the engine
    says that it runs; elsewhere that is so when it has processes. One that `is_infra` only holds a pod's namespaces."""

    container: Container
    upper: str = ""
    lowers: tuple[str, ...] = ()
    reference: str = ""
    chain: str = ""
    is_sure: bool = True
    is_infra: bool = False


def list_running(engine: EngineName, address: EngineAddress, timeout: float) -> tuple[EngineContainer, ...]:
    """The containers that an engine runs, by name. One that ends meanwhile is left out. Raises NetError, and
    EngineError for answers that cannot be."""
    client = EngineApi(address, timeout)
    try:
        found = [one for id in client.running() if (one := client.inspect(id)) is not None]
    finally:
        client.close()
    is_here = bool(address.unix)
    containers = (_container(engine, one, is_here=is_here) for one in found)
    return tuple(sorted(containers, key=lambda one: (one.container.name, one.container.id)))


class EngineApi:
    """An engine's API, as far as it reads containers. Its methods raise NetError and EngineError."""

    def __init__(self, address: EngineAddress, timeout: float) -> None:
        self._shown = address.shown
        self._base = address.url
        self._client = HttpClient(timeout=timeout, unix=address.unix)
        if address.tls is not None:
            self._client.trust(address.url.removeprefix("https://"), address.tls)

    def running(self) -> tuple[str, ...]:
        """The IDs of the containers that run."""
        response = self._get("/containers/json")
        if response.status != 200:
            raise self._refused(response, "its list of containers")
        listed = self._decode(response, tuple[_Listed, ...], "its list of containers")
        for one in listed:
            if not _ID.fullmatch(one.id):
                raise EngineError(f"{self._shown}: lists {one.id[:80]!r}, which is no ID of a container")
        return tuple(dict.fromkeys(one.id for one in listed))

    def inspect(self, id: str) -> "_Inspected | None":
        """What the engine says of a container; None for one that is gone or runs no more."""
        response = self._get(f"/containers/{id}/json")
        if response.status in _GONE:
            response.discard()
            return None
        if response.status != 200:
            raise self._refused(response, f"the container {id[:12]}")
        found = self._decode(response, _Inspected, f"the container {id[:12]}")
        return found if found.state.status in ("running", "paused") else None

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str) -> HttpResponse:
        try:
            return self._client.request("GET", f"{self._base}{path}")
        except NetError as error:
            raise NetError(f"{self._shown}: {str(error).partition(': ')[2] or error}", error.status) from error

    def _refused(self, response: HttpResponse, what: str) -> NetError:
        status, answer = response.status, response.answer
        response.discard()
        return NetError(f"{self._shown}: answered {answer} to the request for {what}", status)

    def _decode(self, response: HttpResponse, kind: type[_Value], what: str) -> _Value:
        try:
            return msgspec.json.decode(response.read_all(_MOST_BYTES), type=kind)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise EngineError(f"{self._shown}: {what} cannot be read: {error}") from error


def _container(engine: EngineName, one: _Inspected, *, is_here: bool) -> EngineContainer:
    host = one.host_config
    options = tuple(host.security_opt or ())
    found = Container(
        engine=engine,
        id=one.id,
        name=one.name.removeprefix("/"),
        image=one.config.image or one.image,
        image_id=_digest(one.image),
        state=one.state.status,
        pid=one.state.pid if is_here else 0,
        user=one.config.user,
        privileged=host.privileged,
        seccomp=_UNCONFINED if host.privileged else _option(options, "seccomp", "default"),
        apparmor=one.app_armor_profile,
        no_new_privileges=any(text.removesuffix(":true") == "no-new-privileges" for text in options),
        read_only=host.readonly_rootfs,
        host_namespaces=tuple(_shared(host)),
        ports=tuple(sorted(_ports(one.network_settings.ports or {}))),
        mounts=tuple(sorted(map(_mount, one.mounts or ()))),
    )
    data = (one.graph_driver.data if one.graph_driver is not None else None) or {}
    lowers = tuple(filter(None, data.get("LowerDir", "").split(":")))
    reference = f"{engine}:{found.image_id or found.image}"
    if not is_here:
        return EngineContainer(found, reference=reference)
    return EngineContainer(found, data.get("UpperDir", ""), lowers, reference)


def _digest(text: str) -> str:
    text = text.removeprefix("sha256:")
    return f"sha256:{text}" if _ID.fullmatch(text) else ""


def _option(options: tuple[str, ...], name: str, default: str) -> str:
    """The last value of an option; a profile that is written out is named so."""
    values = [text.partition("=")[2] or text.partition(":")[2] for text in options if text.startswith(name)]
    value = values[-1] if values else default
    return "custom" if value.startswith("{") else value


def _shared(host: _HostConfig) -> Iterator[str]:
    modes = {
        "network": host.network_mode,
        "pid": host.pid_mode,
        "ipc": host.ipc_mode,
        "uts": host.uts_mode,
        "user": host.userns_mode,
    }
    yield from (name for name, mode in modes.items() if mode == _HOST)


def _ports(ports: Mapping[str, tuple[_Binding, ...] | None]) -> Iterator[PublishedPort]:
    for name, bindings in ports.items():
        number, _, protocol = name.partition("/")
        for one in bindings or ():
            if number.isdecimal() and len(number) < 6:
                address = f"[{one.host_ip}]" if ":" in one.host_ip else one.host_ip
                yield PublishedPort(int(number), protocol or "tcp", f"{address}:{one.host_port}")


def _mount(one: _Mount) -> Mount:
    return Mount(one.destination, one.name if one.type == "volume" else one.source, one.type or "bind", one.writable)
