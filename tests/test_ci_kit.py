"""The files for pipelines: they fit the schemas of those who read them, and their steps run under every shell."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.demo import build_demo_and_base
from tests.support.warm import shell_command

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
SHELLS = ("bash", "dash")
STARTER = ("--starter", "--platform=linux/amd64")


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("action.yml", "vendor.github-actions"),
        ("ci/gitlab.yml", "vendor.gitlab-ci"),
        ("ci/examples/azure-pipelines.yml", "vendor.azure-pipelines"),
        ("ci/examples/circleci.yml", "vendor.circle-ci"),
        ("ci/examples/publish-database.yml", "vendor.github-workflows"),
        (".github/workflows/release.yml", "vendor.github-workflows"),
    ],
)
def test_who_reads_it_takes_it(path: str, schema: str) -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--regex-variant", "python", "--builtin-schema", schema]
    done = subprocess.run([*checker, ROOT / path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, warm: str) -> dict[str, str]:
    """The environment of a job: the program on the path, and an image."""
    place = tmp_path_factory.mktemp("job")
    program = place / "bin/lading"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shell_command(warm)} "$@"\n')
    program.chmod(0o755)
    image, _ = build_demo_and_base(place)
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": str(place),
        "LADING": str(program),
        "IMAGE": image,
    }


def run(shell: str, script: str, place: Path, world: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    """A step as runners run it: a file, that ends at the first failure."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = place / "step.sh"
    file.write_text(script)
    return subprocess.run(
        [shell, "-e", file], cwd=place, env={**world, **more}, capture_output=True, text=True, check=False
    )


def action(place: Path, image: str, **inputs: str) -> dict[str, str]:
    """The variables of the action's step: each input, with its default where it is not given."""
    definition = read("action.yml")
    values = {name: str(one.get("default", "")) for name, one in definition["inputs"].items()}
    values |= {"image": image, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    (step,) = definition["runs"]["steps"]
    named = {
        variable: values[text.removeprefix("${{ inputs.").removesuffix(" }}")]
        for variable, text in step["env"].items()
        if text.startswith("${{ inputs.")
    }
    return {**named, "GITHUB_OUTPUT": str(place / "output")}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("inputs", "status"), [({}, 0), ({"fail_on": "critical"}, 1), ({"options": "--nothing-such"}, 2)]
)
def test_the_action_s_step(
    shell: str, inputs: dict[str, str], status: int, world: dict[str, str], tmp_path: Path
) -> None:
    (step,) = read("action.yml")["runs"]["steps"]
    options = "\n".join([*STARTER, inputs.get("options", "")])
    given = action(tmp_path, world["IMAGE"], **{**inputs, "options": options}, sarif="a b.sarif", report="r.json")
    done = run(shell, step["run"], tmp_path, world, **given)
    assert done.returncode == status, done.stderr
    assert (tmp_path / "output").read_text() == f"exit-status={status}\n"
    assert [(tmp_path / name).exists() for name in ("a b.sarif", "r.json")] == [status != 2] * 2


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "hostile", ["$(touch hit)", "`touch hit`", "x; touch hit", '"; touch hit; "', "x\ntouch hit", "--limit=total=1"]
)
def test_nothing_in_an_input_is_run(shell: str, hostile: str, world: dict[str, str], tmp_path: Path) -> None:
    (step,) = read("action.yml")["runs"]["steps"]
    for name in ("fail_on", "policy", "options"):
        given = action(tmp_path, hostile, **{name: hostile})
        assert run(shell, step["run"], tmp_path, world, **given).returncode == 2
    assert not (tmp_path / "hit").exists()
    assert "${{" not in step["run"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_template_of_gitlab(shell: str, world: dict[str, str], tmp_path: Path) -> None:
    (script,) = read("ci/gitlab.yml")[".lading"]["script"]
    given = {"LADING_IMAGE": world["IMAGE"], "LADING_STARTER": "true", "LADING_PLATFORM": "linux/amd64"}
    assert run(shell, script, tmp_path, world, **given).returncode == 0
    assert run(shell, script, tmp_path, world, **given, LADING_FAIL_ON="critical").returncode == 1
    assert {one.name for one in tmp_path.iterdir()} == {
        "gl-container-scanning-report.json", "lading-report.json", "step.sh"
    }  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_the_step_of_tekton(shell: str, world: dict[str, str], tmp_path: Path) -> None:
    (step,) = read("ci/examples/tekton-task.yaml")["spec"]["steps"]
    script = step["script"].replace("$(results.exit-status.path)", str(tmp_path / "status"))
    done = run(shell, script, tmp_path, world, LADING_STARTER="true", LADING_PLATFORM="linux/amd64")
    assert (done.returncode, (tmp_path / "status").read_text()) == (1, "1")


def test_the_hook_of_pre_commit(world: dict[str, str], tmp_path: Path) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    assert {"id", "name", "entry", "language"} <= hook.keys()
    (tmp_path / "requirements.txt").write_text("a==1\n")
    done = subprocess.run(
        hook["entry"].split(),
        cwd=tmp_path,
        env={**world, "HOME": str(tmp_path), "LADING_OFFLINE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "1 package was not matched" in done.stdout) == (0, True), done.stdout + done.stderr
