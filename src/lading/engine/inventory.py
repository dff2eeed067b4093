"""The first half of the pipeline: from an opened image to its inventory."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs
from msgspec.msgpack import Decoder, encode

from lading import __version__
from lading.engine.cache import Cache
from lading.engine.cancellation import Cancellation
from lading.engine.layer_cache import LayerCache, versions_of
from lading.engine.layers import Ask, LayerReader, not_written
from lading.inventory.assemble import assemble
from lading.inventory.catalogers.registry import Group, Readers, readers_for
from lading.inventory.facts import SCHEMA, LayerFacts
from lading.inventory.seen import Squashed, differences_of
from lading.inventory.squash import Engine, squash
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import EngineError, SafeIOError
from lading.model.package import Inventory, Scope
from lading.model.ports import OpenedImage, Progress
from lading.safeio.limits import Limits

_MOST_ROUNDS = 5
_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")


class Wanted(Struct, frozen=True):
    """What to list. `lock_files` says whether lock files and manifests count, which describe what need not be
    installed; by default they do in a directory that is no root filesystem."""

    scope: Scope = "squashed"
    lock_files: bool = False


def take_inventory(
    opened: OpenedImage,
    *,
    cache: Path | None,
    cache_key: bytes | None = None,
    limits: Limits,
    progress: Progress,
    wanted: Wanted | None = None,
    cancellation: Cancellation | None = None,
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """What is in the image, and what could not be read. `cache` is the cache's directory, None for none; `cache_key`
    authenticates its entries, None stands for the key that lies beside it.

    Raises ImageError when a layer is damaged, NetError when it cannot be fetched, EngineError when `cancellation` ends
    the scan.
    """
    wanted = wanted or Wanted()
    readers = readers_for(declared=wanted.lock_files or _is_project(opened.root))
    remarks: list[Diagnostic] = []
    kept = None if cache is None or opened.root else _open_cache(cache, cache_key, remarks)
    layers = None if kept is None else LayerCache(kept, readers.groups, limits)
    reader = LayerReader(opened, readers.groups, layers, limits, progress, (cancellation or Cancellation()).check)
    variables = opened.clues.environment
    key = _image_key(reader, readers.groups, limits, wanted.scope, variables)
    taken = _get(kept, key)
    if taken is None:
        taken, complete = _take(reader, readers, wanted.scope, variables)
        if kept is not None and complete and not reader.remarks:
            _put(kept, key, taken, remarks)
    remarks += [*reader.remarks, *_foreign(kept)]
    return taken.inventory, tuple(sorted({*opened.diagnostics, *remarks, *taken.diagnostics}))


class _Taken(Struct, frozen=True, array_like=True):
    """An inventory as it is kept for an image that is met again."""

    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]


_decode_taken = Decoder(_Taken).decode


def _take(reader: LayerReader, readers: Readers, scope: Scope, variables: Sequence[str]) -> tuple[_Taken, bool]:
    """The inventory, and whether every layer was read to its end."""
    facts = reader.read({index: Ask() for index in reader.indexes})
    complete = all(layer.structure.complete for layer in facts.values())
    unpacked = _unpack(reader, facts, readers, "in place")
    inventory, remarks = assemble(unpacked.squashed, readers.catalogers, scope, variables)
    remarks = (*unpacked.remarks, *remarks)
    if unpacked.squashed.disputed:
        overlaid = _unpack(reader, facts, readers, "overlay")
        remarks += _disagreement(differences_of(unpacked.squashed, overlaid.squashed))
    return _Taken(inventory, remarks), complete


class _Unpacked(Struct, frozen=True):
    """What an engine makes of the layers, and what has to be said of them."""

    squashed: Squashed
    remarks: tuple[Diagnostic, ...]


def _unpack(reader: LayerReader, plain: Mapping[int, LayerFacts], readers: Readers, engine: Engine) -> _Unpacked:
    """Squashes the layers, and reads those again of which more has to be known. `plain` are their facts as such."""
    facts = dict(plain)
    asks: dict[int, Ask] = {}
    for _ in range(_MOST_ROUNDS):
        squashed = squash(facts, readers.router, engine)
        again = asked(asks, squashed)
        if not again:
            return _Unpacked(squashed, tuple(_layer_remarks(facts)))
        asks |= again
        facts |= reader.read(again)
    message = (
        f"links of layers through those of others were followed {_MOST_ROUNDS} times; files behind more are missing"
    )
    return _Unpacked(squashed, (*_layer_remarks(facts), diagnostic("too-many-links", message)))


def asked(asks: Mapping[int, Ask], squashed: Squashed) -> dict[int, Ask]:
    """The layers that a squash asks to be read in a way in which they were not, with what is asked."""
    again = {}
    for index in sorted(squashed.detours.keys() | squashed.below.keys()):
        known = asks.get(index, Ask())
        detours = known.detours | squashed.detours.get(index, {})
        ask = Ask(detours, squashed.below.get(index, known.below))
        if ask != known:
            again[index] = ask
    return again


def _disagreement(paths: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What has to be said when container engines see something else at these paths."""
    if not paths:
        return ()
    count = "one file" if len(paths) == 1 else f"{len(paths):,} files"
    message = (
        f"container engines disagree about {count}, because a layer speaks of more than itself: what is listed is what "
        "they see that unpack layers over one another; those that unpack each by itself see something else"
    )
    return (diagnostic("engines-disagree", message, paths[0]),)


def _is_project(root: str) -> bool:
    """Whether a directory is a project rather than a root filesystem."""
    return bool(root) and not any(
        (Path(root) / path).is_symlink() or (Path(root) / path).exists() for path in _OS_RELEASE
    )


def _layer_remarks(facts: Mapping[int, LayerFacts]) -> list[Diagnostic]:
    remarks = []
    for index, layer in facts.items():
        for one in layer.structure.diagnostics:
            where = f"layer {index}: {one.where}" if one.where else f"layer {index}"
            remarks.append(structs.replace(one, where=where))
    return remarks


def _image_key(
    reader: LayerReader, groups: Sequence[Group], limits: Limits, scope: Scope, variables: Sequence[str]
) -> str:
    """What names the inventory of the whole image in the cache; "" when it must not be kept."""
    contents = reader.content_keys()
    if contents is None:
        return ""
    read_by = f"{__version__};{SCHEMA};{versions_of(groups)};file={limits.file};spool={limits.spool}"
    return "\0".join(["image", read_by, scope, *contents, *variables])


def _open_cache(directory: Path, key: bytes | None, remarks: list[Diagnostic]) -> Cache | None:
    try:
        return Cache(directory, key)
    except EngineError as error:
        remarks.append(diagnostic("cache-not-used", f"{error}; the scan went on without it"))
        return None


def _get(cache: Cache | None, key: str) -> _Taken | None:
    data = cache.get(key) if cache is not None and key else None
    try:
        return None if data is None else _decode_taken(data)
    except msgspec.DecodeError:
        return None


def _put(cache: Cache, key: str, taken: _Taken, remarks: list[Diagnostic]) -> None:
    try:
        if key:
            cache.put(key, encode(taken))
        cache.tidy()
    except (EngineError, SafeIOError) as error:
        remarks.append(not_written(error))


def _foreign(cache: Cache | None) -> Iterator[Diagnostic]:
    if cache is not None and cache.foreign:
        count = "1 cache entry" if cache.foreign == 1 else f"{cache.foreign:,} cache entries"
        were = "was" if cache.foreign == 1 else "were"
        yield diagnostic("cache-of-another-key", f"{count} of another key or user {were} ignored")
