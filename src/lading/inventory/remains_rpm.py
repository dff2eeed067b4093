"""What is left of rpm's packages where their database was erased: the history of DNF, its log, and those of yum and
zypper.

Sources: libdnf's libdnf/transaction (the tables of history.sqlite and Types.hpp, the numbers of actions); libdnf5's
system state (nevras.toml); dnf's rpm.log and yum.log, which name what the callbacks of rpm did; zypp's ZyppHistory.
"""

import re
from collections.abc import Iterator
from posixpath import basename
from typing import Final

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.rpm.package import found_package
from lading.inventory.unread import fault_of
from lading.model.errors import FormatError, SafeIOError
from lading.model.properties import RECOVERED
from lading.model.reader import WantedFile
from lading.safeio import foreign_sqlite
from lading.safeio.lines import iter_lines
from lading.safeio.zlib_bytes import inflate_gzip

_MOST_BYTES: Final = 64 * 1024 * 1024
_MOST_LINES: Final = 1_000_000
_LONGEST: Final = 4096
_GZIP: Final = b"\x1f\x8b"
_COMES: Final = frozenset({1, 2, 4, 6, 9})
"""Actions after which a package is there: install, downgrade, obsolete (others), upgrade, reinstall."""
_GOES: Final = frozenset({3, 5, 7, 8})
"""Downgraded, obsoleted, upgraded, removed."""
_NAMED: Final = r"(?P<name>\S+?)-(?:(?P<epoch>\d{1,10}):)?(?P<version>[^\s:-]+-[^\s:-]+)\.(?P<arch>\w+)"
_FULL_NAME: Final = re.compile(_NAMED)
_KEPT: Final = re.compile(rf'\s*"{_NAMED}"\s*=')
_LOGGED: Final = re.compile(
    r".*?\b(?P<act>Installed|Updated|Upgrade|Upgraded|Downgrade|Downgraded|Reinstall|Reinstalled|Obsoleted|Erased?"
    rf"|Cleanup): (?:(?P<before>\d{{1,10}}):)?{_NAMED}\s*"
)
_OF_YUM: Final = frozenset({"Installed", "Updated"})
"""What yum.log calls what comes; it says no more of what a package replaces than that."""
_OF_DNF: Final = frozenset({"Installed", "Upgrade", "Downgrade", "Reinstall"})


def parse_history(file: WantedFile) -> CatalogerResult:
    """The packages that DNF's history says are there."""
    try:
        return _result(_of_database(foreign_sqlite.Database(file.content)), "history")
    except SafeIOError:
        return CatalogerResult()


def parse_log(file: WantedFile) -> CatalogerResult:
    """The packages that a log says are there at its end, or libdnf5's state."""
    try:
        content = inflate_gzip(file.data, _MOST_BYTES, file.spend) if file.content[:2] == _GZIP else file.data
        every = iter_lines(content, _MOST_LINES)
        lines = (line.decode("utf-8", "backslashreplace") for line in every if len(line) <= _LONGEST)
        return _of_lines(file.path, lines)
    except (FormatError, SafeIOError):
        return CatalogerResult()


def _of_lines(path: str, lines: Iterator[str]) -> CatalogerResult:
    name = basename(path)
    if path.endswith("zypp/history"):
        return _result(_of_zypper(lines), "log")
    if name == "nevras.toml":
        return _result(filter(None, map(_kept, lines)), "history")
    if name.startswith("yum.log"):
        return _result(_of_log(lines, _OF_YUM), "log")
    return _result(_of_log(lines, _OF_DNF), "log") if name.startswith("dnf.rpm.log") else CatalogerResult()


_Told = tuple[str, str, int | None, str]
"""Name, version with the release, epoch, architecture."""


def _of_database(database: foreign_sqlite.Database) -> Iterator[_Told]:
    columns = ("item_id", "name", "epoch", "version", "release", "arch")
    items = {row[0]: row[1:] for row in foreign_sqlite.iter_rows(database, "rpm", columns)}
    last: dict[object, tuple[int, int]] = {}
    for number, item, action in foreign_sqlite.iter_rows(database, "trans_item", ("id", "item_id", "action")):
        if isinstance(number, int) and isinstance(action, int) and item in items and action in _COMES | _GOES:
            last[item] = max(last.get(item, (0, 0)), (number, action))
    for item, (_, action) in last.items():
        name, epoch, version, release, arch = items[item]
        if action in _COMES:
            yield str(name), f"{version}-{release}", epoch if isinstance(epoch, int) and epoch else None, str(arch)


def _of_log(lines: Iterator[str], comes: frozenset[str]) -> Iterator[_Told]:
    """`2024-05-01T12:00:00+0000 SUBDEBUG Installed: bash-5.1.8-6.el9.x86_64`; yum has an epoch in front,
    `May 01 12:00:00 Updated: 1:a-1-2.noarch`."""
    there: dict[tuple[str, str], _Told | None] = {}
    for line in lines:
        if match := _LOGGED.fullmatch(line):
            told = _told(match, match["before"])
            if match["act"] in comes:
                there[told[0], told[3]] = told
            elif there.get((told[0], told[3])) == told:
                there[told[0], told[3]] = None
    yield from filter(None, there.values())


def _of_zypper(lines: Iterator[str]) -> Iterator[_Told]:
    """`2024-05-01 12:00:00|install|bash|4.4-1.1|x86_64|…`, `…|remove |bash|4.4-1.1|x86_64|…`."""
    there: dict[tuple[str, str], str] = {}
    for line in lines:
        fields = line.split("|")
        if len(fields) > 4 and fields[1].strip() in ("install", "remove"):
            there[fields[2], fields[4]] = fields[3] if fields[1].strip() == "install" else ""
    for (name, arch), version in there.items():
        epoch, colon, rest = version.partition(":")
        if version:
            yield name, rest if colon else version, int(epoch[:10]) if colon and epoch.isdecimal() else None, arch


def _kept(line: str) -> _Told | None:
    match = _KEPT.match(line)
    return _told(match, None) if match else None


def _told(match: re.Match[str], before: str | None) -> _Told:
    epoch = int(before or match["epoch"] or 0)
    return match["name"], match["version"], epoch or None, match["arch"]


def _result(told: Iterator[_Told], why: str) -> CatalogerResult:
    found: dict[_Told, FoundPackage] = {}
    for one in told:
        name, version, epoch, arch = one
        package = found_package(name, version, epoch, arch=arch, vendor="", source_rpm="")
        if package is not None and not fault_of(name, version):
            found[one] = structs.replace(package, properties={**package.properties, RECOVERED: why})
    return CatalogerResult(packages=tuple(found[one] for one in sorted(found, key=str)))


CATALOGERS: Final = (
    Cataloger(
        name="remains-dnf",
        version=1,
        parse=parse_history,
        files=("var/lib/dnf/history.sqlite",),
        is_remains=True,
    ),
    Cataloger(
        name="remains-rpm-logs",
        version=1,
        parse=parse_log,
        files=("usr/lib/sysimage/libdnf5/nevras.toml", "var/log/zypp/history"),
        directories={"var/log": ("",)},
        is_remains=True,
    ),
)
