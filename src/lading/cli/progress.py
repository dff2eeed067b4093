"""Progress on standard error, for people who wait at a terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from lading.model.ports import NoProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextmanager
def progress_on_terminal() -> Iterator[Progress]:
    """Bars while the block runs, gone when it ends; nothing when standard error is not a terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield NoProgress()
        return
    with _make_bars() as bars:
        yield _Terminal(bars)


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
