"""The workflows: linters take them, and the shell of each step runs as a runner runs it, under every shell."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.go import install_go
from tests.support.registry import serve_registry
from tests.support.warm import shell_command

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ".github/workflows/release.yml"
DATABASE = "ci/examples/publish-database.yml"
SHELLS = ("bash", "dash")
each_shell = pytest.mark.parametrize("shell", SHELLS)


def steps_of(path: str) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load((ROOT / path).read_text())["jobs"].values()
    steps: list[dict[str, Any]] = job["steps"]
    return steps


class Runner:
    """A runner of GitHub's: steps in one directory, and the variables that they hand on. What a step takes from the
    workflow's contexts is given by its name."""

    def __init__(self, shell: str, place: Path, variables: Mapping[str, str]) -> None:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        self.shell, self.place = shell, place
        programs = place.parent / "programs"
        programs.mkdir()
        self.programs = programs
        self._handed = {name: place.parent / name for name in ("GITHUB_ENV", "GITHUB_PATH")}
        for file in self._handed.values():
            file.touch()
        path = f"{programs}:{os.environ['PATH']}"
        self.variables = {"PATH": path, "HOME": str(place.parent), **variables, **self._named()}

    def _named(self) -> dict[str, str]:
        return {name: str(file) for name, file in self._handed.items()}

    def stand_in(self, name: str, script: str) -> None:
        """Puts a program on the path in place of the real one. Calls are written down before its script."""
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.place.parent}/calls"\n{script}\n')
        program.chmod(0o755)

    def calls(self) -> list[str]:
        """What was called since the last look."""
        file = self.place.parent / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def run(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        handed = dict(line.split("=", 1) for line in self._handed["GITHUB_ENV"].read_text().splitlines())
        assert "${{" not in step["run"]
        file = self.place.parent / "step.sh"
        file.write_text(step["run"])
        return subprocess.run(
            [self.shell, "-e", file],
            cwd=self.place,
            env={**self.variables, **handed},
            capture_output=True,
            text=True,
            check=False,
        )


def test_linters_take_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    actionlint = install_go("github.com/rhysd/actionlint/cmd/actionlint@v1.7.7", tmp_path_factory.mktemp("go"))
    done = subprocess.run([actionlint, "-no-color", RELEASE, DATABASE], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    (tmp_path / "registry").mkdir()
    with serve_registry(tmp_path / "registry") as address:
        yield address


def lading(runner: Runner, feeds: Path, warm: str) -> None:
    """The program itself, that finds upstream in a directory."""
    real = shell_command(warm)
    runner.stand_in("lading", f'[ "$1 $2" != "db update" ] || set -- "$@" --from {feeds}\nexec {real} "$@"')
    runner.stand_in("pipx", "")


@each_shell
def test_a_mirror_of_the_database(shell: str, place: Path, registry: str, warm: str) -> None:
    feeds = place.parent / "feeds/kev"
    feeds.mkdir(parents=True)
    known = {"cveID": "CVE-2024-1", "dateAdded": "2024-01-01"}
    catalogue = {"dateReleased": "2026-01-01T00:00:00Z", "catalogVersion": "1", "count": 1, "vulnerabilities": [known]}
    (feeds / "known_exploited_vulnerabilities.json").write_text(json.dumps(catalogue))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place.parent / "key"], check=True)
    key = (place.parent / "key").read_text().rstrip("\n")
    more = {"LADING_PLAIN_HTTP": "true", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    runner = Runner(shell, place, {"REPOSITORY": f"{registry}/Organisation/lading-db", "KEY": key, **more})
    lading(runner, feeds.parent, warm)
    for days, notice in ((1, "there is no earlier database"), (2, "")):
        said = ""
        for step in steps_of(DATABASE):
            done = runner.run(step)
            assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
            said += done.stdout
        assert ("::notice::" in said, notice in said, "kev " in said) == (days == 1, True, True)
    assert not (place / "db-key").exists()
    assert runner.calls()[0] == "pipx install lading"
    client = {**runner.variables, "XDG_DATA_HOME": str(place / "client"), "LADING_DB_KEY": str(place / "db-key.pub")}
    reference = f"{registry}/organisation/lading-db:latest"
    pull = [sys.executable, "-m", "lading", "db", "pull", reference]
    assert subprocess.run(pull, env=client, capture_output=True).returncode == 0
    (place / "db-key.pub").write_text((place.parent / "key.pub").read_text().replace("AAAAI", "AAAAJ", 1))
    assert subprocess.run(pull, env=client, capture_output=True).returncode == 2


PYTHON = """
case "$2 $3" in
  "build --outdir") touch dist/lading-1.2-py3-none-any.whl dist/lading-1.2.tar.gz ;;
  "release.image "*) mkdir "$3" && touch "$3/lading.cdx.json" "$3/provenance.json" && echo "$3/layout: $DIGEST" ;;
  "release.bundle "*) touch "$3" ;;
  "venv "*) mkdir -p "$3/bin" && ln -s "$PROGRAMS/python" "$3/bin/python" && ln -s "$PROGRAMS/lading" "$3/bin/lading" ;;
esac
"""


def released(shell: str, place: Path) -> Runner:
    """A runner on which everything that a release calls is there, and does nothing but leave its files."""
    runner = Runner(shell, place, {"TAG": "v1.2", "IMAGE": "registry.example/Owner/lading", "DIGEST": "sha256:1"})
    runner.variables |= {"PROGRAMS": str(runner.programs), "KEY": "a key", "LADING_USERNAME": "u"}
    runner.variables |= {"LADING_PASSWORD": "p"}
    runner.stand_in("python", PYTHON)
    runner.stand_in("lading", 'case "$*" in --version) echo lading 1.2 ;; "db export"*) touch "$3" ;; esac')
    runner.stand_in("sudo", "")
    for name in ("skopeo", "gh", "pipx", "tar"):
        runner.stand_in(name, "")
    for name in ("tools", "dist", "release"):
        (place / name).mkdir()
    (place / "release/lading.openvex.json").touch()
    for link, program in (("tools/environment", "sudo"), ("test", "sudo"), ("lading", "lading")):
        (place / link).symlink_to(runner.programs / program)
    return runner


@each_shell
def test_a_release(shell: str, place: Path) -> None:
    runner = released(shell, place)
    called: dict[str, list[str]] = {}
    for step in steps_of(RELEASE)[1:]:
        done = runner.run(step)
        assert (done.returncode, done.stderr) == (0, ""), step["name"]
        called[step["name"]] = runner.calls()
    assert [name for name, calls in called.items() if not calls] == ["Checksums"]
    assert [line.split()[2] for line in called["Image"]] == ["release.image"] * 4
    assert [line.split()[2] for line in called["The image scans itself"]] == [
        f"oci-dir:image-{arch}/layout" for arch in ("amd64", "arm64")
    ]
    lines = (place / "dist/SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in map(str.split, lines)}
    published = {
        *("lading-1.2-py3-none-any.whl", "lading-1.2.tar.gz", "lading.openvex.json"),
        *(f"lading-offline-{arch}.tar.gz" for arch in ("amd64", "arm64")),
        *(f"lading-{arch}.{kind}.json" for arch in ("amd64", "arm64") for kind in ("cdx", "provenance")),
    }
    assert sums == dict.fromkeys(published, hashlib.sha256(b"").hexdigest())
    copied, attached, signed = called["Publish"][:3]
    assert copied.endswith("oci:image-amd64/layout docker://registry.example/owner/lading:1.2-amd64")
    assert attached.startswith("lading attach registry.example/owner/lading:1.2-amd64 --platform linux/amd64 --sign ")
    assert signed == attached.partition(" dist/")[0]
    assert called["Publish"][-1].endswith("always dist/lading-1.2-py3-none-any.whl dist/lading-1.2.tar.gz")
    assert not Path(signed.split()[-1]).exists()


@each_shell
def test_a_release_ends_where_two_builds_differ(shell: str, place: Path) -> None:
    runner = released(shell, place)
    runner.stand_in("python", 'mkdir "$3"; echo "$3/layout: sha256:$3"')
    (step,) = [one for one in steps_of(RELEASE) if one["name"] == "Image"]
    done = runner.run(step)
    assert done.returncode == 1
    assert done.stdout == (
        "::error::two builds of the image for amd64 differ: sha256:image-amd64, sha256:again-amd64\n"
    )


@each_shell
@pytest.mark.parametrize(
    ("failing", "ends"), [("sudo", "Tools"), ("lading", "Wheel"), ("python", "Wheel"), ("skopeo", "Publish")]
)
def test_a_release_ends_at_the_first_failure(shell: str, failing: str, ends: str, place: Path) -> None:
    runner = released(shell, place)
    runner.stand_in(failing, "exit 1")
    failed = next(step["name"] for step in steps_of(RELEASE)[1:] if runner.run(step).returncode)
    assert failed == ends
    assert not any(call.startswith(("gh ", "pipx ")) for call in runner.calls())


@each_shell
def test_the_source_of_a_release_is_the_commit(shell: str, place: Path) -> None:
    origin = place.parent / "origin"
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(origin)]
    subprocess.run(["git", "init", "-q", origin], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    runner = Runner(shell, place, {"URL": str(origin), "COMMIT": commit})
    done = runner.run(steps_of(RELEASE)[0])
    assert done.returncode == 0, done.stderr
    assert (place / ".git/HEAD").read_text().strip() == commit
