"""The wheel, installed as a user would: its entry point, its data files, nothing from the checkout."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import lading
from tests.support.program import Lading

REPOSITORY = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = directory.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Lading:
    """The entry point of an environment that has the wheel; the libraries are borrowed from this environment."""
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory, symlinks=True)
    python = directory / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    # A plain path after the wheel's own: the .pth files in there, which point to the checkout, are not read.
    (site,) = directory.glob("lib/python3*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Lading((str(directory / "bin" / "lading"),))


def test_the_wheel_holds_the_package_its_data_and_its_license(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {
        f"lading/{path.relative_to(REPOSITORY / 'src/lading')}"
        for path in (REPOSITORY / "src/lading").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    metadata = f"lading-{lading.__version__}.dist-info"
    manual = f"lading-{lading.__version__}.data/data/share/man/man1/lading.1"
    extra = {
        manual,
        *(f"{metadata}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")),
    }
    assert names == sources | extra


def test_the_entry_point_tells_its_version(installed: Lading) -> None:
    assert installed("--version").stdout == f"lading {lading.__version__}\n"


def test_the_installed_package_is_the_wheel(installed: Lading) -> None:
    python = Path(installed.command[0]).parent / "python"
    program = "import lading; print(lading.__file__)"
    done = subprocess.run([python, "-I", "-c", program], check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent)


def test_the_demo_runs_without_checkout_network_and_database(installed: Lading) -> None:
    outcome = installed("demo")
    assert "CVE-2024-6387" in outcome.stdout
    assert outcome.stderr == ""
