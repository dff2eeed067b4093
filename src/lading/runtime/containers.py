"""Which containers run on this host, by every engine that can be asked."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.image.places import engine_address
from lading.model.errors import UsageError
from lading.model.runtime import EngineName
from lading.runtime.engine_api import EngineContainer, list_running

ENGINES: Final[tuple[EngineName, ...]] = ("docker", "podman")


class Listed(Struct, frozen=True):
    """The containers that one engine runs; `is_there` is off where nothing of the engine is on this host."""

    engine: EngineName
    containers: tuple[EngineContainer, ...] = ()
    is_there: bool = True


def list_containers(engine: EngineName, options: ScanOptions, environment: Environment) -> Listed:
    """The containers that an engine runs. Raises LadingError where it is there and cannot be asked."""
    return _LISTERS[engine](engine, options, environment)


def _by_api(engine: EngineName, options: ScanOptions, environment: Environment) -> Listed:
    address = engine_address(engine, environment.network.engines)
    if address is None:
        return Listed(engine, is_there=False)
    return Listed(engine, list_running(engine, address, options.timeout))


_LISTERS: Final[dict[EngineName, Callable[[EngineName, ScanOptions, Environment], Listed]]] = {
    "docker": _by_api,
    "podman": _by_api,
}


def parse_engines(names: tuple[str, ...]) -> tuple[EngineName, ...]:
    """The engines of these names, all of them where there are none. Raises UsageError for an unknown one."""
    for name in names:
        if name not in ENGINES:
            raise UsageError(f"--engine {name[:40]}: expected one or more of: {', '.join(ENGINES)}")
    return tuple(one for one in ENGINES if not names or one in names)
