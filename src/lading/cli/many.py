"""`lading scan` of several images: each in a worker of its own, several at once, one summary in the end."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from lading.cli.many_progress import ManyProgress
from lading.cli.many_results import Collected, Keeper, Outcome
from lading.cli.pool import Task, side_by_side
from lading.cli.worker import Done, Work
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.store.scanning import decode_results, encode_results, scan_to_keep


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
    read = [*filter(None, (asked.settings.dockerfile,)), *map(Path, asked.settings.check_file)]
    tasks = [
        Task(number, name, _work_on(asked, name), read) for number, name in enumerate(asked.names) if number not in done
    ]
    progress = ManyProgress(len(asked.names), len(done))
    with closing(side_by_side(tasks, asked.settings)) as every:
        for task, ended in every:
            outcome = _outcome(task.target, ended)
            keeper.keep(task.number, outcome)
            collected.add(task.number, outcome)
            progress.step(failed=bool(outcome.error))
    keeper.end()
    progress.end()


def _outcome(name: str, ended: Done | str) -> Outcome:
    if isinstance(ended, str):
        return Outcome(name, error=ended)
    try:
        return Outcome(name, decode_results(b"".join(ended.outputs[0])))
    except LadingError as error:
        return Outcome(name, error=str(error))


def _work_on(asked: Asked, name: str) -> Work:
    """The work of a worker on one image."""

    def work(environment: Environment) -> Done:
        return Done(0, ((encode_results(scan_to_keep(name, asked.settings, asked.equip(environment))),),))

    return work
