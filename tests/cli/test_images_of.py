"""`lading scan --images-of`: the images that the files of a repository name."""

import os
from pathlib import Path

import pytest

from lading.cli.references import images_named
from tests.support.program import Lading


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that names two images."""
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "project"
    (project / "node_modules/x").mkdir(parents=True)
    (project / "node_modules/x/compose.yaml").write_text("services: {x: {image: nobody}}")
    (project / "Dockerfile").write_text("FROM app/one\nRUN true\n")
    (project / "compose.yaml").write_text("services:\n  a: {image: 'app/${WHICH}'}\n  b: {image: 'app/one'}\n")
    (project / ".env").write_text("# which\nexport WHICH='two'\n")
    return project


def test_a_directory(lading: Lading, project: Path) -> None:
    assert images_named((), (), (project,)) == ("app/one", "app/two")
    for option in ("--images-of", "--from"):
        said = lading("scan", option, project, "--offline", "--store", "none", status=2).stdout
        assert [name for name in ("app/one", "app/two", "nobody") if name in said] == ["app/one", "app/two"]


def test_a_file(project: Path) -> None:
    assert images_named((), (), (project / "Dockerfile",)) == ("app/one",)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("docker:24-dind", "registry:docker:24-dind"),
        ("dir:here", "registry:dir:here"),
        ("here", "registry:here"),
        ("./here", "registry:./here"),
        ("/", "registry:/"),
        ("~/x", "registry:~/x"),
        ("file:/etc/passwd", "registry:file:/etc/passwd"),
        ("sbom:x", "registry:sbom:x"),
        ("-", "registry:-"),
        ("app.tar", "registry:app.tar"),
        ("http://host/x", "registry:http://host/x"),
        ("host.example:5000/x:1", "host.example:5000/x:1"),
        ("there", "there"),
    ],
)
def test_nothing_that_is_named_is_a_path_here(project: Path, name: str, reference: str) -> None:
    Path("here").mkdir()
    (project / "compose.yaml").write_text(f"services: {{a: {{image: '{name}'}}}}")
    assert images_named((), (), (project / "compose.yaml",)) == (reference,)


def test_a_path_is_not_scanned_for_an_image(lading: Lading, project: Path) -> None:
    Path("here/etc").mkdir(parents=True)
    (project / "compose.yaml").write_text("services: {a: {image: './here'}}")
    done = lading("scan", "--from", project / "compose.yaml", "--offline", "--store", "none", status=2)
    assert "registry:./here" in done.stdout
    assert "root filesystem" not in done.stdout


def test_the_environment_is_not_put_into_names(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hidden")
    (project / "compose.yaml").write_text("services: {a: {image: 'host.example/x:${TOKEN}'}}")
    assert "hidden" not in "".join(images_named((), (), (project,)))


def test_links_and_pipes_of_a_repository_are_not_read(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secrets").write_text("WHICH=hidden\n")
    (tmp_path / "elsewhere").write_text("FROM hidden\n")
    (project / ".env").unlink()
    (project / ".env").symlink_to(tmp_path / "secrets")
    (project / "a.dockerfile").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(project / "b.yaml")
    found = images_named((), (), (project,))
    assert found[0] == "app/one"
    assert "hidden" not in "".join(found)
    said = capsys.readouterr().err
    assert f"{project}/a.dockerfile: cannot be read: " in said
    assert f"{project}/b.yaml: is no file" in said


def test_where_each_is_named_and_what_is_not(lading: Lading, project: Path) -> None:
    (project / "broken.yaml").write_text("a: [")
    (project / "compose.yaml").write_text("services: {a: {build: .}}")
    said = lading("scan", "--from", project, "--offline", "--store", "none", "-v", status=2).stderr
    assert f"lading: app/one: named in {project}/Dockerfile:1\n" in said
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


def test_files_that_files_name_are_read_where_they_are_of_the_repository(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = project.parent / "outside.yaml"
    outside.write_text("services: {x: {image: secret}}")
    (project / "link.yaml").symlink_to("../outside.yaml")
    (project / "parts").mkdir()
    (project / "parts/db.yaml").write_text("services: {db: {image: postgres}}")
    (project / "compose.yaml").write_text("include: [parts/db.yaml, ../outside.yaml, link.yaml, /dev/zero, none.yaml]")
    assert images_named((), (), (project / "compose.yaml",)) == ("postgres",)
    said = capsys.readouterr().err
    for path in (outside, project / "link.yaml", "/dev/zero"):
        assert f"include {path}: {path}: lies outside of {project}, and is not read\n" in said
    assert f"{project}/none.yaml: is no file that is there\n" in said
