"""A real containerd of Debian's."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def serve_containerd(directory: Path) -> Iterator[str]:
    """Runs a containerd that keeps its data in `directory`; gives its socket. Skips the test where it cannot run."""
    short = Path(f"/tmp/cd-{directory.stat().st_ino}")
    short.mkdir()
    conf = {
        "root": str(directory / "root"),
        "state": str(short / "state"),
        "version": 2,
        "disabled_plugins": ["io.containerd.grpc.v1.cri"],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in conf.items()]
    lines += ["[grpc]", f'address = "{short}/s"', "[ttrpc]", f'address = "{short}/t"']
    (directory / "conf").write_text("\n".join(lines))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["containerd", "-c", directory / "conf"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while subprocess.run(["ctr", "-a", short / "s", "version"], capture_output=True, check=False).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("containerd cannot run here")
            time.sleep(0.2)
        yield f"{short}/s"
    finally:
        process.terminate()
        process.wait(60)
        subprocess.run(["rm", "-rf", short], check=False)
