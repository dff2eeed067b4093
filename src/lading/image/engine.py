"""Images that a container engine has, read from its socket as it exports them. Nothing is written on the way."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import structs

from lading.image.blobs import Blobs
from lading.image.config import Config, StatedSettings, clues_of, image_layers, stated_config
from lading.image.layout_index import blob_name, read_index
from lading.image.local_attached import LocalAttachments
from lading.image.manifest import Descriptor, check_digest
from lading.image.opened import LayerBlob, Opened, with_attachments
from lading.image.resolve import Resolver, check_platform
from lading.image.source import NotHereError, Request
from lading.model.errors import ImageError
from lading.model.image import Image, Layer, Platform, Step
from lading.model.ports import ByteStream
from lading.safeio.verify import is_digest

if TYPE_CHECKING:
    from lading.image.engine_client import EngineClient, Inspected, PastStep
    from lading.image.engine_export import Export
    from lading.net.engines import EngineAddress, EngineHosts

_NOP: Final = "/bin/sh -c #(nop) "
_NO_LAYER: Final = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL"}
    | {"STOPSIGNAL", "USER", "VOLUME"}
)
"""Instructions that never make a layer."""


def open_engine(engine: str, find: "Callable[[EngineHosts], EngineAddress | None]", request: Request) -> Opened:
    """The image that an engine has by a name or ID. Raises NotHereError, ImageError, SafeIOError, NetError."""
    from lading.image.engine_client import EngineClient

    address = find(request.options.network.engines)
    if address is None:
        raise NotHereError(f"{request.text}: {engine} is not running here: there is none of its sockets")
    client = EngineClient(engine, address, request.text, request.options.timeout)
    try:
        found, is_podman = client.inspect()
        if found.keeps_manifests:
            return _open_layout(engine, client, request, found)
        return _open_export(engine, client, request, found, found.history if is_podman else client.history())
    except BaseException:
        client.close()
        raise


def _open_layout(engine: str, client: "EngineClient", request: Request, found: "Inspected") -> Opened:
    """An image whose manifest the engine has: it exports the layout, whose documents may come last, so that it is
    asked for twice."""
    from lading.image.engine_platforms import platform_to_name
    from lading.image.store import ForwardStore

    children = client.children() if found.is_index else ()
    whole = bool(found.architecture)
    platform = platform_to_name(children, request.wanted, engine, request.text, whole=whole)
    store = ForwardStore(client.where, partial(client.export, platform), client.close)
    entries = read_index(store, client.where)
    blobs = Blobs(store, client.where, blob_name)
    serving = Resolver(blobs, request.wanted, request.text).resolve_one_of(entries)
    opened = blobs.open(request.text, engine, serving.found)
    attachments = LocalAttachments(blobs, serving.found.digest, serving.entry, entries)
    return with_attachments(opened, attachments)


def _open_export(
    engine: str, client: "EngineClient", request: Request, found: "Inspected", steps: "Sequence[PastStep]"
) -> Opened:
    """An image of which the engine has the configuration, whose digest is its ID, and unpacked layers."""
    from lading.image.engine_export import Export

    image_id, diff_ids = _checked(client, found)
    export = Export(client, image_id, diff_ids)
    history = _history(steps, len(diff_ids))
    config = _config(found, diff_ids, history or (), tuple(steps))
    check_platform(request.wanted, config.platform, request.text)
    opened = _opened(engine, export, image_id, config, request.text, client.close)
    if history is not None:
        return opened

    def settle() -> Opened:
        exported = export.config()
        told = structs.replace(config, history=exported.history, stated=exported.stated)
        return _opened(engine, export, image_id, told, request.text, client.close)

    return structs.replace(opened, late=settle)


def _opened(
    engine: str, export: "Export", image_id: str, config: Config, name: str, close: Callable[[], None]
) -> Opened:
    layers = image_layers(config, (Descriptor("", 0),) * len(config.diff_ids), name)
    image = Image(name, engine, "", image_id, config.platform, layers, config.created, user=config.user)
    blobs = tuple(LayerBlob(layer, _key(layer), partial(_open_one, export, layer)) for layer in layers)
    return Opened(image, blobs, close, sequential=True, clues=clues_of(config, {}), arrivals=export.layers)


def _checked(client: "EngineClient", found: "Inspected") -> tuple[str, tuple[str, ...]]:
    """The image ID and the diff IDs of the layers. Raises ImageError."""
    image_id = found.id if ":" in found.id else f"sha256:{found.id}"
    if not is_digest(image_id):
        raise ImageError(f"{client.where}: the engine says no ID of it that is a digest")
    diff_ids = found.root_fs.layers if found.root_fs else ()
    for diff_id in diff_ids:
        check_digest(diff_id, client.where)
    return image_id, diff_ids


def _key(layer: Layer) -> str:
    """What names a layer in the cache. An engine has checked the diff ID of what it unpacked, so that its layers are
    the same in all of its images; elsewhere nobody has."""
    return f"{layer.diff_id}, engine"


def _config(
    found: "Inspected", diff_ids: tuple[str, ...], history: tuple[Step, ...], steps: tuple["PastStep", ...]
) -> Config:
    """The configuration as far as an engine tells of it."""
    platform = Platform(found.os or "linux", found.architecture, found.variant) if found.architecture else None
    told = found.config or StatedSettings()
    made = history or tuple(_step(one, has_layer=not one.empty_layer) for one in steps)
    stated = stated_config(told, made, layered=bool(history) or not steps)
    return Config(platform, diff_ids, history, found.created, stated.environment, stated.user, stated)


def _history(steps: "Sequence[PastStep]", layers: int) -> tuple[Step, ...] | None:
    """The steps, with which of them made a layer; none where these cannot be. Docker tells the sizes alone, and a layer
    may be empty but for names of files that it removes: where that leaves a choice, None."""
    if not sum(step.size > 0 for step in steps) <= layers <= len(steps):
        return ()
    told = [_step(one, has_layer=not one.empty_layer) for one in steps]
    if sum(step.has_layer for step in told) == layers:
        return tuple(told)
    may = [_step(one, has_layer=one.size > 0 or not _is_setting(one)) for one in steps]
    must = [_step(one, has_layer=one.size > 0) for one in steps]
    return next((tuple(one) for one in (must, may) if sum(step.has_layer for step in one) == layers), None)


def _step(past: "PastStep", *, has_layer: bool) -> Step:
    return Step(past.created_by or past.createdby, has_layer, past.comment)


def _is_setting(past: "PastStep") -> bool:
    words = (past.created_by or past.createdby).removeprefix(_NOP).split(maxsplit=1)
    return bool(words) and words[0] in _NO_LAYER


def _open_one(export: "Export", layer: Layer) -> ByteStream:
    arriving = export.layers({layer.diff_id})
    _, stream = next(arriving)
    return _Alone(arriving, stream)


class _Alone:
    """A layer that is read without the others; at its end the rest of the export is read and checked."""

    def __init__(self, arriving: object, stream: ByteStream) -> None:
        self._arriving = arriving
        self.read = stream.read

    def close(self) -> None:
        self._arriving.close()  # type: ignore[attr-defined]
