"""Layers to facts: from the cache, or by reading them.

Layers are read in parallel threads, the largest first. Each is inflated and hashed by another thread (by two, where
layers come one after the other) ahead of the one that walks it: inflating and hashing release the interpreter's lock.
Layers whose facts are cached are not read at all, and where some groups of readers have newer versions, for those
alone. Where a front door has helpers for it, processes share the layers of a large image.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from lading.engine.image_cache import content_key, not_written
from lading.engine.layer_cache import Held, LayerCache
from lading.engine.together import MOST_TOGETHER, Outcome, read_together
from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.catalogers.registry import Group
from lading.inventory.facts import LayerFacts
from lading.inventory.layer import read_layer
from lading.inventory.rootfs import read_root
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.errors import EngineError, ImageError, NetError, SafeIOError
from lading.model.ports import Arrivals, ByteStream, Helpers, LayerSource, OpenedImage, Progress
from lading.safeio.content import Room
from lading.safeio.inflate import is_inflated, open_inflated
from lading.safeio.limits import Limits, Work, WorkPool
from lading.safeio.processors import count_processors
from lading.safeio.read_ahead import ReadAhead, Tally
from lading.safeio.tar import StreamInput
from lading.safeio.verify import VerifiedStream

if TYPE_CHECKING:
    from concurrent.futures import Future

    from lading.model.ports import LayerParts

_MOST_WORKERS = 8
_ROOM = 64 * 1024 * 1024
"""Bytes of large files that all threads of a process may have in memory."""
_WORTH_HELP = 32 * 1024 * 1024
"""Compressed bytes from which processes share what is to be read: to start one costs time and memory."""
_INFLATES = 10
"""By how much honest layers inflate at most."""
_BYTES_A_STEP = 600
"""How many bytes are inflated and hashed in a step (see Work)."""


class Ask(Struct, frozen=True):
    """How to read a layer: with which detours (see Router), over which links of lower layers."""

    detours: dict[str, str] = {}
    below: dict[str, str] = {}


class _Task(Struct, frozen=True):
    """A layer to read: all of it, or for the groups that `held` lacks."""

    index: int
    ask: Ask
    held: Held | None


class LayerReader:
    """Gives the facts of an image's layers. `cache` None keeps nothing; `ask` is called now and then, and raises when
    the scan is to end; `helpers` None reads all layers in this process."""

    def __init__(
        self,
        opened: OpenedImage,
        groups: Sequence[Group],
        cache: LayerCache | None,
        limits: Limits,
        progress: Progress,
        ask: Callable[[], None],
        helpers: Helpers | None = None,
    ) -> None:
        self._ask = ask
        self._helpers = helpers
        self._opened = opened
        self._sources = {source.layer.index: source for source in opened.layers}
        self._groups = groups
        self._cache = cache
        self._limits = limits
        self._progress = progress
        self._cancelled = threading.Event()
        self._is_alone = False
        self._routers: dict[tuple[str, ...], Router] = {}
        self._room = Room(_ROOM)
        self._allow()
        self.remarks: list[Diagnostic] = []
        """What has to be said of the cache."""
        self.by_parts: set[int] = set()
        """The layers that were read by their tables of contents."""

    def _allow(self) -> None:
        """Allows for as much work as the image may cost."""
        self._pool = WorkPool(self._limits.work, len(self._sources))
        self._work = {index: self._pool.for_layer() for index in self._sources}
        self._granted: set[int] = set()

    @property
    def indexes(self) -> Sequence[int]:
        """The layers, lowest first; a root filesystem counts as layer 1."""
        return [1] if self._opened.root else sorted(self._sources)

    def read(self, wanted: Mapping[int, Ask]) -> dict[int, LayerFacts]:
        """The facts of these layers, as each is asked for."""
        if self._opened.root:
            router = self._router(self._groups, wanted[1])
            return {1: read_root(self._opened.root, router, self._limits, self._check)}
        unpacked = {index: self._read_directory(index, ask) for index, ask in wanted.items() if self._directory(index)}
        held = {index: self._held(index, ask) for index, ask in wanted.items() if index not in unpacked}
        tasks = [_Task(index, wanted[index], one) for index, one in held.items() if one is None or one.missing]
        kept = {index: one.facts for index, one in held.items() if one is not None}
        return unpacked | kept | self._read_missing(tasks)

    def _router(self, groups: Sequence[Group], ask: Ask) -> Router:
        """The router of these groups, which is made once: it costs more than reading a small layer."""
        names = tuple(group.name for group in groups)
        if names not in self._routers:
            self._routers[names] = Router(_catalogers(groups))
        return self._routers[names].with_detours(ask.detours)

    def _directory(self, index: int) -> str:
        """Where a layer lies unpacked, empty for one that is a blob."""
        return self._opened.directories[index - 1] if self._opened.directories else ""

    def _read_directory(self, index: int, ask: Ask) -> LayerFacts:
        router, directory = self._router(self._groups, ask), self._directory(index)
        is_kernels = self._opened.kernels and index == len(self._opened.directories)
        return read_root(directory, router, self._limits, self._check, ask.below, is_layer=True, is_kernels=is_kernels)

    def _held(self, index: int, ask: Ask) -> Held | None:
        """What the cache has of a layer. Of one that is to be read in parts what was read of the whole counts if it is
        all there, else what was read so."""
        key = self._key(index, ask)
        held = self._cache.get(key) if self._cache is not None and key else None
        if self._parts(index) is None or (held is not None and not held.missing):
            return held
        key = self._key(index, ask, by_parts=True)
        held = self._cache.get(key) if self._cache is not None and key else None
        if held is not None:
            self.by_parts.add(index)
        return held

    def _parts(self, index: int) -> "LayerParts | None":
        """By what a layer is to be read in parts; None where it is not, or where checks look at every file of it."""
        if any(one.everything for group in self._groups for one in group.catalogers):
            return None
        return getattr(self._sources[index], "parts", None)

    def _read_missing(self, tasks: Sequence[_Task]) -> dict[int, LayerFacts]:
        if not tasks:
            return {}
        if self._opened.arrivals is not None:
            return self._read_arriving(tasks, self._opened.arrivals)
        order = sorted(tasks, key=lambda task: self._rank(task.index))
        if self._helpers is None or not self._helpers.many or not self._is_worth_help(order):
            return self._read_alone(order)
        return self._read_together(order, self._helpers)

    def _read_alone(self, order: Sequence[_Task]) -> dict[int, LayerFacts]:
        """Reads layers in threads of this process."""
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        workers = self._workers(order)
        self._is_alone = workers == 1
        with ThreadPoolExecutor(workers, thread_name_prefix="layer") as pool:
            futures = {task.index: pool.submit(self._read_once, task) for task in order}
            try:
                wait(futures.values(), return_when=FIRST_EXCEPTION)
                _raise_first(futures)
            except BaseException:
                self._cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {index: future.result() for index, future in futures.items()}

    def _read_together(self, order: Sequence[_Task], helpers: Helpers) -> dict[int, LayerFacts]:
        """Reads layers in this process and in helpers. Each allows for the work of the whole image, of which it knows
        only what it reads itself, so that what did not suffice is read again here."""

        def read(place: int, progress: Progress) -> Outcome:
            self._progress, self.remarks, self.by_parts = progress, [], set()
            facts = self._read_once(order[place])
            return Outcome(place, facts, tuple(self.remarks), bool(self.by_parts), self._pool.is_spent)

        progress, remarks, by_parts = self._progress, self.remarks, self.by_parts
        outcomes = read_together(len(order), read, helpers, progress, self._cancel)
        facts = {order[one.place].index: one.facts for one in outcomes}
        self._progress = progress
        self.remarks = [*remarks, *(remark for one in outcomes for remark in one.remarks)]
        self.by_parts = by_parts | {order[one.place].index for one in outcomes if one.by_parts}
        short = [task for task in order if not facts[task.index].structure.complete]
        if short and any(one.is_spent for one in outcomes):
            self._allow()
            for task in order:
                if task not in short:
                    self._pool.grant(self._sources[task.index].layer.size)
            facts |= self._read_alone(short)
        return facts

    def _is_worth_help(self, tasks: Sequence[_Task]) -> bool:
        sizes = [self._sources[task.index].layer.size for task in tasks]
        return not self._opened.sequential and 1 < len(tasks) <= MOST_TOGETHER and sum(sizes) >= _WORTH_HELP

    def _cancel(self) -> None:
        self._cancelled.set()
        self._opened.close()  # ends reads that wait for a server

    def _read_arriving(self, tasks: Sequence[_Task], arrivals: Arrivals) -> dict[int, LayerFacts]:
        """Layers that come in an order of their own. What comes once serves all layers of its diff ID; those that are
        read in another way are so when it comes again."""
        facts: dict[int, LayerFacts] = {}
        left = list(tasks)
        self._is_alone = True
        while left:
            waiting: dict[str, list[_Task]] = {}
            for task in left:
                waiting.setdefault(self._sources[task.index].layer.diff_id, []).append(task)
            for diff_id, stream in arrivals(waiting.keys()):
                first, *others = waiting[diff_id]
                facts[first.index] = self._read_one(first, stream)
                same = {task.index for task in others if task.ask == first.ask}
                facts |= dict.fromkeys(same, facts[first.index])
                left = [task for task in left if task is not first and task.index not in same]
        return facts

    def _workers(self, tasks: Sequence[_Task]) -> int:
        """One where layers come one after the other; threads help to inflate and to hash."""
        if self._opened.sequential:
            return 1
        return min(len(tasks), max(2, count_processors()), _MOST_WORKERS)

    def _rank(self, index: int) -> int:
        """Largest first, so that no thread ends alone with the largest; in the archive's order when it must be."""
        source = self._sources[index]
        if self._opened.sequential:
            return int(getattr(source, "order", index))
        return -source.layer.size

    def _read_once(self, task: _Task) -> LayerFacts:
        """The facts of a layer, which are another process's where one reads the same layer just now."""
        key = self._key(task.index, task.ask, by_parts=self._parts(task.index) is not None)
        if self._cache is None or not key or self._opened.sequential:
            return self._read_one(task)
        with self._cache.claimed(key, self._check):
            held = self._cache.get(key) or task.held
            if held is not None and not held.missing:
                return held.facts
            return self._read_one(_Task(task.index, task.ask, held))

    def _read_one(self, task: _Task, arrived: ByteStream | None = None) -> LayerFacts:
        source = self._sources[task.index]
        key = f"layer {task.index}"
        if (parts := self._parts(task.index)) is not None:
            facts = self._read_parts(task, parts)
            if facts is not None:
                return facts
            task = _Task(task.index, task.ask, None)
        groups = self._groups if task.held is None else task.held.missing
        self._progress.start(key, f"{key} of {len(self._sources)}", source.layer.size)
        try:
            facts = self._pass(source, arrived, self._router(groups, task.ask), task.ask.below)
        except SafeIOError as error:
            image = f"{self._opened.image.name}: "
            raise ImageError(f"{image}{str(error).removeprefix(image)}") from error
        finally:
            self._progress.finish(key)
        if facts.structure.complete:
            self._keep(self._key(task.index, task.ask), facts, task.held)
        return facts if task.held is None else task.held.completed(facts)

    def _read_parts(self, task: _Task, parts: "LayerParts") -> LayerFacts | None:
        """The facts of a layer by its table of contents; None where it is to be read as a whole after all."""
        from lading.engine.lazy import pass_by_parts, read_whole

        source = self._sources[task.index]
        groups = self._groups if task.held is None else task.held.missing
        router = self._router(groups, task.ask)
        self._grant(task.index)(source.layer.size)
        try:
            facts = pass_by_parts(
                source.layer, parts, router, self._limits, self._check, task.ask.below, self._work[task.index]
            )
        except (SafeIOError, NetError) as error:
            self.by_parts.discard(task.index)
            self.remarks.append(read_whole(source.layer, error))
            return None
        self.by_parts.add(task.index)
        if facts.structure.complete:
            self._keep(self._key(task.index, task.ask, by_parts=True), facts, task.held)
        return facts if task.held is None else task.held.completed(facts)

    def _pass(
        self, source: LayerSource, arrived: ByteStream | None, router: Router, below: Mapping[str, str]
    ) -> LayerFacts:
        layer = source.layer
        where = f"layer {layer.index} ({(layer.digest or layer.diff_id)[:19]})"
        grant, work = self._grant(layer.index), self._work[layer.index]

        def advance(amount: int) -> None:
            grant(amount)
            self._progress.advance(f"layer {layer.index}", amount)

        opened = arrived or source.open()
        last: ByteStream = opened
        try:
            watched = _Watched(opened, self._check)
            last = inflated = open_inflated(watched, where, self._limits)
            passed = watched.passed
            # A blob that is the tar itself has been verified as such, when its digest is the diff ID.
            by_diff_id = layer.diff_id and self._opened.image.goes_by_diff_id(layer.index)
            if by_diff_id and (layer.diff_id != layer.digest or is_inflated(inflated)):
                if self._is_alone:
                    behind = Tally()
                    last, passed = ReadAhead(last, passed, behind.add), behind.take
                last = VerifiedStream(last, layer.diff_id, -1, f"{where} uncompressed")
            last = ReadAhead(last, passed, advance)
            tar_input = StreamInput(_Counted(last, work), where, room=self._room)
            facts = read_layer(tar_input, router, self._limits, where, self._check, below, work)
            if facts.structure.complete:
                tar_input.drain()
            return facts
        finally:
            last.close()

    def _grant(self, index: int) -> Callable[[int], None]:
        """Whom to tell of a layer's bytes that arrive: only the first time they do allows for work."""
        if index in self._granted:
            return lambda size: None
        self._granted.add(index)
        grant = self._work[index].grant
        if self._opened.sequential:  # the archive is compressed, and the layers in it are not
            return lambda size: grant(size // _INFLATES)
        return grant

    def _key(self, index: int, ask: Ask, *, by_parts: bool = False) -> str:
        """What facts are kept under, "" where they must not be. Those that a table of contents gives have a key of
        their own: it may say something else than the layer."""
        content = content_key(self._sources[index], self._opened.image)
        parts = self._parts(index) if by_parts else None
        content = f"{content}, by the table of contents {parts.toc}" if content and parts is not None else content
        asked = [str(sorted(paths.items())) for paths in (ask.detours, ask.below)]
        return "\0".join([content, *asked]) if content else ""

    def _keep(self, key: str, facts: LayerFacts, held: Held | None) -> None:
        """Puts facts into the cache; that they cannot be written is a remark."""
        if self._cache is None or not key:
            return
        try:
            self._cache.put(key, facts, held)
        except (EngineError, SafeIOError) as error:
            self.remarks.append(not_written(error))

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise EngineError("interrupted")
        self._ask()


class _Watched:
    """A stream that counts what passes and stops when the scan is cancelled."""

    def __init__(self, stream: ByteStream, check: Callable[[], None]) -> None:
        self._read = stream.read
        self._check = check
        self._tally = Tally()
        self.passed = self._tally.take
        self.close = stream.close

    def read(self, size: int, /) -> bytes:
        self._check()
        data = self._read(size)
        self._tally.add(len(data))
        return data


class _Counted:
    """A stream of which every byte costs work."""

    def __init__(self, stream: ByteStream, work: Work) -> None:
        self._read = stream.read
        self._spend = work.spend
        self.close = stream.close

    def read(self, size: int, /) -> bytes:
        data = self._read(size)
        self._spend(len(data) // _BYTES_A_STEP)
        return data


def _catalogers(groups: Iterable[Group]) -> Sequence[Cataloger]:
    return tuple(one for group in groups for one in group.catalogers)


def _raise_first(futures: Mapping[int, "Future[LayerFacts]"]) -> None:
    for index in sorted(futures):
        future = futures[index]
        error = future.exception() if future.done() and not future.cancelled() else None
        if error is not None:
            raise error
