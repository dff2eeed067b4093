"""Inventories of whole images in the cache, by the content of all their layers."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.msgpack import Decoder, encode

import lading
from lading.engine.cache import Cache
from lading.model.checks import SeenFile
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import EngineError, SafeIOError
from lading.model.image import Image
from lading.model.package import Inventory, Scope
from lading.model.ports import LayerSource, OpenedImage
from lading.safeio.limits import Limits

_READING, _CHECKING = "inventory", "checks"
"""The rooms that an inventory is made by, and what checks see. What they call changes with the version alone."""


class Taken(Struct, frozen=True, array_like=True):
    """An inventory as it is kept for an image that is met again, and what the readers of checks saw."""

    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]
    seen: dict[str, tuple[SeenFile, ...]] = {}


_decode = Decoder(Taken).decode


def image_key(opened: OpenedImage, limits: Limits, scope: Scope, *, declared: bool, checks: Sequence[str] = ()) -> str:
    """What names the inventory of a whole image in the cache, "" when it must not be kept: who reads, what, and how."""
    contents = _contents(opened)
    read_by = _read_by(_READING)
    if contents is None or not read_by:
        return ""
    if checks:
        read_by = f"{read_by} {','.join(checks)} {_read_by(_CHECKING)}"
    how = f"declared={declared};file={limits.file};spool={limits.spool}"
    config = opened.clues.config
    runs = () if config is None else (config.entrypoint, config.command)  # from which package caches count
    return "\0".join(["image", read_by, how, scope, *contents, repr((opened.clues.environment, *runs))])


def content_key(source: LayerSource, image: Image) -> str:
    """What names the content of a layer of an image, and says what it was checked against; "" when its facts must not
    be kept.

    Facts are kept under the digest of the blob that was read, so that an image which states the diff ID of another's
    layer neither finds facts nor leaves any. The diff ID stands in the key where the content was held against it, and
    where the blob has no digest its file's identity too.
    """
    if not source.cache_key:
        return ""
    blob = f"verified, blob {source.layer.digest}"
    return f"{blob}, diff ID {source.cache_key}" if image.goes_by_diff_id(source.layer.index) else blob


def get_image(kept: Cache, key: str) -> Taken | None:
    """What is kept, None when nothing is."""
    data = kept.get(key) if key else None
    try:
        return None if data is None else _decode(data)
    except msgspec.DecodeError:
        return None


def put_image(kept: Cache, key: str, taken: Taken) -> Iterator[Diagnostic]:
    """Keeps an inventory, and cuts the cache to its size; that it cannot be written is a remark."""
    try:
        if key:
            kept.put(key, encode(taken))
        kept.tidy()
    except (EngineError, SafeIOError) as error:
        yield not_written(error)


def not_written(error: Exception) -> Diagnostic:
    """The remark about a cache that cannot be written."""
    return diagnostic("cache-not-written", f"{error}; the scan went on without it")


def _contents(opened: OpenedImage) -> Sequence[str] | None:
    """What names the content of every layer, lowest first; None when some must not be kept."""
    layers = sorted(opened.layers, key=lambda source: source.layer.index)
    keys = [content_key(source, opened.image) for source in layers]
    return keys if keys and all(keys) else None


@cache
def _read_by(room: str) -> str:
    """A digest of the code that reads images, "" where that has no files. The versions of readers would do, but to ask
    them all of them would have to be loaded."""
    root = Path(lading.__file__).parent
    digest = hashlib.sha256()
    files = sorted(path for path in (root / room).rglob("*") if path.suffix in (".json", ".py", ".yar"))
    for path in files:
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(data)}\0".encode() + data)
    return f"{lading.__version__} {digest.hexdigest()}" if files else ""
