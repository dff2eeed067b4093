"""The wheel of this checkout and those of the libraries, as the lock file names them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements.lock"
_PLATFORMS: Final = {
    "amd64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "amd64-musl": ("musllinux_1_2_x86_64",),
    "arm64-musl": ("musllinux_1_2_aarch64",),
    "macos": ("macosx_11_0_arm64", "macosx_12_0_arm64", "macosx_14_0_arm64"),
}
MACHINES: Final = tuple(_PLATFORMS)
_NOT_FOR_MUSL: Final = ("cel-expr-python==",)


def epoch() -> int:
    """The time of everything that is built, in seconds: SOURCE_DATE_EPOCH, or that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given) if given else int(_git("log", "-1", "--format=%ct"))


def revision() -> str:
    """The commit that is built, with a plus sign where files differ from it."""
    return _git("rev-parse", "HEAD") + ("+" if _git("status", "--porcelain") else "")


def build_wheel(directory: Path) -> Path:
    """The wheel of this checkout: the same bytes for the same source and time."""
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT))
    run(command, {"SOURCE_DATE_EPOCH": str(epoch())})
    (wheel,) = directory.glob("lading-*.whl")
    return wheel


def download(directory: Path, machine: str, pythons: Iterable[str]) -> None:
    """The wheels of the libraries for a machine (see MACHINES) and versions of Python ("3.13"), each by its digest in
    the lock file."""
    for python in pythons:
        _download(directory, lock_for(machine, python), machine, python)


def download_pip(directory: Path) -> None:
    """pip's own wheel, as the lock file for development names it."""
    (pin,) = (one for one in _pins((ROOT / "requirements-dev.lock").read_text()) if one.startswith("pip=="))
    _download(directory, pin, "amd64", "3.11")


def lock_for(machine: str, python: str = "") -> str:
    """The lock file with what can be had for a machine and, where one is named, is needed for a version of Python."""
    pins = _pins(LOCK.read_text())
    if machine.endswith("-musl"):
        pins = [pin for pin in pins if not pin.startswith(_NOT_FOR_MUSL)]
    return "".join(pin for pin in pins if not python or _is_needed(pin, machine, python))


def _is_needed(pin: str, machine: str, python: str) -> bool:
    marker = Requirement(pin.partition("\\")[0].strip()).marker
    names = {"amd64": "x86_64", "arm64": "aarch64", "macos": "arm64"}
    environment = {
        "implementation_name": "cpython",
        "platform_machine": names[machine.removesuffix("-musl")],
        "platform_python_implementation": "CPython",
        "python_full_version": f"{python}.0",
        "python_version": python,
    }
    return marker is None or marker.evaluate(environment)


def _pins(lock: str) -> list[str]:
    """What a lock file names, each with the lines of its digests."""
    lines = (line for line in lock.splitlines(keepends=True) if not line.startswith("#"))
    return re.findall(r"^\S.*\n(?:[ \t].*\n)*", "".join(lines), re.MULTILINE)


def _download(directory: Path, pins: str, machine: str, python: str) -> None:
    platforms = [part for name in _PLATFORMS[machine] for part in ("--platform", name)]
    with NamedTemporaryFile("w", suffix=".txt") as lock:
        lock.write(re.sub(r" ;[^\\\n]*", " ", pins))
        lock.flush()
        command = (
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary", ":all:", *platforms, "--python-version", python),
            *("--requirement", lock.name, "--dest", str(directory)),
        )
        run(command)


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> bytes:
    """What a program writes; its own words stay on standard error."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | (environment or {})).stdout


def _git(*words: str) -> str:
    return run(("git", "-C", str(ROOT), *words)).decode().strip()
