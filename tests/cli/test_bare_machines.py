"""Machines on which little is there or may be written: each command works, or says one clear line."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.program import Lading

_REPOSITORY = Path(__file__).resolve().parents[2]
_NOBODY = 12345


def test_without_any_variable(lading: Lading, tmp_path: Path) -> None:
    done = subprocess.run(
        ["/usr/bin/env", "-i", *lading.command, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_home_that_cannot_be_written_keeps_nothing_and_says_so(lading: Lading, tmp_path: Path) -> None:
    (home := tmp_path / "home").write_text("no directory")
    variables = {"HOME": str(home), "XDG_CACHE_HOME": "", "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": str(tmp_path)}
    lading("demo", "--keep", tmp_path / "image")
    image = f"oci:{tmp_path / 'image'}:demo"
    done = lading("scan", "--starter", "--platform", "linux/amd64", image, variables=variables)
    assert done.stderr == ""
    assert (
        f"{home}/.cache/lading/layers: cannot be written: Not a directory; the scan went on without it" in done.stdout
    )


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A checkout that nobody can write, where everybody can look."""
    with TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        checkout = Path(directory, "checkout")
        (checkout / "tools").mkdir(parents=True)
        for name in ("lading", "test", "tools/environment", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(_REPOSITORY / name, checkout / name)
        for one in (checkout / "tools", checkout):
            one.chmod(0o555)
        yield checkout
        for one in (checkout, checkout / "tools"):
            one.chmod(0o755)


@pytest.mark.parametrize("program", ["lading", "test", "tools/environment"])
def test_a_checkout_that_cannot_be_written_is_one_line(program: str, checkout: Path) -> None:
    """With dash too, which ends a script where others go on."""
    identity = ["setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
    if os.geteuid():
        identity = []
    elif shutil.which("setpriv") is None:
        pytest.skip("setpriv is not there, and root can write everything")
    arguments = ["requirements.lock"] if program == "tools/environment" else []
    command = [*identity, "sh", str(checkout / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"lading: cannot make the environment: {checkout} cannot be written; let who owns it call this once, or copy "
        "the checkout"
    ]
