"""What configuration checks read of files: what entries state of themselves, settings, accounts, and things that are of
note by being there."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from lading.checks.config.accounts import FILES, account_facts
from lading.checks.config.facts import Fact, encoded
from lading.checks.config.masking import masked
from lading.checks.config.settings import formats, settings_of
from lading.model.checks import Observed
from lading.model.reader import Reader, WantedFile

_SETUID, _SETGID, _STICKY, _EXECUTABLE = 0o4000, 0o2000, 0o1000, 0o0111
_WORLD_WRITABLE, _GROUP_WRITABLE = 0o0002, 0o0020
_SYSTEM: Final = re.compile(
    r"(?:(?:usr/)?(?:bin|sbin|lib(?:32|64|x32)?|libexec)|etc|usr|usr/local/(?:bin|sbin|lib(?:64)?)|boot|opt)(?:/|$)"
)
_BY_GROUP: Final = re.compile(r"usr/local(?:/|$)|etc/(?:chatscripts|ppp)")
"""Where distributions let a group write."""
_ELF: Final = b"\x7fELF"


def _observe_modes(file: WantedFile) -> Observed:
    return Observed(encoded(_mode_facts(file)))


def _mode_facts(file: WantedFile) -> Iterator[Fact]:
    stat = file.stat
    if stat is None:
        return
    is_program = not stat.is_directory and bool(file.mode & _EXECUTABLE)
    setuid, setgid = bool(file.mode & _SETUID) and is_program, bool(file.mode & _SETGID) and is_program
    world = bool(file.mode & _WORLD_WRITABLE) and not (stat.is_directory and file.mode & _STICKY)
    system = _SYSTEM.match(file.path) is not None
    group = bool(file.mode & _GROUP_WRITABLE) and system and stat.gid != 0 and not _BY_GROUP.match(file.path)
    if setuid or setgid or world or group or stat.capabilities:
        how = "setuid" if setuid else "setgid" if setgid else "with capabilities" if stat.capabilities else "writable"
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
                "group_writable": group,
                "privileged": setuid or setgid or bool(stat.capabilities),
                "system": system,
                "how": how,
            },
        )


def _observe_settings(file: WantedFile) -> Observed:
    return Observed(encoded(map(_masked, settings_of(file))))


def _masked(fact: Fact) -> Fact:
    """A setting without secrets: facts lie in caches."""
    name = str(fact.values["name"])
    values = {key: value for key, value in fact.values.items() if key in ("format", "name")}
    values |= {
        key: masked(name if key == "value" else key, str(value))
        for key, value in fact.values.items()
        if key not in ("format", "name")
    }
    return structs.replace(fact, values=values)


def _observe_accounts(file: WantedFile) -> Observed:
    return Observed(encoded(account_facts(file)))


def _observe_artifacts(file: WantedFile) -> Observed:
    return Observed(encoded(_artifacts(file)))


def _artifacts(file: WantedFile) -> Iterator[Fact]:
    directory, _, name = file.path.rpartition("/")
    head = file.content[:200]
    if directory == "etc/ssh" and name.startswith("ssh_host_") and b"PRIVATE KEY" in head:
        yield Fact("artifact", {"path": f"/{file.path}", "what": "ssh-host-key"})
    elif head[:4] == _ELF and name in _SHELLS and directory in _PROGRAMS:
        yield Fact("artifact", {"path": f"/{file.path}", "what": "shell"})
    elif name in _MANAGERS and directory in _PROGRAMS:
        yield Fact("artifact", {"path": f"/{file.path}", "what": "package manager"})


_PROGRAMS: Final = ("bin", "sbin", "usr/bin", "usr/sbin", "busybox", "usr/local/bin")
_SHELLS: Final = ("ash", "bash", "busybox", "dash", "ksh", "mksh", "sh", "zsh")
_MANAGERS: Final = ("apk", "apt", "apt-get", "dnf", "dpkg", "microdnf", "pacman", "rpm", "tdnf", "yum", "zypper")

MODES: Final = Reader(
    name="config-modes",
    version=2,
    parse=_observe_modes,
    modes=_SETUID | _SETGID | _WORLD_WRITABLE | _GROUP_WRITABLE,
)
SETTINGS: Final = Reader(
    name="config-settings",
    version=3,
    parse=_observe_settings,
    files=tuple(dict.fromkeys(path for format in formats() for path in format.files)),
    directories={directory: endings for format in formats() for directory, endings in format.directories.items()},
    patterns=tuple(dict.fromkeys(pattern for format in formats() for pattern in format.patterns)),
)
ACCOUNTS: Final = Reader(name="config-accounts", version=1, parse=_observe_accounts, files=FILES)
ARTIFACTS: Final = Reader(
    name="config-artifacts",
    version=1,
    parse=_observe_artifacts,
    directories={"etc/ssh": ("_key",)},
    patterns=tuple(f"**/{name}" for name in (*_SHELLS, *_MANAGERS)),
    head=200,
)
READERS: Final = (MODES, SETTINGS, ACCOUNTS, ARTIFACTS)
