"""What configuration checks read of files: what entries state of themselves, and settings of configuration files."""

from collections.abc import Iterator
from typing import Final

from lading.checks.config.facts import Fact, encoded
from lading.checks.config.settings import FORMATS, settings_of
from lading.model.checks import Observed
from lading.model.reader import Reader, WantedFile

_SETUID, _SETGID, _WORLD_WRITABLE, _STICKY, _EXECUTABLE = 0o4000, 0o2000, 0o0002, 0o1000, 0o0111


def _observe_modes(file: WantedFile) -> Observed:
    return Observed(encoded(_mode_facts(file)))


def _mode_facts(file: WantedFile) -> Iterator[Fact]:
    stat = file.stat
    if stat is None:
        return
    is_program = not stat.is_directory and bool(file.mode & _EXECUTABLE)
    setuid, setgid = bool(file.mode & _SETUID) and is_program, bool(file.mode & _SETGID) and is_program
    world = bool(file.mode & _WORLD_WRITABLE) and not (stat.is_directory and file.mode & _STICKY)
    if setuid or setgid or world or stat.capabilities:
        how = ("setuid" if setuid else "setgid" if setgid else "capabilities") if not world else "world-writable"
        yield Fact(
            "file",
            {
                "path": f"/{file.path}",
                "mode": f"{file.mode:04o}",
                "uid": stat.uid,
                "gid": stat.gid,
                "size": stat.size,
                "directory": stat.is_directory,
                "setuid": setuid,
                "setgid": setgid,
                "capabilities": bool(stat.capabilities),
                "world_writable": world,
                "privileged": setuid or setgid or bool(stat.capabilities),
                "how": how,
            },
        )


def _observe_settings(file: WantedFile) -> Observed:
    return Observed(encoded(settings_of(file)))


MODES: Final = Reader(
    name="config-modes",
    version=1,
    parse=_observe_modes,
    modes=_SETUID | _SETGID | _WORLD_WRITABLE,
)
SETTINGS: Final = Reader(
    name="config-settings",
    version=1,
    parse=_observe_settings,
    files=tuple(path for format in FORMATS for path in format.files),
    directories={directory: endings for format in FORMATS for directory, endings in format.directories.items()},
    patterns=tuple(pattern for format in FORMATS for pattern in format.patterns),
)
