"""Container engines behind ssh: their sockets, forwarded to local ones by the user's own ssh.

Sources: docker(1), "Environment variables" (DOCKER_HOST=ssh://USER@HOST); podman-remote(1), CONTAINER_HOST; ssh(1), -L.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from msgspec import structs

from lading.engine.settings import Settings
from lading.image.open import local_path
from lading.image.places import ssh_engines
from lading.model.errors import NetError, UsageError
from lading.net.address import printable

if TYPE_CHECKING:
    import subprocess

_DEADLINE: Final = 40.0
_SHOWN: Final = 200
_DOCKER_SOCKET: Final = "/var/run/docker.sock"
_WORD: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_SOCKET: Final = re.compile(r"/[A-Za-z0-9_./@-]+")
_OPTIONS: Final = (
    "-nNT",
    *("-o", "BatchMode=yes"),  # nobody is asked for a password
    *("-o", "ConnectTimeout=30"),
    *("-o", "ExitOnForwardFailure=yes"),
    *("-o", "ControlMaster=no", "-o", "ControlPath=none"),
)


@contextlib.contextmanager
def with_tunnels(settings: Settings, *targets: str) -> Iterator[Settings]:
    """The settings, by which engines behind ssh that the targets are asked of can be reached. Raises NetError."""
    wanted = sorted({one for target in targets for one in _behind_ssh(target, settings)})
    if not wanted:
        yield settings
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="lading-") as directory, contextlib.ExitStack() as running:
        opened = []
        for number, address in enumerate(wanted):
            socket = Path(directory, str(number))
            running.enter_context(_tunnel(address, socket))
            opened.append((address, str(socket)))
        engines = structs.replace(settings.network.engines, tunnels=tuple(opened))
        yield structs.replace(settings, network=structs.replace(settings.network, engines=engines))


def _behind_ssh(target: str, settings: Settings) -> tuple[str, ...]:
    if not target or local_path(target) is not None:
        return ()
    with contextlib.suppress(UsageError):  # told by who asks the engine
        return ssh_engines(target, settings.image_from, settings.network.engines)
    return ()


@contextlib.contextmanager
def _tunnel(address: str, socket: Path) -> Iterator[None]:
    import subprocess

    shown, command = printable(address, _SHOWN), _command(address, socket)
    said = socket.with_suffix(".log")
    with said.open("wb") as log:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        except OSError as error:
            raise NetError(f"{shown}: ssh cannot be run: {error.strerror}") from error
    try:
        _await(process, socket, said, shown)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", socket: Path, said: Path, shown: str) -> None:
    """Waits until the socket is there. Raises NetError with what ssh said."""
    end = time.monotonic() + _DEADLINE
    while not socket.exists():
        if process.poll() is not None:
            words = " ".join(said.read_bytes()[-_SHOWN:].decode(errors="replace").split())
            raise NetError(f"{shown}: ssh failed: {printable(words, _SHOWN) or f'status {process.returncode}'}")
        if time.monotonic() > end:
            raise NetError(f"{shown}: ssh did not connect in {_DEADLINE:g} seconds")
        time.sleep(0.02)


def _command(address: str, socket: Path) -> list[str]:
    """What forwards the engine's socket. Raises NetError for an address that is none."""
    shown = printable(address, _SHOWN)
    try:
        parts = urlsplit(address)
        host, port, user = parts.hostname or "", parts.port, unquote(parts.username or "")
    except ValueError as error:
        raise NetError(f"{shown}: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]") from error
    if parts.password is not None:
        host_part = parts.netloc.rpartition("@")[2]
        raise NetError(f"ssh://…@{host_part}: holds a password, which ssh does not take: use a key")
    path = parts.path.rstrip("/") or _DOCKER_SOCKET
    host_is_fit = _WORD.fullmatch(host) or re.fullmatch(r"[0-9a-f:.]+", host)
    if not host_is_fit or (user and not _WORD.fullmatch(user)) or not _SOCKET.fullmatch(path) or parts.query:
        raise NetError(f"{shown}: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]")
    options = [*(("-l", user) if user else ()), *(("-p", str(port)) if port else ())]
    return ["ssh", *_OPTIONS, *options, "-L", f"{socket}:{path}", "--", host]
