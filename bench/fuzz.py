"""Have every reader of what others wrote read damaged input: no crash, no hang, no memory without end.

    python bench/fuzz.py [--minutes N] [--count N] [--seed N] [--target NAME ...]       ten minutes by default

The targets are those of tests/fuzzing: single readers, and whole trees of files that are scanned, matched and written.
A line for each failure, with the number that makes it again (--only NUMBER); at the end, for each target, how many
inputs it read, and the slowest and the one that took most memory.
"""

import argparse
import math
import multiprocessing
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzzing import trees
from tests.fuzzing.target import damaged
from tests.fuzzing.targets import TARGETS
from tests.inventory import test_corruption

SLOW = 5.0
"""Seconds of processor time that no input may take."""
LARGE = 300
"""Megabytes that no input may take."""
SILENT = 60.0
"""Seconds of processor time after which an input counts as a hang."""
TREES = "trees of files"
_WEIGHT_OF_TREES = 4
_MEGABYTE = 1_000_000


class Attempt(NamedTuple):
    """What one input did. `seconds` of processor time, `grown` megabytes above what the process had before."""

    number: int
    target: str
    size: int
    seconds: float
    grown: float
    failure: str


def main() -> int:
    """Works in a child, which a hang or a crash may take along, and starts another where it left off."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--count", type=int, default=sys.maxsize)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1000)
    parser.add_argument("--target", nargs="*", default=[])
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    work = Work(options.target)
    if options.only is not None:
        name, read = work.prepared(options.only)
        print(f"{name}: {read():,} bytes")
        return 0
    print(f"{len(work.names)} targets, seed {options.seed}", flush=True)
    tally = Tally()
    number, end = options.seed, time.monotonic() + 60 * options.minutes
    last = options.seed + options.count
    while time.monotonic() < end and number < last:
        ours, theirs = multiprocessing.Pipe()
        child = multiprocessing.Process(target=work.run, args=(theirs, number, last, end))
        child.start()
        theirs.close()
        number = listen(ours, child, number, tally)
    tally.print()
    return int(tally.failures > 0)


class Work:
    """The targets of these names (all, where none is named) with their sound inputs."""

    def __init__(self, names: Sequence[str]) -> None:
        self._targets = {one.name: (one, one.make()) for one in TARGETS if not names or one.name in names}
        self._trees = trees.every_tree() if not names or TREES in names else []
        weights = {name: one.weight for name, (one, _) in self._targets.items()}
        weights |= {TREES: _WEIGHT_OF_TREES} if self._trees else {}
        self.names = list(weights)
        self._weights = list(weights.values())

    def run(self, report: Connection, number: int, last: int, end: float) -> None:
        """One number after the other, with a message for each."""
        limit = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE") + 1000 * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        test_corruption.MOST_SECONDS = SILENT
        while number < last and time.monotonic() < end:
            report.send(self._measured(number))
            number += 1

    def prepared(self, number: int) -> tuple[str, Callable[[], int]]:
        """The target whose turn it is, and what has it read its input. That gives the size of the input."""
        dice = random.Random(number)
        name = dice.choices(self.names, self._weights)[0]
        if name == TREES:
            return name, lambda: trees.attempt(self._trees, dice)
        target, sound = self._targets[name]
        data = damaged(target, sound, dice)

        def read() -> int:
            target.attempt(data)
            return len(data)

        return name, read

    def _measured(self, number: int) -> Attempt:
        name, read = self.prepared(number)
        failure, size = "", 0
        before, start = _memory(reset=True), time.process_time()
        try:
            size = read()
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            notes = "; ".join(getattr(error, "__notes__", ()))
            failure = f"{type(error).__name__} at {last.name}:{last.lineno} {notes}"
        seconds = time.process_time() - start
        grown = _memory() - before
        if not failure and seconds > SLOW:
            failure = f"{seconds:.1f} s"
        if not failure and grown > LARGE:
            failure = f"{grown:.0f} MB"
        return Attempt(number, name, size, seconds, grown, failure)


def listen(ours: Connection, child: multiprocessing.Process, number: int, tally: "Tally") -> int:
    """Takes a child's messages until it ends. Gives the number to go on with."""
    failure = ""
    with suppress(EOFError):
        while not failure:
            if not _answers(ours, child):
                child.kill()
                failure = f"no end after {SILENT:.0f} s"
                break
            attempt = ours.recv()
            tally.add(attempt)
            number = attempt.number + 1
    child.join()
    if child.exitcode:
        tally.add(Attempt(number, "", 0, 0, 0, failure or f"exit status {child.exitcode}"))
        number += 1
    return number


def _answers(ours: Connection, child: multiprocessing.Process) -> bool:
    """Whether a child says something before it has worked for `SILENT` seconds: a machine may have none for it."""
    before = _worked(child)
    while not ours.poll(SILENT):
        if _worked(child) - before > SILENT:
            return False
    return True


def _worked(child: multiprocessing.Process) -> float:
    """Processor seconds of a process, without end for one that is gone."""
    try:
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Tally:
    """What came of all inputs."""

    def __init__(self) -> None:
        self.failures = 0
        self._counts: dict[str, int] = {}
        self._slowest: dict[str, Attempt] = {}
        self._largest: dict[str, Attempt] = {}

    def add(self, attempt: Attempt) -> None:
        name = attempt.target
        if attempt.failure:
            self.failures += 1
            print(f"{attempt.number}: {name}: {attempt.failure}", flush=True)
        self._counts[name] = self._counts.get(name, 0) + 1
        self._slowest[name] = max(self._slowest.get(name, attempt), attempt, key=lambda one: one.seconds)
        self._largest[name] = max(self._largest.get(name, attempt), attempt, key=lambda one: one.grown)

    def print(self) -> None:
        print(f"{sum(self._counts.values()):,} damaged inputs, {self.failures} failures")
        for name, count in sorted(self._counts.items()):
            slow, large = self._slowest[name], self._largest[name]
            print(
                f"{count:>10,}  {name:22} slowest {slow.seconds:.3f} s ({slow.number}, {slow.size:,} bytes), "
                f"largest {large.grown:.1f} MB ({large.number}, {large.size:,} bytes)"
            )


def _memory(*, reset: bool = False) -> float:
    """The most megabytes that the process has had since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


if __name__ == "__main__":
    sys.exit(main())
