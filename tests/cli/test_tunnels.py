"""Engines behind ssh, by a program `ssh` that is made for the test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Platform
from lading.safeio.tar_writer import NewEntry
from tests.support.engines import said_by_engine
from tests.support.program import Lading

_SSH = """#!{python}
import os, signal, sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
if "refused" in sys.argv:
    print("jo@refused: Permission denied (publickey).", file=sys.stderr)
    sys.exit(255)
local, remote = sys.argv[sys.argv.index("-L") + 1].split(":")
os.symlink({socket!r}, local)
signal.pause()
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the program was called with, a line for each time; it leads to an engine that has no image."""
    log = tmp_path / "calls"
    with said_by_engine({}, {}) as socket:
        program = tmp_path / "bin/ssh"
        program.parent.mkdir()
        program.write_text(_SSH.format(python=sys.executable, log=str(log), socket=socket))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        yield log


def test_an_engine_is_asked_through_ssh(calls: Path, lading: Lading) -> None:
    variables = {"DOCKER_HOST": "ssh://jo@d.example:2222", "CONTAINER_HOST": "ssh://p.example/run/user/1/p.sock"}
    for options in ((), ("--no-sandbox",)):
        for target in ("docker:app:1", "podman:app:1"):
            done = lading("packages", target, *options, variables=variables, status=2)
            engine = target.partition(":")[0]
            shown = variables["DOCKER_HOST" if engine == "docker" else "CONTAINER_HOST"]
            assert f"app:1: no such image in {engine} ({shown})" in done.stderr
    asked = [line.split(" -L ")[1].split(":", 1)[1] for line in calls.read_text().splitlines()]
    assert asked == ["/var/run/docker.sock -- d.example", "/run/user/1/p.sock -- p.example"] * 2
    first = calls.read_text().splitlines()[0].split()
    assert first[0] == "-nNT" and "BatchMode=yes" in first
    assert first[first.index("-l") : first.index("-L")] == ["-l", "jo", "-p", "2222"]


def test_nothing_is_opened_for_what_no_engine_is_asked_for(calls: Path, lading: Lading, tmp_path: Path) -> None:
    layers = (LayerSpec("ADD", (NewEntry("etc/motd"),)),)
    write_oci_layout(tmp_path / "layout", layers, tag="1", platform=Platform("linux", "amd64"))
    variables = {"DOCKER_HOST": "ssh://jo@d.example"}
    lading("packages", f"oci:{tmp_path}/layout:1", "--platform", "linux/amd64", variables=variables)
    assert not calls.exists()


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("ssh://jo@refused", "ssh://jo@refused: ssh failed: jo@refused: Permission denied (publickey)."),
        ("ssh://jo:s3cret@d.example", "ssh://…@d.example: holds a password, which ssh does not take: use a key"),
        ("ssh://-oProxyCommand=x", "ssh://-oProxyCommand=x: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]"),
        ("ssh://-l@d.example", "ssh://-l@d.example: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]"),
        ("ssh://d/a:b", "ssh://d/a:b: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]"),
        ("ssh://d:x", "ssh://d:x: is no address: expected ssh://USER@HOST[:PORT][/SOCKET]"),
    ],
)
def test_what_cannot_be_reached(calls: Path, lading: Lading, host: str, message: str) -> None:
    done = lading("packages", "docker:app:1", variables={"DOCKER_HOST": host}, status=2)
    assert done.stderr == f"lading: {message}\n"
