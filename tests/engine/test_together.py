"""Layers that several processes read together: the same facts, errors and words as one process gives."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from threading import Lock

import pytest

from lading.cli.processes.helper import ForkedHelper
from lading.engine import layers as layers_module
from lading.engine.inventory import take_inventory
from lading.model.diagnostic import Diagnostic
from lading.model.errors import EngineError, ImageError
from lading.model.image import Layer
from lading.model.package import Inventory
from lading.model.ports import ByteStream, Helpers, HelperWork, NoProgress, Progress
from lading.safeio import limits as limits_module
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Opened, Source, digest, source
from tests.inventory.test_assemble import DEBIAN, layers_of, status
from tests.tars import BytesStream, File, make_tar

TARS = [make_tar([DEBIAN, status(*(f"p{one}=1" for one in range(number)))]) for number in range(1, 7)]
FOUND = {f"p{number}=1": number + 1 for number in range(6)}


class Shared:
    """Layers of which at least one is read here and one in a helper: the first that is opened here waits until one is
    opened elsewhere. `act` is done in a helper when it opens its first."""

    def __init__(self, tars: Sequence[bytes], act: signal.Signals | None = None) -> None:
        self._here = os.getpid()
        self._waits, self._tells = os.pipe()
        self._lock = Lock()
        self._act = act
        self.here = 0
        self.image = Opened([self._source(source(index, tar)) for index, tar in enumerate(tars, 1)])

    def _source(self, one: Source) -> Source:
        return _Met(one.layer, one.blob, meet=self.meet)

    def meet(self) -> None:
        if os.getpid() != self._here:
            os.write(self._tells, b"x")
            if self._act is not None:
                os.kill(os.getpid(), self._act)
            return
        with self._lock:
            self.here += 1
            if self.here == 1:
                os.read(self._waits, 1)


class _Met(Source):
    def __init__(self, layer: Layer, blob: bytes, meet: Callable[[], None]) -> None:
        super().__init__(layer, blob)
        self._meet = meet

    def open(self) -> ByteStream:
        self._meet()
        return BytesStream(self.blob)


class Told(Progress):
    """Counts what is told."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.bytes: Counter[str] = Counter()

    def start(self, key: str, text: str, total: int = 0) -> None:
        self.events["start", key] += 1

    def advance(self, key: str, amount: int) -> None:
        self.bytes[key] += amount

    def finish(self, key: str) -> None:
        self.events["finish", key] += 1


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers_module, "_WORTH_HELP", 0)


def take(
    opened: Opened,
    cache: Path | None = None,
    work: int = Limits().work,
    progress: Progress | None = None,
    many: int = 2,
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    listed = take_inventory(
        opened,
        cache=cache,
        limits=Limits(work=work),
        progress=progress or NoProgress(),
        helpers=Helpers(many, ForkedHelper),
    )
    return listed.inventory, listed.diagnostics


def test_the_same_is_found(tmp_path: Path) -> None:
    shared = Shared(TARS)
    together = take(shared.image, tmp_path)
    assert shared.here < len(TARS)
    assert layers_of(together[0]) == FOUND
    assert together == take(Shared(TARS, signal.SIGKILL).image, tmp_path)  # from the cache, whoever read it
    alone = Opened([source(index, tar) for index, tar in enumerate(TARS, 1)])
    assert together == take(alone, many=0)
    told = Told()
    take(Shared(TARS).image, progress=told)
    assert told.events == dict.fromkeys(
        ((event, f"layer {index}") for event in ("start", "finish") for index in range(1, 7)), 1
    )
    assert told.bytes == {f"layer {one.layer.index}": len(one.blob) for one in alone.layers}


def test_errors_are_those_of_one_process() -> None:
    for number in range(len(TARS)):
        blob = source(number + 1, TARS[number]).blob
        sources = [source(index, tar) for index, tar in enumerate(TARS, 1)]
        sources[number] = source(number + 1, TARS[number], blob[:-9], digest(TARS[number]))
        with pytest.raises(ImageError) as alone:
            take(Opened(sources), many=0)
        with pytest.raises(ImageError) as together:
            take(Opened(sources))
        assert str(together.value) == str(alone.value)


def test_a_helper_that_is_killed_fails_the_scan() -> None:
    with pytest.raises(EngineError, match="was killed, as the kernel does when memory is short; nothing was decided"):
        take(Shared(TARS, signal.SIGKILL).image)


def test_work_that_a_part_of_the_budget_does_not_allow_for_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer of much work allows for little by its own size, and the image for enough."""
    monkeypatch.setattr(limits_module, "WORK_FLOOR", 0)
    monkeypatch.setattr(limits_module, "FREE_BYTES", 0)
    easy = make_tar([File("padding", Random(0).randbytes(1_000_000))])
    hard = make_tar([File(f"app/p{one}/package.json", b'{"name":"p%d","version":"1"}' % one) for one in range(200)])
    shared = Shared([easy, hard])
    inventory, diagnostics = take(shared.image, work=500)
    assert (len(inventory.packages), diagnostics) == (200, ())
    assert "limit-work" in {one.code for one in take(Opened([source(1, hard)]), work=500)[1]}


def test_an_interruption_ends_the_helpers() -> None:
    started: list[ForkedHelper] = []

    class Kept(ForkedHelper):
        def __init__(self, work: HelperWork) -> None:
            super().__init__(work)
            started.append(self)

        def messages(self) -> Iterator[bytes]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_inventory(
            Opened([source(index, tar) for index, tar in enumerate(TARS, 1)]),
            cache=None,
            limits=Limits(),
            progress=NoProgress(),
            helpers=Helpers(2, Kept),
        )
    assert [one._child.has_ended() for one in started] == [True, True]
