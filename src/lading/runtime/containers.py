"""Which containers run on this host, by every engine that can be asked."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.image.places import engine_address
from lading.model.errors import UsageError
from lading.model.runtime import EngineName
from lading.runtime.concerns import concerns_of
from lading.runtime.engine_api import EngineContainer, list_running

ENGINES: Final[tuple[EngineName, ...]] = ("docker", "podman")


class Listed(Struct, frozen=True):
    """The containers that one engine runs; `is_there` is off where nothing of the engine is on this host."""

    engine: EngineName
    containers: tuple[EngineContainer, ...] = ()
    is_there: bool = True


def list_containers(engine: EngineName, options: ScanOptions, environment: Environment) -> Listed:
    """The containers that an engine runs. Raises LadingError where it is there and cannot be asked."""
    found = _LISTERS[engine](engine, options, environment)
    return structs.replace(found, containers=tuple(map(_with_concerns, found.containers)))


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


def _with_concerns(one: EngineContainer) -> EngineContainer:
    concerns = concerns_of(one.container)
    return structs.replace(one, container=structs.replace(one.container, concerns=concerns))
