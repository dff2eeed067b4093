"""The first half of the pipeline: from an opened image to its inventory.

Layers are read in parallel threads (inflating and hashing release the interpreter's lock), the largest first; layers
whose facts are cached are not read at all.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from lading import __version__
from lading.engine.cache import ContentCache, Value
from lading.inventory.assemble import assemble
from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.catalogers.registry import catalogers_for
from lading.inventory.environment import with_environment
from lading.inventory.facts import SCHEMA, LayerFacts
from lading.inventory.layer import read_layer
from lading.inventory.rootfs import read_root
from lading.inventory.router import Router
from lading.inventory.squash import Squashed, squash
from lading.model.diagnostic import Diagnostic
from lading.model.errors import EngineError, ImageError, SafeIOError
from lading.model.package import Inventory, Scope
from lading.model.ports import ByteStream, LayerSource, OpenedImage, Progress
from lading.safeio.inflate import compression, open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionInput, RegionStream
from lading.safeio.tar import StreamInput
from lading.safeio.verify import VerifiedStream

if TYPE_CHECKING:
    from concurrent.futures import Future

_MOST_ROUNDS = 5
_MOST_WORKERS = 8
_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")

Detours = Mapping[str, str]


class Wanted(Struct, frozen=True):
    """What to list. `lock_files` says whether lock files and manifests count, which describe what need not be
    installed; by default they do in a directory that is no root filesystem."""

    scope: Scope = "squashed"
    lock_files: bool = False


def take_inventory(
    opened: OpenedImage, *, cache: Path | None, limits: Limits, progress: Progress, wanted: Wanted | None = None
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """What is in the image, and what could not be read. `cache` is the layer cache's directory, None for none.

    Raises ImageError when a layer is damaged, NetError when it cannot be fetched.
    """
    wanted = wanted or Wanted()
    catalogers = catalogers_for(declared=wanted.lock_files or _is_project(opened.root))
    reader = _Reader(opened, cache, limits, progress, catalogers)
    whole = ContentCache(cache, _Taken)
    key = reader.image_key(wanted.scope)
    taken = whole.get(key)
    if taken is None:
        taken, complete = _take(reader, catalogers, wanted.scope)
        if complete and not reader.remarks:
            reader.keep(whole, key, taken)
    inventory, remarks = with_environment(taken.inventory, opened.clues.environment)
    return inventory, tuple(sorted({*reader.remarks, *taken.diagnostics, *remarks}))


class _Taken(Struct, frozen=True, array_like=True):
    """An inventory as it is kept for an image that is met again."""

    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]


def _take(reader: "_Reader", catalogers: Sequence[Cataloger], scope: Scope) -> tuple[_Taken, bool]:
    """The inventory, and whether every layer was read to its end."""
    detours: dict[int, dict[str, str]] = {}
    facts = reader.read({index: {} for index in reader.indexes})
    router = Router(catalogers)
    for _ in range(_MOST_ROUNDS):
        squashed = squash(facts, router)
        again = _merge(detours, squashed)
        if not again:
            break
        facts |= reader.read({index: detours[index] for index in again})
    inventory, remarks = assemble(squashed, catalogers, scope)
    return _Taken(inventory, (*_layer_remarks(facts), *remarks)), all(
        layer.structure.complete for layer in facts.values()
    )


def _is_project(root: str) -> bool:
    """Whether a directory is a project rather than a root filesystem."""
    return bool(root) and not any(
        (Path(root) / path).is_symlink() or (Path(root) / path).exists() for path in _OS_RELEASE
    )


class _Reader:
    """Reads layers, from the cache or from the image."""

    def __init__(
        self,
        opened: OpenedImage,
        cache: Path | None,
        limits: Limits,
        progress: Progress,
        catalogers: Sequence[Cataloger],
    ) -> None:
        self._opened = opened
        self._sources = {source.layer.index: source for source in opened.layers}
        self._cache = ContentCache(cache, LayerFacts)
        self._limits = limits
        self._progress = progress
        self._catalogers = catalogers
        self._cancelled = threading.Event()
        self.remarks: list[Diagnostic] = []

    @property
    def indexes(self) -> Sequence[int]:
        """The layers, lowest first; a root filesystem counts as layer 1."""
        return [1] if self._opened.root else sorted(self._sources)

    def read(self, wanted: Mapping[int, Detours]) -> dict[int, LayerFacts]:
        """The facts of these layers, each with its detours."""
        if self._opened.root:
            root = self._opened.root
            router = Router(self._catalogers, wanted[1])
            return {1: read_root(root, router, self._limits, self._check)}
        held = {index: self._cache.get(self._key(index, wanted[index])) for index in wanted}
        missing = {index: wanted[index] for index, facts in held.items() if facts is None}
        found = {index: facts for index, facts in held.items() if facts is not None}
        return found | (self._read_missing(missing) if missing else {})

    def _read_missing(self, missing: Mapping[int, Detours]) -> dict[int, LayerFacts]:
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        order = sorted(missing, key=self._rank)
        with ThreadPoolExecutor(self._workers(order), thread_name_prefix="layer") as pool:
            futures = {index: pool.submit(self._read_one, index, missing[index]) for index in order}
            try:
                wait(futures.values(), return_when=FIRST_EXCEPTION)
                _raise_first(futures)
            except BaseException:
                self._cancelled.set()
                self._opened.close()  # ends reads that wait for a server
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {index: future.result() for index, future in futures.items()}

    def _workers(self, indexes: Sequence[int]) -> int:
        """One where layers come one after the other, or need only be walked: threads help to inflate and to hash."""
        if self._opened.sequential or all(self._sources[index].region for index in indexes):
            return 1
        return min(len(indexes), max(2, len(os.sched_getaffinity(0))), _MOST_WORKERS)

    def _rank(self, index: int) -> int:
        """Largest first, so that no thread ends alone with the largest; in the archive's order when it must be."""
        source = self._sources[index]
        if self._opened.sequential:
            return int(getattr(source, "order", index))
        return -source.layer.size

    def _read_one(self, index: int, detours: Detours) -> LayerFacts:
        source = self._sources[index]
        key = f"layer {index}"
        self._progress.start(key, f"{key} of {len(self._sources)}", source.layer.size)
        try:
            facts = self._pass(source, Router(self._catalogers, detours))
        except SafeIOError as error:
            raise ImageError(f"{self._opened.image.name}: {error}") from error
        finally:
            self._progress.finish(key)
        if facts.structure.complete:
            self.keep(self._cache, self._key(index, detours), facts)
        return facts

    def _pass(self, source: LayerSource, router: Router) -> LayerFacts:
        layer = source.layer
        where = f"layer {layer.index} ({(layer.digest or layer.diff_id)[:19]})"
        region = source.region
        if region is not None:
            stream = RegionStream(region)
            head = stream.read(4)
            stream.close()
            if compression(head) is None:
                seeking = RegionInput(region)
                try:
                    return read_layer(seeking, router, self._limits, where, self._check)
                finally:
                    seeking.close()
        opened = source.open()
        try:
            watched = _Watched(
                opened, self._check, lambda amount: self._progress.advance(f"layer {layer.index}", amount)
            )
            inflated = open_inflated(watched, where, self._limits)
            if layer.diff_id and layer.diff_id != layer.digest:
                inflated = VerifiedStream(inflated, layer.diff_id, -1, f"{where} uncompressed")
            tar_input = StreamInput(inflated, where)
            facts = read_layer(tar_input, router, self._limits, where, self._check)
            if facts.structure.complete:
                tar_input.drain()
            return facts
        finally:
            opened.close()

    def keep(self, cache: ContentCache[Value], key: str, value: Value) -> None:
        """Puts a value into a cache; that it cannot be written is a remark."""
        try:
            cache.put(key, value)
        except SafeIOError as error:
            self.remarks.append(Diagnostic("warning", "cache-not-written", f"{error}; the scan went on without it"))

    def image_key(self, scope: Scope) -> str:
        """What names the inventory of the whole image in the cache; "" when it must not be kept."""
        keys = [self._key(index, {}) for index in self.indexes] if self._sources else [""]
        return "\0\0".join([f"{__version__};{scope}", *keys]) if all(keys) else ""

    def _key(self, index: int, detours: Detours) -> str:
        content = self._sources[index].cache_key
        if not content:
            return ""
        return "\0".join([self._readers, content, *map(str, sorted(detours.items()))])

    @cached_property
    def _readers(self) -> str:
        """What of this program and its options decides what is found in a layer."""
        catalogers = ",".join(f"{cataloger.name}={cataloger.version}" for cataloger in self._catalogers)
        return f"{SCHEMA};{catalogers};file={self._limits.file};spool={self._limits.spool}"

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise EngineError("interrupted")


class _Watched:
    """A stream that tells its progress and stops when the scan is cancelled."""

    def __init__(self, stream: ByteStream, check: Callable[[], None], advance: Callable[[int], None]) -> None:
        self._read = stream.read
        self._check = check
        self._advance = advance
        self.close = stream.close

    def read(self, size: int, /) -> bytes:
        self._check()
        data = self._read(size)
        self._advance(len(data))
        return data


def _raise_first(futures: Mapping[int, "Future[LayerFacts]"]) -> None:
    for index in sorted(futures):
        future = futures[index]
        error = future.exception() if future.done() and not future.cancelled() else None
        if error is not None:
            raise error


def _merge(detours: dict[int, dict[str, str]], squashed: Squashed) -> list[int]:
    """Adds the detours a squash asks for; gives the layers for which there are new ones."""
    again = []
    for index, paths in squashed.detours.items():
        known = detours.setdefault(index, {})
        if not paths.items() <= known.items():
            known |= paths
            again.append(index)
    return again


def _layer_remarks(facts: Mapping[int, LayerFacts]) -> list[Diagnostic]:
    remarks = []
    for index, layer in facts.items():
        for one in layer.structure.diagnostics:
            where = f"layer {index}: {one.where}" if one.where else f"layer {index}"
            remarks.append(structs.replace(one, where=where))
    return remarks
