"""Shell scripts of `pipelines.toml`, run as they stand."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from tests.support.demo import build_demo_and_base
from tests.support.warm import shell_command

pytestmark = pytest.mark.long

_STARTER = "--starter --platform linux/amd64"


class Pipeline(Struct, frozen=True, forbid_unknown_fields=True):
    """A script, what it exits with, and a part of what it writes."""

    name: str
    script: str
    exit: int
    says: str = ""


class _File(Struct, frozen=True):
    pipeline: tuple[Pipeline, ...]


def pipelines() -> list[Any]:
    data = Path(__file__).with_name("pipelines.toml").read_bytes()
    return [pytest.param(one, id=one.name) for one in msgspec.toml.decode(data, type=_File).pipeline]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, warm: str) -> dict[str, str]:
    """The environment of every script: the program, an image, and a report on it."""
    place = tmp_path_factory.mktemp("world")
    program = place / "bin" / "lading"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shell_command(warm)} "$@"\n')
    program.chmod(0o755)
    image, base = build_demo_and_base(place)
    world = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(place),
        "IMAGE": image,
        "BASE": base,
        "REPORT": f"{place}/report.json",
        "S": _STARTER,
    }
    subprocess.run(
        ["lading", "scan", *_STARTER.split(), "-o", f"json={place}/report.json", world["IMAGE"]], env=world, check=True
    )
    return world


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("pipeline", pipelines())
def test_a_pipeline(pipeline: Pipeline, shell: str, world: dict[str, str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    place = tmp_path / "project"
    place.mkdir()
    done = subprocess.run(
        [shell, "-c", pipeline.script],
        cwd=place,
        env={**world, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, pipeline.says in done.stdout + done.stderr) == (pipeline.exit, True), done.stderr
