"""`lading scan --images-of`: the images that the files of a repository name."""

import json
from pathlib import Path

import pytest

from tests.databases import advisory, publish
from tests.support.program import Lading


@pytest.fixture
def project(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that names two images, which lie beside it as directories."""
    monkeypatch.chdir(tmp_path)
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-2026-1", "a", "1.1"))
    for name in ("one", "two"):
        site = tmp_path / name / "usr/lib/python3.11/site-packages/a-1.0.dist-info"
        site.mkdir(parents=True)
        (site / "METADATA").write_text("Name: a\nVersion: 1.0\n")
    project = tmp_path / "project"
    (project / "node_modules/x").mkdir(parents=True)
    (project / "node_modules/x/compose.yaml").write_text("services: {x: {image: nobody}}")
    (project / "Dockerfile").write_text("FROM dir:one\nRUN true\n")
    (project / "compose.yaml").write_text("services:\n  a: {image: 'dir:${WHICH}'}\n  b: {image: 'dir:one'}\n")
    (project / ".env").write_text("# which\nexport WHICH='two'\n")
    return project


def images(lading: Lading, *arguments: str | Path) -> list[str]:
    document = json.loads(lading("scan", *arguments, "--offline", "--store", "none", "-o", "json").stdout)
    return [target["image"]["name"] for target in document["targets"]]


def test_a_directory(lading: Lading, project: Path) -> None:
    assert sorted(images(lading, "--images-of", project)) == ["one", "two"]
    assert sorted(images(lading, "--from", project)) == ["one", "two"]


def test_a_file(lading: Lading, project: Path) -> None:
    assert images(lading, "--from", project / "Dockerfile") == ["one"]


def test_where_each_is_named_and_what_is_not(lading: Lading, project: Path) -> None:
    (project / "broken.yaml").write_text("a: [")
    (project / "compose.yaml").write_text("services: {a: {build: .}}")
    said = lading("scan", "--from", project, "--offline", "--store", "none", "-v").stderr
    assert f"lading: dir:one: named in {project}/Dockerfile:1\n" in said
    assert f"lading: {project}/broken.yaml: not YAML that can be read: " in said
    assert f"lading: {project}/compose.yaml: service a is built and names no image: " in said


def test_what_names_nothing_is_an_error(lading: Lading, project: Path) -> None:
    (project / "empty.yaml").write_text("")
    done = lading("scan", "--from", project / "empty.yaml", status=2)
    assert done.stderr == f"lading: --images-of {project}/empty.yaml: names no image\n"
    (project / "bad.yaml").write_text("a: [")
    assert lading("scan", "--images-of", project / "bad.yaml", status=2).stderr.startswith(
        f"lading: --images-of {project}/bad.yaml: not YAML that can be read: "
    )


def test_places_are_still_places(lading: Lading, project: Path) -> None:
    Path("docker").mkdir()
    done = lading("scan", "--from", "docker", "nobody/has:it", "--offline", status=2)
    assert "nobody/has:it" in done.stderr
