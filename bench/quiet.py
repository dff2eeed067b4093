"""How long a cold scan would take on a quiet machine of two processors, measured on one that has much else to do.

    python bench/quiet.py LAYOUT [ROUNDS]       needs root and perf: traces the scheduler

The trace tells at each moment how many threads of the command run and how many could. With `n` of them running where
the machine would run `m` (the most is two), a moment counts for n/m of itself; one in which all of them wait for
something else counts whole. What is left out is that caches are colder when others take turns on the processors: the
limit is measured the same way, between the scans.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

EVENTS = "sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new,sched:sched_process_fork"
BENCH = Path(__file__).resolve().parent
PROCESSORS = 2
_LINE = re.compile(r"\s*([\d.]+):\s+sched:(\w+):\s+(.*)")
_FORK = re.compile(r"\bpid=(\d+).*child_pid=(\d+)")
_WAKEUP = re.compile(r"\bpid=(\d+)")
_SWITCH = re.compile(r"prev_pid=(\d+).*prev_state=(\S+).*next_pid=(\d+)")
_GONE = ("X", "Z")


class Figures(NamedTuple):
    """Seconds: as on a quiet machine, as they were, and of the processors together."""

    quiet: float
    actual: float
    busy: float


class Threads:
    """What the threads of a command and of its children do, followed event by event."""

    def __init__(self, root: int) -> None:
        self._states: dict[int, Literal["runs", "could", "waits"]] = {root: "runs"}
        self._root = root
        self._last = 0.0
        self.quiet = self.actual = self.busy = 0.0

    @property
    def is_done(self) -> bool:
        """Whether the command has ended."""
        return self._root not in self._states

    def pass_to(self, moment: float) -> None:
        """Counts the time up to a moment, as the threads are now."""
        seconds = moment - self._last if self._last else 0.0
        self._last = moment
        states = list(self._states.values())
        running = states.count("runs")
        would = min(len(states) - states.count("waits"), PROCESSORS)
        self.quiet += seconds * running / would if would else seconds
        self.actual += seconds
        self.busy += seconds * running

    def see(self, event: str, text: str) -> None:
        """Takes in an event."""
        if event == "sched_process_fork" and (fork := _FORK.search(text)):
            if int(fork[1]) in self._states:
                self._states[int(fork[2])] = "could"
        elif event == "sched_switch" and (switch := _SWITCH.search(text)):
            before, after = int(switch[1]), int(switch[3])
            if before in self._states and switch[2].startswith(_GONE):
                del self._states[before]
            elif before in self._states:
                self._states[before] = "could" if switch[2].startswith("R") else "waits"
            if after in self._states:
                self._states[after] = "runs"
        elif event.startswith("sched_wakeup") and (wakeup := _WAKEUP.search(text)):
            thread = int(wakeup[1])
            if self._states.get(thread) == "waits":
                self._states[thread] = "could"


def measure(command: Sequence[str], environment: dict[str, str]) -> Figures:
    """One run of a command."""
    with tempfile.TemporaryDirectory() as place:
        trace, number = f"{place}/trace", f"{place}/number"
        shell = ("bash", "-c", f'echo $$ >{number}; exec "$@"', "bash", *command)
        record = ("perf", "record", "-a", "-q", "-m", "4096", "-e", EVENTS, "-o", trace, "--", *shell)
        subprocess.run(record, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        threads = Threads(int(Path(number).read_text()))
        for moment, event, text in _events(trace):
            threads.pass_to(moment)
            threads.see(event, text)
            if threads.is_done:
                break
    return Figures(threads.quiet, threads.actual, threads.busy)


def _events(trace: str) -> Iterator[tuple[float, str, str]]:
    script = ("perf", "script", "-i", trace, "-F", "time,event,trace", "--ns")
    with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as shown:
        for line in shown.stdout or ():
            if found := _LINE.match(line):
                yield float(found[1]), found[2], found[3]
        shown.kill()


def main(layout: str, rounds: int) -> None:
    """Measures the limit and a scan in turn, and prints the medians of their ratios."""
    cache = tempfile.mkdtemp()
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONDONTWRITEBYTECODE": ""}
    limit = [sys.executable, str(BENCH / "limit.py"), layout]
    scan = [sys.executable, "-P", "-m", "lading", "scan", f"oci:{layout}", "--offline", "--allow-incomplete"]
    runs: list[tuple[Figures, Figures]] = []
    try:
        for _ in range(rounds):
            shutil.rmtree(cache, ignore_errors=True)
            runs.append((measure(limit, environment), measure([*scan, "-o", "json=/dev/null"], environment)))
            for name, one in zip(("limit", "scan"), runs[-1], strict=True):
                print(
                    f"{name:6} quiet {one.quiet:6.2f} s, actual {one.actual:6.2f} s, busy {one.busy:6.2f} s", flush=True
                )
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    for name in ("quiet", "busy"):
        ratios = [getattr(scanned, name) / getattr(least, name) for least, scanned in runs]
        print(f"{name}: {statistics.median(ratios):.2f} times the limit ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
