"""Programs in Go, which tests build where Go is there."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest

_OLDEST = (1, 25)
_NOT_HAD = re.compile(r"dial tcp|no such host|module lookup disabled|proxyconnect|i/o timeout")


def build_go(source: Path, program: Path) -> None:
    """Builds a file that needs the standard library alone. Skips the test where there is no Go that is new enough.

    Go's own cache of compiled packages is used, which the tests' home directory hides."""
    go, environment = _go({"GOPROXY": "off"})
    subprocess.run([go, "build", "-o", str(program), str(source)], env=environment, check=True)


def build_go_module(module: Path, program: Path) -> None:
    """Builds a directory with a go.mod and go.sum. Skips the test where there is no Go that is new enough, and where
    the modules that it needs cannot be had."""
    go, environment = _go({"GOFLAGS": "-mod=readonly"})
    done = subprocess.run(
        [go, "build", "-o", str(program), "."], cwd=module, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode and _NOT_HAD.search(done.stderr):
        pytest.skip("the modules of a Go program cannot be had")
    if done.returncode and "requires go >= " in done.stderr:
        pytest.skip("Go is older than the modules of a Go program need")
    assert done.returncode == 0, done.stderr


def install_go(program: str, directory: Path) -> Path:
    """Installs a program by its module (`MODULE/cmd/NAME@VERSION`) into a directory; gives its path. Skips the test as
    build_go_module does."""
    go, environment = _go({"GOBIN": str(directory)})
    done = subprocess.run([go, "install", program], env=environment, capture_output=True, text=True, check=False)
    if done.returncode and _NOT_HAD.search(done.stderr):
        pytest.skip("the modules of a Go program cannot be had")
    assert done.returncode == 0, done.stderr
    return directory / program.rpartition("/")[2].partition("@")[0]


def _go(settings: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The program and its environment."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    home = pwd.getpwuid(os.getuid()).pw_dir
    common = {"HOME": home, "XDG_CACHE_HOME": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    environment = os.environ | common | settings
    version = subprocess.run([go, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=True)
    number = re.match(r"go(\d+)\.(\d+)", version.stdout)
    if number is not None and (int(number[1]), int(number[2])) < _OLDEST:
        pytest.skip(f"Go is older than {_OLDEST[0]}.{_OLDEST[1]}")
    return go, environment
