"""Where a name without a prefix is looked for: one place after the other, until one has the image."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import structs

from lading.image.containerd_store import databases
from lading.image.containers_storage import place_named, storage_files, store_roots
from lading.image.opened import Opened
from lading.image.resolve import OfferedError
from lading.image.source import NotHereError, Request, Source
from lading.image.sources.registry import DEFAULT, PLACES, find_source
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, ImageError, LadingError, NetError, SafeIOError, UsageError
from lading.net.engines import EngineAddress, EngineHosts, docker_address, podman_address, ssh_hosts

_ADDRESS = {"docker": docker_address, "podman": podman_address}
_FILES: Final[dict[str, Callable[[EngineHosts], tuple[Path, ...]]]] = {
    "containers-storage": storage_files,
    "containerd": lambda engines: databases(engines.containerd_roots),
}
"""Places that are read from files, by where those may be."""


def places_of(names: tuple[str, ...]) -> tuple[Source, ...]:
    """The places of these names in this order, all of them where there are none. Raises UsageError for an unknown
    one."""
    unknown = [name for name in names if name not in PLACES]
    if unknown:
        raise UsageError(f"--from {unknown[0]}: expected one or more of: {', '.join(PLACES)}")
    return tuple(PLACES[name] for name in names) or tuple(PLACES.values())


def engine_addresses(reference: str, names: tuple[str, ...], engines: EngineHosts) -> tuple[EngineAddress, ...] | None:
    """Where the engines listen that are asked for an image; None for one that a registry may be asked for too. Raises
    UsageError and NetError for what names no source or engine."""
    source, _ = find_source(reference)
    asked = (source,) if source is not None else places_of(names)
    if not all(one.id in _ADDRESS or one.id in _FILES for one in asked):
        return None
    found = (_ADDRESS[one.id](engines) for one in asked if one.id in _ADDRESS)
    return tuple(one for one in found if one is not None)


def engine_address(engine: str, engines: EngineHosts) -> EngineAddress | None:
    """Where an engine listens; None where it does not. Raises UsageError for what is no engine, and NetError."""
    find = _ADDRESS.get(engine)
    if find is None:
        raise UsageError(f"--engine {engine}: expected one of: {', '.join(_ADDRESS)}")
    return find(engines)


def ssh_engines(reference: str, names: tuple[str, ...], engines: EngineHosts) -> tuple[str, ...]:
    """The addresses of engines behind ssh that are asked for an image. Raises UsageError for what names no source."""
    source, _ = find_source(reference)
    asked = {one.id for one in ((source,) if source is not None else places_of(names))}
    return tuple(sorted({host for engine, host in ssh_hosts(engines).items() if engine in asked}))


def engine_files(reference: str, names: tuple[str, ...], engines: EngineHosts) -> tuple[Path, ...]:
    """Where the places that are asked for an image keep it in files. Raises UsageError for what names no source,
    ImageError and FormatError for places that cannot be read."""
    source, text = find_source(reference)
    asked = (source,) if source is not None else places_of(names)
    found = [path for one in asked if one.id in _FILES for path in _FILES[one.id](engines)]
    named, _ = place_named(text) if source is not None and source.id in _FILES else ("", text)
    return (*found, Path(named)) if named else tuple(found)


def open_named(request: Request) -> Opened:
    """The image of a name from the first place that has it. An engine that cannot be asked is told of in the result,
    and so is what the others say when none has the image. Raises ImageError, SafeIOError, NetError."""
    said: list[tuple[str, LadingError]] = []
    for place in _asked(request):
        try:
            opened = place.open(request)
        except OfferedError:
            raise
        except (ImageError, SafeIOError, NetError) as error:
            said.append((place.id, error))
        else:
            diagnostics = (*opened.diagnostics, *_not_asked(said))
            return structs.replace(opened, diagnostics=diagnostics)
    raise _given_up(request.text, said)


def _asked(request: Request) -> list[Source]:
    """The places that are there: an engine that is not running is nobody's mistake, unless it is named."""
    places, engines = places_of(request.options.places), request.options.network.engines
    return [one for one in places if request.options.places or one is DEFAULT or _is_there(one, engines)]


def _is_there(place: Source, engines: EngineHosts) -> bool:
    try:
        if place.id == "containers-storage":
            return bool(store_roots(engines))
        if place.id == "containerd":
            return bool(databases(engines.containerd_roots))
        return _ADDRESS[place.id](engines) is not None
    except (NetError, ImageError, FormatError):
        return True


def _not_asked(said: list[tuple[str, LadingError]]) -> list[Diagnostic]:
    return [
        diagnostic("place-not-asked", f"{name} could not be asked for the image: {error}", name)
        for name, error in said
        if not isinstance(error, NotHereError)
    ]


def _given_up(name: str, said: list[tuple[str, LadingError]]) -> LadingError:
    """What every place said, in one line; as the last one says it where it was the only one."""
    last = said[-1][1]
    if len(said) == 1:
        return last
    text = "; ".join(f"{place}: {str(error).removeprefix(f'{name}: ')}" for place, error in said)
    message = f"{name}: found in none of {len(said)} places (--from chooses them): {text}"
    return NetError(message, last.status) if isinstance(last, NetError) else ImageError(message)
