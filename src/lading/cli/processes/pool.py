"""Several workers at once, each on a task of its own."""

import gc
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.cli.accounts import bind
from lading.cli.processes.child import WorkerError
from lading.cli.processes.worker import Done, Work, Worker, do_work, start_work
from lading.cli.tunnels import with_tunnels
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.safeio.processors import count_processors

_PAUSE: Final = 0.004
"""Seconds between two looks at workers of which none has said anything."""
_MOST_JOBS: Final = 32
_NEEDED: Final = (
    "concurrent.futures.thread",
    "lading.advisories.store",
    "lading.engine.inventory",
    "lading.engine.reading",
    "lading.image.open",
    "lading.match.inventory",
    "lading.image.remote_attached",
    "lading.image.repository",
    "lading.net.client",
    "lading.net.connections",
    "lading.net.session",
    "lading.policy.visibility",
)
"""What workers need, loaded once for all of them."""


class Task(Struct, frozen=True):
    """The `work` of one worker on a target, which need not be one; it reads the files `read` as well, and may ask for
    the `further` targets."""

    number: int
    target: str
    work: Work
    read: Sequence[Path] = ()
    further: Sequence[str] = ()


Ended = tuple[Task, Done | str]
"""A task, and what it came to or the error that it failed by, in a line."""


def side_by_side(tasks: Iterable[Task], settings: Settings) -> Generator[Ended, None, None]:
    """Does tasks, as many at once as the settings say, and gives what each comes to in the order in which they end. A
    task is asked for when it can begin. To be closed, which ends those that run. Without the sandbox they are done
    here, one after the other."""
    if not settings.sandbox:
        for task in tasks:
            yield task, _done_here(task, settings)
        return
    for name in _NEEDED:
        import_module(name)
    gc.freeze()  # what all have is not looked through, and so not copied, by each
    waiting = iter(tasks)
    running: list[_Running] = []
    jobs = min(settings.jobs or count_processors(), _MOST_JOBS)
    are_all_begun = False
    try:
        while running or not are_all_begun:
            while len(running) < jobs and not are_all_begun:
                following = next(waiting, None)
                if following is None:
                    are_all_begun = True
                elif isinstance(started := _start(following, settings), str):
                    yield following, started
                else:
                    running.append(started)
            ready = [one for one in running if one.worker.has_word()]
            if running and not ready:
                time.sleep(_PAUSE)
            for one in ready:
                ended = _answer(one.worker)
                if ended is not None:
                    running.remove(one)
                    one.closing.close()
                    yield one.task, ended
    finally:
        for one in running:
            one.closing.close()


class _Running(Struct, frozen=True):
    """A task with its worker, and what is to be closed with that."""

    task: Task
    worker: Worker
    closing: ExitStack


def _start(task: Task, settings: Settings) -> _Running | str:
    """A worker on a task, or why there is none."""
    opening = ExitStack()
    try:
        settings = bind(settings, task.target, *task.further)
        settings = opening.enter_context(with_tunnels(settings, task.target, settings.base))
        worker = opening.enter_context(
            start_work(task.work, task.target, settings, task.read, task.further, shown=False)
        )
    except LadingError as error:
        opening.close()
        return str(error)
    except BaseException:
        opening.close()
        raise
    return _Running(task, worker, opening)


def _answer(worker: Worker) -> Done | str | None:
    """What the worker came to, None while it is not done."""
    try:
        return worker.answer()
    except LadingError as error:
        return str(error)
    except WorkerError as error:
        last = str(error).strip().rpartition("\n")[2]  # which names it
        return f"a defect of Lading itself; please report it: {last}"


def _done_here(task: Task, settings: Settings) -> Done | str:
    try:
        return do_work(task.work, task.target, settings, task.read, task.further)
    except LadingError as error:
        return str(error)
