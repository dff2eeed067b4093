"""The settings files there are, and what is in them."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from lading.engine.setting_sources import given_by_table
from lading.engine.settings import Given, Level
from lading.model.errors import FormatError, SafeIOError, UsageError
from lading.safeio.small_files import read_small

NAME: Final = "lading.toml"
SYSTEM: Final = Path("/etc/lading/lading.toml")
"""The organisation's file, as the file hierarchy standard has it."""

_PYPROJECT: Final = "pyproject.toml"
_TABLE: Final = ("tool", "lading")
_REPOSITORY: Final = (".git", ".hg")
_MOST_BYTES: Final = 1_000_000
# Whether it can have the table at all: most projects' files need not be parsed for that.
_MAY_HAVE_TABLE: Final = (
    rb"""(?m)^[ \t\[]*(?:(?P<a>["']?)tool(?P=a)[ \t]*(?:=|\.[ \t]*["']?lading\b)|(?P<b>["']?)lading(?P=b)[ \t]*[.=])"""
)

State = Literal["read", "absent", "without [tool.lading]"]


class SettingsFiles(Struct, frozen=True, kw_only=True):
    """Which files to look at: `project` None for the one that is found from the working directory up, `organisation`
    None for the system's; `none` to go without a project's that would have to be found, and without the user's."""

    project: Path | None = None
    organisation: Path | None = None
    none: bool = False


class Candidate(Struct, frozen=True):
    """A file that was looked for. `table` are the keys that lead to the settings in it."""

    level: Level
    path: Path
    state: State
    table: tuple[str, ...] = ()


def iter_candidates(files: SettingsFiles, user: Path) -> Iterator[Candidate]:
    """The files there may be, the weakest first, up to the project's that is found; `user` is the user's. Raises
    UsageError for one that cannot be read, and where a file is to take the place of the system's."""
    if not files.none:
        yield _candidate("user", user)
    if files.project is not None:
        table = _TABLE if files.project.name == _PYPROJECT else ()
        yield Candidate("project", files.project, "read", table)
    elif not files.none:
        yield from _find_project(user)
    system = _candidate("organisation", SYSTEM)
    if files.organisation is not None and system.state == "absent":
        yield Candidate("organisation", files.organisation, "read")
    elif files.organisation is not None and files.organisation.resolve() != SYSTEM.resolve():
        raise UsageError(f"{files.organisation}: cannot take the place of {SYSTEM}, which this machine has")
    else:
        yield system


def read_given(candidate: Candidate) -> Given:
    """What a file sets. Raises UsageError for what cannot be read, is no TOML, or sets what it must not."""
    from lading.safeio.toml_text import line_of, parse_toml

    path, data = candidate.path, read_written(candidate.path)
    try:
        table: Any = parse_toml(data)
    except FormatError as error:
        raise UsageError(f"{path}: {error}") from error
    for key in candidate.table:
        table = table.get(key) if isinstance(table, Mapping) else None
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: has no table [{'.'.join(candidate.table)}], where the settings stand")
    text = data.decode("utf-8-sig")
    return given_by_table(
        table,
        candidate.level,
        path,
        lambda *path: line_of(text, *candidate.table, *path),
        lambda named: locate(named, path.parent),
    )


def locate(named: str, directory: Path) -> Path:
    """Where a path leads that is written in a file of `directory`, or in a variable. Raises ValueError for a home
    directory that is not known."""
    try:
        return directory / Path(named).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{named!r}: whose home directory that is cannot be told") from error


def _find_project(user: Path) -> Iterator[Candidate]:
    others = (user.resolve(), SYSTEM)
    for directory in _search_path():
        for name in (NAME, _PYPROJECT):
            path = directory / name
            if path in others:
                continue
            candidate = _candidate("project", path)
            if name == _PYPROJECT and candidate.state == "read":
                candidate = Candidate("project", path, _state_of_pyproject(path), _TABLE)
            yield candidate
            if candidate.state == "read":
                return


def _search_path() -> tuple[Path, ...]:
    """The working directory and those above it up to the root of its repository. Outside of one it stands alone: what
    lies above is not known to be of the same project (/tmp is everybody's)."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return ()
    above: list[Path] = []
    for directory in (here, *here.parents):
        above.append(directory)
        if any(os.path.lexists(directory / marker) for marker in _REPOSITORY):
            return tuple(above)
    return (here,)


def _candidate(level: Level, path: Path) -> Candidate:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Candidate(level, path, "absent")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path}: is not a file; settings are looked for there")
    return Candidate(level, path, "read")


def _state_of_pyproject(path: Path) -> State:
    from lading.safeio.toml_text import parse_toml

    data = read_written(path)
    if re.search(_MAY_HAVE_TABLE, data) is None:
        return "without [tool.lading]"
    try:
        tool = parse_toml(data).get("tool")
    except FormatError:
        return "read"  # which will say what is wrong
    return "read" if isinstance(tool, Mapping) and "lading" in tool else "without [tool.lading]"


def read_written(path: Path) -> bytes:
    """A file that people write by hand. Raises UsageError."""
    try:
        return read_small(path, _MOST_BYTES)
    except SafeIOError as error:
        raise UsageError(str(error)) from error
