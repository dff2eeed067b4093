"""`lading scan` of several images: each in a worker of its own, several at once, one summary in the end."""

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct

from lading.cli.many_progress import ManyProgress
from lading.cli.many_results import Collected, Keeper, Outcome
from lading.cli.processes.pool import Task, side_by_side
from lading.cli.processes.worker import Done, Work, files_to_read
from lading.engine.checking import load_masks
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.store.result import Result
from lading.store.scanning import decode_results, encode_results, scan_to_keep


class Item(Struct, frozen=True):
    """One thing to scan, by the `name` that its result is kept under: `scan` gives the results. `target` is the image
    that it reads, for which a worker has the rights, `read` are files that it reads besides, and `further` are other
    images of registries that it may read in its place."""

    name: str
    target: str
    scan: Callable[[Environment], tuple[Result, ...]]
    read: tuple[Path, ...] = ()
    further: tuple[str, ...] = ()


def items_of(names: Sequence[str], settings: Settings, equip: Callable[[Environment], Environment]) -> tuple[Item, ...]:
    """Images to scan by their names; `equip` puts into an environment what was read before."""
    read = files_to_read(settings)

    def scan(name: str, environment: Environment) -> tuple[Result, ...]:
        return scan_to_keep(name, settings, equip(environment))

    return tuple(Item(name, name, partial(scan, name), read) for name in names)


def scan_many(
    items: Sequence[Item],
    settings: Settings,
    collected: Collected,
    keeper: Keeper,
    *,
    resume: bool,
    noun: str,
    first: int = 0,
) -> None:
    """Scans images, and collects (numbered from `first` on) and keeps what each comes to. What one of them fails by
    stops no other. Raises LadingError for what concerns all."""
    done = set()
    for number, outcome in keeper.begin([one.name for one in items], resume=resume):
        collected.add(first + number, outcome)
        done.add(number)
    tasks = [
        Task(number, one.target, _work_on(one), one.read, one.further)
        for number, one in enumerate(items)
        if number not in done
    ]
    if tasks:
        load_masks()
    progress = ManyProgress(len(items), len(done), noun=noun)
    with closing(side_by_side(tasks, settings)) as every:
        for task, ended in every:
            outcome = _outcome(items[task.number].name, ended)
            keeper.keep(task.number, outcome)
            collected.add(first + task.number, outcome)
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


def _work_on(item: Item) -> Work:
    """The work of a worker on one item."""

    def work(environment: Environment) -> Done:
        return Done(0, ((encode_results(item.scan(environment)),),))

    return work
