"""Send Ctrl-C to commands at random moments of their lives; print how long each takes to end.

    python bench/interrupts.py LAYOUT FEEDS [--times N] [--only NAME …]

LAYOUT is an image that takes seconds to read (bench/make_image.py makes one), FEEDS a copy of upstreams' documents
(`lading db update --from`). The signal goes to the front door alone, as from a supervisor; a terminal sends it to the
worker as well. Beside the seconds stand those of the processor, which tell how much of it was waiting for others that
share the machine. A command that ends by itself before its moment counts as measured where it said so.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MOST = 1.0
"""Seconds that a command may take to end."""
_LADING = [sys.executable, "-P", "-m", "lading"]
_HZ = os.sysconf("SC_CLK_TCK")


class Case(NamedTuple):
    """`lasts` is how many seconds of processor time the command takes, for the moments; `warm` keeps the cache."""

    name: str
    command: Sequence[str]
    lasts: float
    warm: bool = False


class End(NamedTuple):
    """What one signal came to: seconds, those of the processor, and the exit status."""

    seconds: float
    busy: float
    status: int


def main() -> int:
    """A line for each case; 1 when one took too long or ended otherwise than it should."""
    parser = argparse.ArgumentParser()
    parser.add_argument("layout")
    parser.add_argument("feeds")
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    silent = silent_server()
    scan = ["scan", f"oci:{options.layout}", "--starter", "--allow-incomplete", "-o", "json=/dev/null"]
    cases = [
        Case("reading an image", scan, 12),
        Case("reading an image, not confined", [*scan, "--no-sandbox"], 12),
        Case("matching and writing", scan, 0.6, warm=True),
        Case("matching and writing, not confined", [*scan, "--no-sandbox"], 0.6, warm=True),
        Case("waiting for a registry", ["scan", f"{silent}/image:1", "--starter"], 0.6),
        Case("waiting for a registry, not confined", ["scan", f"{silent}/image:1", "--starter", "--no-sandbox"], 0.6),
        Case("building a database", ["db", "update", "--from", options.feeds], 20),
    ]
    failed = False
    print("| command | times | longest | of that busy | statuses |\n|---|---:|---:|---:|---|")
    for case in cases:
        if options.only and case.name not in options.only:
            continue
        ends = [interrupted(case, number) for number in range(options.times)]
        longest = max(ends)
        statuses = sorted({end.status for end in ends})
        failed = failed or longest.seconds > MOST or not {*statuses} <= {0, 130}
        print(
            f"| {case.name} | {len(ends)} | {longest.seconds:.2f} s | {longest.busy:.2f} s | {statuses} |", flush=True
        )
    return int(failed)


def interrupted(case: Case, number: int) -> End:
    """Starts the command, lets it work for some time of the processor, and interrupts it."""
    place = Path(tempfile.gettempdir()) / f"lading-interrupts-{os.getpid()}"
    if not case.warm:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    environment = {**os.environ, "XDG_CACHE_HOME": f"{place}/cache", "XDG_DATA_HOME": f"{place}/data"}
    command = [*_LADING, *case.command]
    if case.warm and not (place / "cache").exists():
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    moment = case.lasts * random.Random(f"{case.name} {number}").random()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while busy_of(process.pid) < moment and process.poll() is None and time.monotonic() - began < 20 + 10 * moment:
        time.sleep(0.005)
    before, started = busy_of(process.pid), time.monotonic()
    process.send_signal(signal.SIGINT)
    _, status, usage = os.wait4(process.pid, 0) if process.returncode is None else (0, 0, None)
    seconds = time.monotonic() - started
    busy = usage.ru_utime + usage.ru_stime - before if usage is not None else 0.0
    process.returncode = process.returncode if usage is None else os.waitstatus_to_exitcode(status)
    return End(seconds, busy, process.returncode)


def busy_of(process: int) -> float:
    """The seconds of the processor that a process and its children, also those that live, have had."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if process == int(stat.parent.name) or process == int(fields[1]):
            total += sum(map(int, fields[11:15])) / _HZ
    return total


def silent_server() -> str:
    """The address of a server that accepts and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            held.append(server.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main())
