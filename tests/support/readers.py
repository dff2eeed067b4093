"""Programs from npm that read or check documents, which `./test` installs in tests/readers."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

_READERS = Path(__file__).parents[1] / "readers"
_MULTITOOL = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"


def run_reader(script: str, *paths: Path) -> list[Any]:
    """What a script of tests/readers prints, a line of JSON for each path. Skips where Node or what it needs is not
    there."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    if not (_READERS / "node_modules").is_dir():
        pytest.skip("the readers of tests/readers are not installed")
    return [json.loads(line) for line in _output([node, str(_READERS / script), *map(str, paths)]).splitlines()]


def reader_file(name: str) -> Path:
    """A file of a package of tests/readers. Skips where it is not installed."""
    path = _READERS / "node_modules" / name
    if not path.is_file():
        pytest.skip("the readers of tests/readers are not installed")
    return path


def run_sarif_multitool(path: Path, result: Path) -> list[Any]:
    """What Microsoft's validator finds in a SARIF file, by SARIF's own rules and GitHub's. Skips where it cannot
    run."""
    program = _READERS / _MULTITOOL
    if not program.is_file() or platform.machine() != "x86_64":
        pytest.skip("the SARIF multitool is not installed")
    program.chmod(0o755)
    _output([str(program), "validate", str(path), "--output", str(result), "--rule-kind", "Sarif;Ghas"])
    (run,) = json.loads(result.read_bytes())["runs"]
    found: list[Any] = run["results"]
    return found


def _output(command: Sequence[str]) -> str:
    environment = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
