"""The public face: whole, cheap to import, and free of side effects."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import lading
from lading.cli.demo import build_demo
from tests.api import use

DOCS = Path(__file__).parents[2] / "docs" / "python-api.md"


@pytest.fixture
def image(tmp_path: Path) -> str:
    """The image of `lading demo`."""
    build_demo(tmp_path / "image")
    return f"oci:{tmp_path / 'image'}:demo"


@pytest.fixture
def environment(tmp_path: Path) -> lading.Environment:
    return lading.Environment(database=lading.StarterDatabase(), layer_cache=tmp_path / "cache")


def test_a_scan_in_one_call(image: str, environment: lading.Environment) -> None:
    assert use.failing(image, environment) == [
        "CVE-2023-38545 7.88.1-10+deb12u4",
        "CVE-2023-38408 1:9.2p1-2+deb12u1",
        "CVE-2024-32002 1:2.39.5-0+deb12u1",
        "CVE-2023-45853 ",
    ]


def test_two_steps_give_the_same_report(image: str, environment: lading.Environment) -> None:
    found, report = use.in_two_steps(image, environment)
    assert report == lading.scan(image, lading.ScanOptions(platform="linux/amd64"), environment)
    assert {package.id for package in found.inventory.packages} == {one.id for one in report.targets[0].packages}
    assert report.targets[0].incomplete is False


def test_why(image: str, environment: lading.Environment) -> None:
    assert use.why(image, "CVE-2023-4863", environment) == ["affected: 1.2.4-0.2 < 1.2.4-0.2+deb12u1 (fixed in)"]


def test_errors_are_one_line(environment: lading.Environment) -> None:
    assert use.message("./no/such.tar", environment) == "./no/such.tar: no such file or directory"


def test_the_default_environment_is_the_users(image: str, own_home: Path) -> None:
    report = lading.scan(image, lading.ScanOptions(platform="linux/amd64"))
    assert report.incomplete
    assert (own_home / ".cache" / "lading" / "layers").is_dir()


def test_every_public_name_is_there_and_no_other() -> None:
    assert sorted(lading.__all__) == lading.__all__
    assert {"__version__", *lading._NAMES} == set(lading.__all__)
    for name, module in lading._NAMES.items():
        assert getattr(lading, name) is getattr(import_module(f"lading.{module}"), name)
    with pytest.raises(AttributeError, match=r"^module 'lading' has no attribute 'scam'$"):
        lading.scam  # noqa: B018


def test_functions_and_rooms_of_one_name_stand_side_by_side() -> None:
    for name in ("inventory", "match"):
        assert isinstance(import_module(f"lading.{name}"), ModuleType)
        assert callable(getattr(lading, name))


def test_importing_is_cheap() -> None:
    program = "import sys; before = set(sys.modules); import lading; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['lading']"


def test_the_examples_of_the_documentation_run(image: str, environment: lading.Environment, tmp_path: Path) -> None:
    """Word for word, but for the image's name; what they print is what they promise."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(blocks) == 3
    program = "\n".join(["import lading", blocks[1], blocks[0].replace("oci:image", image), blocks[2]])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=dict(os.environ)
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "CVE-2023-4863 high 1.2.4-0.2+deb12u1"
    assert lines[-2:] == ["1", "no/such/image.tar: no such file or directory"]
    assert done.stderr == ""


def test_a_scan_prints_nothing_and_starts_nothing(
    image: str, environment: lading.Environment, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("fork", "posix_spawn", "system", "chdir", "umask"):
        monkeypatch.setattr(os, name, refuse)
    variables = dict(os.environ)
    lading.scan(image, lading.ScanOptions(platform="linux/amd64"), environment)
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == variables


def test_a_policy_in_a_file(image: str, environment: lading.Environment, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[[ignore]]\npackage = "*"\nreason = "x"\n')
    report = lading.scan(image, lading.ScanOptions(platform="linux/amd64"), environment)
    evaluated = lading.evaluate(report, lading.read_policy(path, lading.Policy(fail_on="low")))
    assert (evaluated.decision.failed, lading.decide(report, lading.Policy(fail_on="low")).failed) == (False, True)
    path.write_text("[[ignroe]]")
    with pytest.raises(lading.PolicyError, match=r"policy\.toml:1: ignroe: no such table \(did you mean ignore\?\)"):
        lading.read_policy(path)
