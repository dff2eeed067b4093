"""The worker's directory for temporary files, and what killed commands leave."""

import os
from pathlib import Path

import pytest

from lading.cli.processes.temporary import Temporary

_ABANDONED = "lading-1-0123456789ab"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def left(place: Path, name: str, *, age: float = 3600) -> Path:
    """A directory as one that was made `age` seconds ago, with a file in it."""
    directory = place / name
    directory.mkdir()
    (directory / "large").write_bytes(b"x")
    then = directory.stat().st_mtime - age
    os.utime(directory, (then, then))
    return directory


def test_it_is_the_users_alone_and_goes_with_what_is_in_it(place: Path) -> None:
    made = Temporary()
    assert Path(made.path).parent == place
    assert Path(made.path).stat().st_mode & 0o777 == 0o700
    Path(made.path, "file").touch()
    made.remove()
    assert list(place.iterdir()) == []


def test_what_a_killed_command_left_goes(place: Path) -> None:
    left(place, _ABANDONED)
    made = Temporary()
    made.sweep()
    assert [str(one) for one in place.iterdir()] == [made.path]
    made.remove()


def test_what_another_holds_stays(place: Path) -> None:
    held, made = Temporary(), Temporary()
    then = Path(held.path).stat().st_mtime - 3600
    os.utime(held.path, (then, then))
    made.sweep()
    assert {str(one) for one in place.iterdir()} == {held.path, made.path}
    held.remove()
    made.remove()


@pytest.mark.parametrize("name", ["lading-1-0123456789AB", "lading-x", f"{_ABANDONED}.kept", "lading-db-0123456789ab"])
def test_other_names_stay(place: Path, name: str) -> None:
    other = left(place, name)
    made = Temporary()
    made.sweep()
    assert other.is_dir()
    made.remove()


def test_what_is_just_being_made_stays(place: Path) -> None:
    young = left(place, _ABANDONED, age=-3600)
    made = Temporary()
    made.sweep()
    assert young.is_dir()
    made.remove()


def test_a_link_of_that_name_is_not_followed(place: Path) -> None:
    other = place / "other"
    other.mkdir()
    (other / "file").touch()
    (place / _ABANDONED).symlink_to(other)
    made = Temporary()
    made.sweep()
    assert (other / "file").is_file()
    made.remove()


def test_nowhere_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "mkdir", refuse)
    made = Temporary()
    made.sweep()
    made.remove()
    assert not made.path
