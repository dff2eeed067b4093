"""Which containers run on this host, by every engine that is here."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, get_args

from msgspec import Struct

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.image.places import engine_address
from lading.model.errors import UsageError
from lading.net.engines import EngineHosts
from lading.runtime.containerd import containerd_places, list_containerd
from lading.runtime.engine_api import EngineContainer, list_running
from lading.runtime.storage import list_stored, storage_places

Place = Literal["docker", "podman", "containers-storage", "containerd"]
"""Where containers are listed: by the engine's API, or in the files of Podman and CRI-O or of containerd."""
PLACES: Final[tuple[Place, ...]] = get_args(Place)
_NAMES: Final[dict[str, tuple[Place, ...]]] = {
    "docker": ("docker",),
    "podman": ("podman", "containers-storage"),
    "cri-o": ("containers-storage",),
    "containerd": ("containerd",),
}
"""By the name of an engine, where its containers are listed."""
ENGINES: Final = tuple(_NAMES)


class Listed(Struct, frozen=True):
    """The containers that are listed in one place; `is_there` is off where there is no such place on this host."""

    place: Place
    containers: tuple[EngineContainer, ...] = ()
    is_there: bool = True


def list_containers(place: Place, options: ScanOptions, environment: Environment) -> Listed:
    """The containers of a place. Raises LadingError where it is there and cannot be read."""
    hosts = environment.network.engines
    if place == "docker" or place == "podman":
        address = engine_address(place, hosts)
        return (
            Listed(place, is_there=False)
            if address is None
            else Listed(place, list_running(place, address, options.timeout))
        )
    list_files, places = _FILES[place]
    return Listed(place, list_files(hosts), is_there=bool(places(hosts)))


_Lister = Callable[[EngineHosts], tuple[EngineContainer, ...]]
_FILES: Final[dict[Place, tuple[_Lister, Callable[[EngineHosts], tuple[Path, ...]]]]] = {
    "containers-storage": (list_stored, storage_places),
    "containerd": (list_containerd, containerd_places),
}


def files_of(place: Place, hosts: EngineHosts) -> tuple[Path, ...]:
    """What is read of this host to list the containers of a place."""
    return _FILES[place][1](hosts) if place in _FILES else ()


def places_of(engines: tuple[str, ...]) -> tuple[Place, ...]:
    """Where the containers of these engines are listed, all places where none is named. Raises UsageError for an
    unknown one."""
    for name in engines:
        if name not in _NAMES:
            raise UsageError(f"--engine {name[:40]}: expected one or more of: {', '.join(ENGINES)}")
    wanted = {place for name in engines for place in _NAMES[name]}
    return tuple(one for one in PLACES if not engines or one in wanted)
