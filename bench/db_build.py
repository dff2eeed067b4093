"""Build every shard a held copy of the feeds gives, in a fresh database; print time, memory and sizes.

python bench/db_build.py DIRECTORY
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(feeds: str) -> None:
    """One whole process, as a user would run it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_DATA_HOME": folder}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lading", "db", "update", "--from", feeds], env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    shards = sum(path.suffix == ".sqlite" for path in files)
    print(f"{shards} shards, {size / 1e6:.1f} MB on disk (target 150 MB), status {process.returncode}")
    print(f"{seconds:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of processor (target 180 s)")
    print(f"peak memory {usage.ru_maxrss / 1000:.0f} MB (target 500 MB)")


if __name__ == "__main__":
    main(sys.argv[1])
