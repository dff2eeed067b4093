"""Programs in Go, which tests build where Go is there."""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest

_OLDEST = (1, 25)


def build_go(source: Path, program: Path) -> None:
    """Builds a file that needs the standard library alone. Skips the test where there is no Go that is new enough.

    Go's own cache of compiled packages is used, which the tests' home directory hides."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    home = pwd.getpwuid(os.getuid()).pw_dir
    settings = {"HOME": home, "XDG_CACHE_HOME": "", "GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0"}
    environment = os.environ | settings
    version = subprocess.run([go, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=True)
    number = re.match(r"go(\d+)\.(\d+)", version.stdout)
    if number is not None and (int(number[1]), int(number[2])) < _OLDEST:
        pytest.skip(f"Go is older than {_OLDEST[0]}.{_OLDEST[1]}")
    subprocess.run([go, "build", "-o", str(program), str(source)], env=environment, check=True)
