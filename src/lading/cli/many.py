"""`lading scan` of several images: each in a worker of its own, several at once, one summary in the end."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from typing import Final

from msgspec import Struct

from lading.cli.accounts import bind
from lading.cli.many_progress import ManyProgress
from lading.cli.many_results import Collected, Keeper, Outcome
from lading.cli.tunnels import with_tunnels
from lading.cli.worker import Done, Work, Worker, WorkerError, do_work, start_work
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.store.scanning import decode_results, encode_results, scan_to_keep

_PAUSE: Final = 0.004
"""Seconds between two looks at workers of which none has said anything."""
_MOST_JOBS: Final = 32


class Asked(Struct, frozen=True):
    """The images of a run by name, and how to scan them; `equip` puts into an environment what was read before."""

    names: tuple[str, ...]
    settings: Settings
    equip: Callable[[Environment], Environment]


def scan_many(asked: Asked, collected: Collected, keeper: Keeper, *, resume: bool) -> None:
    """Scans images, and collects and keeps what each comes to. What one of them fails by stops no other. Raises
    LadingError for what concerns all."""
    done = set()
    for number, outcome in keeper.begin(asked.names, resume=resume):
        collected.add(number, outcome)
        done.add(number)
    left = [number for number in range(len(asked.names)) if number not in done]
    progress = ManyProgress(len(asked.names), len(done))
    with closing(_outcomes(asked, left)) as outcomes:
        for number, outcome in outcomes:
            keeper.keep(number, outcome)
            collected.add(number, outcome)
            progress.step(failed=bool(outcome.error))
    keeper.end()
    progress.end()


class _Running(Struct, frozen=True):
    """A worker that scans the image of a number, and what is to be closed with it."""

    number: int
    name: str
    worker: Worker
    closing: ExitStack


def _outcomes(asked: Asked, left: Sequence[int]) -> Generator[tuple[int, Outcome], None, None]:
    """What each of the images left comes to, in the order in which they are done."""
    if not asked.settings.sandbox:
        for number in left:
            yield number, _scanned_here(asked, asked.names[number])
        return
    _load()
    waiting = deque(left)
    running: list[_Running] = []
    jobs = min(asked.settings.jobs or os.cpu_count() or 1, _MOST_JOBS)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.popleft()
                started = _start(asked, number)
                if isinstance(started, Outcome):
                    yield number, started
                else:
                    running.append(started)
            ready = [one for one in running if one.worker.has_word()]
            if running and not ready:
                time.sleep(_PAUSE)
            for one in ready:
                outcome = _answer(one)
                if outcome is not None:
                    running.remove(one)
                    one.closing.close()
                    yield one.number, outcome
    finally:
        for one in running:
            one.closing.close()


def _start(asked: Asked, number: int) -> _Running | Outcome:
    """A worker on the image of a number, or why there is none."""
    name, opening = asked.names[number], ExitStack()
    try:
        settings = opening.enter_context(with_tunnels(bind(asked.settings, name), name, asked.settings.base))
        read = [settings.dockerfile] if settings.dockerfile else []
        worker = opening.enter_context(start_work(_work_on(asked, name), name, settings, read, shown=False))
    except LadingError as error:
        opening.close()
        return Outcome(name, error=str(error))
    except BaseException:
        opening.close()
        raise
    return _Running(number, name, worker, opening)


def _answer(one: _Running) -> Outcome | None:
    """What the image came to, None while its worker is not done."""
    try:
        done = one.worker.answer()
        return None if done is None else Outcome(one.name, decode_results(b"".join(done.outputs[0])))
    except (LadingError, WorkerError) as error:
        return Outcome(one.name, error=_said(error))


def _scanned_here(asked: Asked, name: str) -> Outcome:
    try:
        done = do_work(_work_on(asked, name), name, asked.settings)
        return Outcome(name, decode_results(b"".join(done.outputs[0])))
    except LadingError as error:
        return Outcome(name, error=_said(error))


def _work_on(asked: Asked, name: str) -> Work:
    """The work of a worker on one image."""

    def work(environment: Environment) -> Done:
        return Done(0, ((encode_results(scan_to_keep(name, asked.settings, asked.equip(environment))),),))

    return work


def _said(error: Exception) -> str:
    """An error in a line; of a defect its last one, which names it."""
    if isinstance(error, WorkerError):
        return f"a defect of Lading itself; please report it: {str(error).strip().rpartition(chr(10))[2]}"
    return str(error)


def _load() -> None:
    """Loads what workers need, once for all of them."""
    from importlib import import_module

    for name in _NEEDED:
        import_module(name)


_NEEDED: Final = (
    "lading.engine.reading",
    "lading.image.open",
    "lading.match.inventory",
    "lading.policy.visibility",
    "lading.advisories.store",
    "lading.net.client",
)
