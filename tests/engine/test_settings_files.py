"""Which settings files are looked at, and what is in them."""

import os
from pathlib import Path

import pytest

from lading.engine import settings_files
from lading.engine.settings import Given
from lading.engine.settings_files import Candidate, SettingsFiles, iter_candidates, read_given
from lading.model.errors import UsageError
from tests.support.settings import Site

TABLE = ("tool", "lading")


def looked_at(site: Site, files: SettingsFiles | None = None) -> list[tuple[str, Path, str]]:
    """Of whom, where, and what was there."""
    return [(one.level, one.path, one.state) for one in iter_candidates(files or SettingsFiles(), site.user)]


def project_file(site: Site) -> Candidate | None:
    """The project's file that counts."""
    found = [
        one for one in iter_candidates(SettingsFiles(), site.user) if (one.level, one.state) == ("project", "read")
    ]
    return found[0] if found else None


def test_everything_absent(site: Site) -> None:
    assert looked_at(site) == [
        ("user", site.user, "absent"),
        ("project", site.project, "absent"),
        ("project", site.project.with_name("pyproject.toml"), "absent"),
        ("organisation", Path("/etc/lading/lading.toml"), "absent"),
    ]


def test_the_search_ends_at_the_file_that_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    above = site.project.parent
    below = above / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    (below / "pyproject.toml").write_text("[project]\nname = 'lading'\n")
    (above / "a" / "lading.toml").touch()
    site.write("project", offline=True)
    assert [one for one in looked_at(site) if one[0] == "project"] == [
        ("project", below / "lading.toml", "absent"),
        ("project", below / "pyproject.toml", "without [tool.lading]"),
        ("project", above / "a" / "lading.toml", "read"),
    ]


def test_the_search_ends_at_the_root_of_the_repository(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site.project.parent
    (root / "inner" / "deep").mkdir(parents=True)
    monkeypatch.chdir(root / "inner" / "deep")
    site.write("project", scope="deleted")
    assert project_file(site) == Candidate("project", site.project, "read")
    (root / "inner" / ".git").write_text("gitdir: elsewhere\n")  # a worktree or submodule
    assert project_file(site) is None


def test_outside_of_a_repository_nothing_above_counts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.project.parent / ".git").rmdir()
    assert site.write("project", scope="deleted") == site.project
    assert project_file(site) == Candidate("project", site.project, "read")
    (site.project.parent / "below").mkdir()
    monkeypatch.chdir(site.project.parent / "below")
    assert project_file(site) is None


def test_a_working_directory_that_is_gone(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert project_file(site) is None


@pytest.mark.parametrize(
    "text",
    [
        "[tool.lading]\nfail_on = 'low'\n",
        "[ tool . lading ]\nfail_on = 'low'\n",
        "[tool.'lading']\nfail_on = 'low'\n",
        "tool.lading.fail_on = 'low'\n",
        "[tool]\nlading.fail_on = 'low'\n",
        "[tool]\nlading = { fail_on = 'low' }\n",
        "tool = { lading = { fail_on = 'low' } }\n",
        "'tool'.\"lading\".fail_on = 'low'\n",
        "[[x]]\n[tool.lading]\nfail_on = 'low'\n",
    ],
)
def test_the_table_of_a_pyproject_however_it_is_written(site: Site, text: str) -> None:
    path = site.project.with_name("pyproject.toml")
    path.write_text(text)
    candidate = Candidate("project", path, "read", TABLE)
    assert project_file(site) == candidate
    given = read_given(candidate)
    assert given.values == {"fail_on": "low"}
    assert given.places["fail_on"] == f"{path}:{text.count(chr(10), 0, text.index('fail_on')) + 1}"


@pytest.mark.parametrize(
    "text", ["", "[tool.other]\nx = 1\n", "[tool]\n", "[lading]\n", "# lading = 1\n", "tool = 1\n", "lading.x = 1\n"]
)
def test_a_pyproject_without_the_table_is_passed_over(site: Site, text: str) -> None:
    site.project.with_name("pyproject.toml").write_text(text)
    assert project_file(site) is None


def test_the_own_file_comes_before_a_pyproject(site: Site) -> None:
    site.project.with_name("pyproject.toml").write_text("[tool.lading]\nfail_on = 'low'\n")
    site.write("project", fail_on="high")
    assert project_file(site) == Candidate("project", site.project, "read")


def test_a_file_that_is_the_users_is_no_projects(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("user", starter=True)
    monkeypatch.chdir(site.user.parent)
    assert project_file(site) is None


def test_named_files(site: Site, tmp_path: Path) -> None:
    site.write("project", fail_on="high")
    named, pyproject = tmp_path / "ci.toml", tmp_path / "pyproject.toml"
    files = SettingsFiles(project=named, organisation=site.organisation)
    assert looked_at(site, files) == [
        ("user", site.user, "absent"),
        ("project", named, "read"),
        ("organisation", site.organisation, "read"),
    ]
    system = ("organisation", Path("/etc/lading/lading.toml"), "absent")
    assert looked_at(site, SettingsFiles(none=True)) == [system]
    assert looked_at(site, SettingsFiles(project=named, none=True)) == [("project", named, "read"), system]
    (candidate,) = list(iter_candidates(SettingsFiles(project=pyproject, none=True), site.user))[:1]
    pyproject.write_text("[tool.x]\n")
    with pytest.raises(UsageError) as caught:
        read_given(candidate)
    assert str(caught.value) == f"{pyproject}: has no table [tool.lading], where the settings stand"


def test_nothing_takes_the_place_of_the_systems_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    system = site.organisation
    monkeypatch.setattr(settings_files, "SYSTEM", system)
    site.write("organisation", fail_on="high")
    assert looked_at(site, SettingsFiles(none=True)) == [("organisation", system, "read")]
    assert looked_at(site, SettingsFiles(none=True, organisation=system)) == [("organisation", system, "read")]
    other = site.project
    with pytest.raises(UsageError) as caught:
        looked_at(site, SettingsFiles(none=True, organisation=other))
    assert str(caught.value) == f"{other}: cannot take the place of {system}, which this machine has"


def test_a_file_is_read(site: Site, own_home: Path) -> None:
    text = '[policy]\nany = [1]\n[limit]\ntotal = "2GB"\n'
    path = site.write_text("user", f'ca_cert = "ca.pem"\ndb_key = "~/keys"\n{text}')
    given = read_given(Candidate("user", path, "read"))
    assert given == Given(
        level="user",
        values=given.values,
        places={"ca_cert": f"{path}:1", "db_key": f"{path}:2", "limit": f"{path}:5"},
        policy=given.policy,
    )
    assert given.policy is not None
    assert (given.policy.level, given.policy.file, given.policy.tables) == ("user", path, {"policy": {"any": [1]}})
    assert given.policy.line_of("policy", "any") == 4
    assert (given.values["ca_cert"], given.values["db_key"]) == (path.parent / "ca.pem", own_home / "keys")
    assert given.values["limit"].total == 2_000_000_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"fail_on = \n", ": not TOML: Invalid value (at line 1, column 11)"),
        (b"\xff", ": not TOML: not UTF-8 (at line 1)"),
        (b"#" * 1_000_001, ": larger than 1,000,000 bytes, which no file of this kind is"),
        (
            b"\nfail_no = 1\n",
            ":2: fail_no: no such setting (did you mean fail_on?); lading config show --all --no-config lists them",
        ),
        (
            b"ca_cert = '~nobody-of-this-name/ca.pem'",
            ":1: ca_cert: '~nobody-of-this-name/ca.pem': whose home directory that is cannot be told",
        ),
    ],
)
def test_a_file_that_cannot_be(site: Site, content: bytes, message: str) -> None:
    site.user.parent.mkdir(parents=True)
    site.user.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_given(Candidate("user", site.user, "read"))
    assert str(caught.value) == f"{site.user}{message}"


def test_what_is_no_file(site: Site) -> None:
    os.mkfifo(site.project)
    with pytest.raises(UsageError) as caught:
        looked_at(site)
    assert str(caught.value) == f"{site.project}: is not a file; settings are looked for there"


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_directory_that_hides_its_files(site: Site) -> None:
    site.write("user", offline=True)
    site.user.parent.chmod(0)
    try:
        with pytest.raises(UsageError) as caught:
            looked_at(site)
    finally:
        site.user.parent.chmod(0o700)
    assert str(caught.value) == f"{site.user}: cannot be read: Permission denied"
