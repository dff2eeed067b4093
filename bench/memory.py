"""The memory of a command and of the processes that it starts, together."""

import threading
from collections.abc import Iterator
from pathlib import Path

_PAUSE = 0.1


class Peak:
    """Looks ten times a second at how much memory a process and its descendants have, what they share counted once;
    `end` gives the most, in MB."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._most / 1000

    def _run(self) -> None:
        while not self._ended.wait(_PAUSE):
            self._most = max(self._most, sum(map(_kilobytes, _family(self._process))))


def _family(process: int) -> Iterator[int]:
    yield process
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(listed).split():
            yield from _family(int(child))


def _kilobytes(process: int) -> int:
    for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""
