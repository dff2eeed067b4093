"""Progress on standard error: bars for people who wait at a terminal, lines for who wants every step."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from lading.cli.log import is_quiet, is_verbose, took
from lading.model.ports import NoProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextmanager
def progress_on_terminal() -> Iterator[Progress]:
    """Lines where every step is wanted; else bars while the block runs, gone when it ends; nothing where quiet is
    wanted or standard error is not a terminal."""
    if is_verbose():
        yield _Lines()
        return
    if is_quiet() or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield NoProgress()
        return
    with _make_bars() as bars:
        yield _Terminal(bars)


class _Lines:
    """A line for each task when it is done, with the time that it took. Called from many threads."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[str, int, float]] = {}

    def start(self, key: str, text: str, total: int = 0) -> None:
        self._tasks[key] = text, total, monotonic()

    def advance(self, key: str, amount: int) -> None:
        pass

    def finish(self, key: str) -> None:
        text, total, began = self._tasks.pop(key, ("", 0, 0.0))
        if text:
            from lading.formats.encoders.text.text import size_text

            took(f"{text}, {size_text(total)}" if total else text, began)


class _Terminal:
    """Draws one bar for each running task. Called from many threads, and too often to draw every time."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = Lock()

    def start(self, key: str, text: str, total: int = 0) -> None:
        from lading.formats.encoders.text.text import sentence

        with self._lock:
            self._tasks[key] = self._bars.add_task(sentence(text), total=total or None)

    def advance(self, key: str, amount: int) -> None:
        if (task := self._tasks.get(key)) is not None:
            self._bars.advance(task, amount)

    def finish(self, key: str) -> None:
        with self._lock:
            if (task := self._tasks.pop(key, None)) is not None:
                self._bars.remove_task(task)


def _make_bars() -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        transient=True,
        refresh_per_second=8,
    )
