"""Time whole scans of the benchmark's image against the limit measured in the same run.

    python bench/make_image.py          first, once
    python bench/scan.py                prints a table of medians, ratios and targets

Every figure is that of a whole process, from start to exit, as the operating system accounts it. Files are in the
page cache. The commands take turns, so that a machine whose speed drifts treats them alike. Python keeps its compiled
modules, whatever the environment says: an installed Lading has them, too.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from memory import Peak

OUT = Path(__file__).resolve().parent / "out"
CACHE = OUT / "cache"
ROUNDS = 5
LADING = [sys.executable, "-P", "-m", "lading"]


class Case(NamedTuple):
    """`target` bounds seconds as a multiple of the limit, or absolutely when it ends in "s"."""

    name: str
    command: list[str]
    cold: bool
    target: str


class Run(NamedTuple):
    """`busy` are the seconds of all processors together, which say more than `seconds` where others share them;
    `megabytes` are those of all processes together, or of the largest where that was more than was seen of them."""

    seconds: float
    busy: float
    megabytes: float


def scan(reference: str) -> list[str]:
    return [*LADING, "scan", reference, "--offline", "--allow-incomplete", "-o", "json=/dev/null"]


CASES = [
    Case("limit (inflate and hash)", [sys.executable, str(OUT.parent / "limit.py"), str(OUT / "layout")], True, ""),
    Case("OCI layout, cold", scan(f"oci:{OUT}/layout"), True, "2.0"),
    Case("OCI layout, layers cached", scan(f"oci:{OUT}/layout"), False, "0.5s"),
    Case("the same, not confined: cold", [*scan(f"oci:{OUT}/layout"), "--no-sandbox"], True, ""),
    Case("the same, not confined: cached", [*scan(f"oci:{OUT}/layout"), "--no-sandbox"], False, ""),
    Case("OCI tar, cold", scan(f"oci:{OUT}/oci.tar"), True, ""),
    Case("docker archive, cold", scan(f"docker-archive:{OUT}/docker.tar"), True, "0.5"),
    Case("docker archive, layers cached", scan(f"docker-archive:{OUT}/docker.tar"), False, "0.5s"),
    Case("lading --version", [*LADING, "--version"], False, ""),
    Case("python -c pass", [sys.executable, "-P", "-c", "pass"], False, ""),
]


def main() -> None:
    """Runs the cases in turn and prints the table."""
    runs: dict[str, list[Run]] = {case.name: [] for case in CASES}
    for turn in range(ROUNDS + 1):
        for case in CASES:
            if case.cold:
                shutil.rmtree(CACHE, ignore_errors=True)
            measured = measure(case.command)
            if turn:  # the first turn warms the page cache
                runs[case.name].append(measured)
    limit = statistics.median(run.seconds for run in runs[CASES[0].name])
    print(f"{'':32}{'median':>9}{'least':>9}{'most':>9}{'x limit':>9}{'peak':>9}  target")
    for case in CASES:
        seconds = [run.seconds for run in runs[case.name]]
        median = statistics.median(seconds)
        peak = max(run.megabytes for run in runs[case.name])
        print(
            f"{case.name:32}{median:8.3f}s{min(seconds):8.3f}s{max(seconds):8.3f}s{median / limit:9.2f}{peak:6.0f} MB"
            f"  {status(case.target, median, limit)}"
        )
    for confined, free in ((1, 3), (2, 4)):
        busy = [statistics.median(run.busy for run in runs[CASES[one].name]) for one in (confined, free)]
        print(f"{CASES[confined].name}: processor time confined over not: {busy[0] / busy[1]:.3f} (target 1.03)")
    start_up = [statistics.median(run.seconds for run in runs[case.name]) for case in CASES[-2:]]
    print(f"--version over a bare interpreter: {1000 * (start_up[0] - start_up[1]):.0f} ms (target 80 ms)")
    most = max(run.megabytes for case in CASES[1:] for run in runs[case.name])
    print(f"peak memory of any scan: {most:.0f} MB (target 200 MB)")


def status(target: str, median: float, limit: float) -> str:
    if not target:
        return ""
    bound = float(target[:-1]) if target.endswith("s") else float(target) * limit
    words = target if target.endswith("s") else f"{target} x limit"
    return f"{words}: {'met' if median <= bound else 'MISSED'}"


def measure(command: list[str]) -> Run:
    """One run of a command that must succeed."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(CACHE), "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    peak = Peak(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    megabytes = max(peak.end(), usage.ru_maxrss / 1000)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, megabytes)


if __name__ == "__main__":
    main()
