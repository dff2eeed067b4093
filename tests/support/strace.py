"""What programs load, as strace sees it, held against what /proc tells afterwards."""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from lading.inventory.usage import mark_used, owned_by
from lading.model.package import Package
from lading.runtime.proc import PROC
from lading.runtime.sight import see_process
from lading.runtime.usage import uses_of

_INFO = Path("/var/lib/dpkg/info")
_OPENED = re.compile(r"(\d+) +open(?:at)?\(.*\) = \d+<(/[^>]*)>")
_STARTED = re.compile(r'(\d+) +execve\("([^"]+)".*\) = 0')
_CODE = re.compile(r".*\.(?:so(?:\.[0-9.]+)?|pyc?|pm|pl|rb|js|cjs|mjs|tcl|php|jar|node)")
_CACHED = re.compile(r"(.*)/__pycache__/([^/]+)\.cpython-\d+(?:\.opt-\d)?\.pyc")
_PATIENCE = 30.0


class Compared(Struct, frozen=True):
    """The packages that a program loaded code of by strace's word, and those that are in use by ours."""

    loaded: frozenset[str]
    used: frozenset[str]
    processes: int
    seconds: float

    @property
    def missed(self) -> frozenset[str]:
        """Those that we do not see."""
        return self.loaded - self.used


def debian_packages() -> tuple[Package, ...]:
    """What dpkg has here, with the files of each package."""
    found = []
    for path in sorted(_INFO.glob("*.list")):
        files = tuple(line[1:] for line in path.read_text(errors="replace").splitlines() if len(line) > 2)
        found.append(Package(path.stem.partition(":")[0], "1", "deb", files=files))
    return tuple(found)


def compare(command: Sequence[str], packages: Sequence[Package], directory: Path) -> Compared:
    """Runs a program under strace until it waits, and looks at it then. It gets a standard input that stays open."""
    log = directory / "strace"
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "4096", "-e", "trace=open,openat,execve", "-o", str(log), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=directory,
    )
    try:
        _settle(log, tracer)
        alive = _descendants(tracer.pid)
        began = time.process_time()
        seen = [one for pid in alive if (one := see_process(pid)) is not None]
        used = mark_used(packages, list(uses_of(seen)), whole=True)
        seconds = time.process_time() - began
        loaded = _loaded(log.read_text(errors="replace"), alive)
    finally:
        for pid in reversed(_descendants(tracer.pid)):
            subprocess.run(["kill", "-9", str(pid)], capture_output=True, check=False)
        tracer.kill()
        tracer.communicate()
    owners = owned_by(packages, loaded)
    return Compared(
        frozenset(one.name for path in loaded for one in owners[path]),
        frozenset(one.name for one in used if one.usage is not None and one.usage.in_use),
        len(seen),
        seconds,
    )


def _settle(log: Path, tracer: "subprocess.Popen[bytes]") -> None:
    """Waits until a program has opened nothing for a while."""
    deadline = time.monotonic() + _PATIENCE
    size, since = -1, time.monotonic()
    while time.monotonic() < deadline and tracer.poll() is None:
        now = log.stat().st_size if log.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        elif size and time.monotonic() - since > 1.5:
            return
        time.sleep(0.1)


def _loaded(text: str, alive: Sequence[int]) -> set[str]:
    """The files of code that processes which still run have opened, and their programs, without a leading slash. Python
    reads what it compiled in place of its source."""
    found: dict[int, set[str]] = {}
    for line in text.splitlines():
        started, opened = _STARTED.match(line), _OPENED.match(line)
        if started is not None:
            found[int(started[1])] = {str(Path(started[2]).resolve())}
        elif opened is not None and _CODE.fullmatch(opened[2]):
            cached = _CACHED.fullmatch(opened[2])
            name = f"{cached[1]}/{cached[2]}.py" if cached is not None else opened[2]
            found.setdefault(int(opened[1]), set()).add(name)
    return {path[1:] for pid in alive for path in found.get(pid, ())}


def _descendants(pid: int) -> list[int]:
    """The processes below one, without itself."""
    found: list[int] = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def _children(pid: int) -> Iterator[int]:
    try:
        for task in Path(PROC, str(pid), "task").iterdir():
            yield from map(int, (task / "children").read_text().split())
    except OSError:
        return
