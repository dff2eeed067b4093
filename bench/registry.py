"""An image from a registry on this machine against the same image from an OCI layout, nothing kept in either case.

    python bench/registry.py LAYOUT [RUNS]      prints how many times as long the registry takes

Runs Debian's docker-registry and fills it with skopeo. The two are scanned in turn, so that what else the machine does
hits both alike; the ratios are of medians.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.registry import serve_registry


def main(layout: str, runs: int) -> None:
    """Scans, and prints the ratios."""
    with tempfile.TemporaryDirectory() as directory, serve_registry(Path(directory)) as address:
        name = f"{address}/bench:1"
        copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]
        subprocess.run([*copy, f"oci:{layout}", f"docker://{name}"], check=True)
        targets = (f"oci:{layout}", f"registry:{name}")
        found = [tuple(map(scan, targets)) for _ in range(runs)]
    for index, what in enumerate(("seconds", "processor seconds")):
        here, there = (median(run[target][index] for run in found) for target in (0, 1))
        print(f"{what}: OCI layout {here:.2f}, registry {there:.2f}, {there / here:.2f} times as many")


def scan(target: str) -> tuple[float, float]:
    """The seconds of a whole process, and those of all processors."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "lading", "packages", target, "--no-cache"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "src"}, check=False)
    assert done.returncode in (0, 3)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, spent


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
