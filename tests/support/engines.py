"""Real container engines on sockets of their own, and one that says what a test lets it say."""

import os
import shutil
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

import pytest

CURRENT_DOCKER: Final = "TEST_ASSET_DOCKERD"
"""Names a dockerd of version 29 or later, which keeps images as containerd does. It is built from the Go module
github.com/moby/moby/v2; containerd and its shim may lie beside it."""


@contextmanager
def docker_engine(directory: Path, program: str = "dockerd") -> Iterator[str]:
    """Docker's daemon with all it keeps in `directory`; gives its socket. Skips where it cannot run."""
    with _short_directory() as short:
        socket = f"{short}/docker.sock"
        command = [program, "--iptables=false", "--bridge=none", "--host", f"unix://{socket}"]
        places = {"data-root": directory / "data", "exec-root": short / "exec", "pidfile": short / "pid"}
        command += [f"--{name}={place}" for name, place in places.items()]
        with _running(command, directory / "log", ["docker", "--host", f"unix://{socket}", "info"]):
            yield socket


@contextmanager
def current_docker(directory: Path) -> Iterator[str]:
    """A daemon of version 29 or later, like `docker_engine`. Skips where none is named."""
    program = os.environ.get(CURRENT_DOCKER, "")
    if not program:
        pytest.skip(f"{CURRENT_DOCKER} names no dockerd of version 29 or later")
    with docker_engine(directory, program) as socket:
        yield socket


@contextmanager
def podman_engine(directory: Path) -> Iterator[str]:
    """Podman's service with all it keeps in `directory`; gives its socket. Skips where it cannot run."""
    with _short_directory() as short:
        socket = f"{short}/podman.sock"
        command = ["podman", "--storage-driver=vfs", f"--root={directory}/root", f"--runroot={short}/run"]
        command += ["system", "service", "--time=0", f"unix://{socket}"]
        asked = ["curl", "--silent", "--fail", "--unix-socket", socket, "http://engine/_ping"]
        with _running(command, directory / "log", asked):
            yield socket


@contextmanager
def said_by_engine(
    answers: Mapping[str, tuple[int, bytes]], headers: Mapping[str, str], asked: list[str] | None = None
) -> Iterator[str]:
    """An engine that answers these paths with a status and a body, and others with 404; gives its socket. `asked` gets
    the paths."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            status, body = answers.get(self.path, (404, b'{"message": "No such image"}'))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "test"

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    with _short_directory() as short:
        server = socketserver.ThreadingUnixStreamServer(f"{short}/e.sock", Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{short}/e.sock"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def _short_directory() -> Iterator[Path]:
    """The path of a socket has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="eng-", dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _running(command: list[str], log: Path, asked: list[str]) -> Iterator[None]:
    if shutil.which(command[0]) is None or shutil.which(asked[0]) is None:
        pytest.skip(f"{command[0]} and {asked[0]} are not both on the path")
    beside = {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}"}
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=beside if "/" in command[0] else None)
    try:
        deadline = time.monotonic() + 60
        while subprocess.run(asked, capture_output=True, check=False).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"{command[0]} cannot run here")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(60)
