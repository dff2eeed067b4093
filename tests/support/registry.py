"""A real registry (Debian's docker-registry) on loopback."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve_registry(directory: Path, tls: Mapping[str, str] | None = None, **extra: object) -> Iterator[str]:
    """Runs a registry that keeps its data in `directory`; gives its address. `tls` and `extra` are parts of its
    configuration; without them it speaks plain HTTP to everybody."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}},
        "http": {"addr": address, "tls": dict(tls or {})},
        **extra,
    }
    config = directory / "config.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((host, int(port)), 2).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
