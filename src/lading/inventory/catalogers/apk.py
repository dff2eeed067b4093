"""apk: the installed database of Alpine, Wolfi and Chainguard.

Source: apk-tools, doc/apk-package.5.scd ("P:", "V:", "o:" …), the file entries "F:" (directory) and "R:" (file), and
src/database.c (`apk_db_fdb_read`): of a field that comes twice the last counts, and a line of less than two characters
ends an entry.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.inventory.published import published
from lading.inventory.unread import Remarks, fault_of, unread
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.package import Archive, Relationship
from lading.model.reader import Content, WantedFile
from lading.safeio.limits import check_size
from lading.safeio.lines import iter_lines

_FIELDS = frozenset({b"P:", b"V:", b"A:", b"C:", b"L:", b"m:", b"o:", b"D:", b"p:", b"S:"})
_WORLD = "etc/apk/world"
"""What was asked for, as apk-world(5) has it."""
_CONSTRAINT = re.compile(r"[<>=~@]")
_CHECKSUM = re.compile(r"Q1[A-Za-z0-9+/]{27}=|Q2[A-Za-z0-9+/]{43}=")
_HEAD = 64 * 1024
_LONGEST_SIZE = 16
_MOST_LINES = 5_000_000
_MOST_PACKAGES = 50_000
_MOST_PATHS = 50_000_000
"""Characters of file paths in one database; large images have a few million."""


def parse_installed(file: WantedFile) -> CatalogerResult:
    """The installed packages with their origins and owned files. Raises LimitError."""
    check_size(len(file.content), file.limit, file.path)
    database = _Database(file.path)
    why = ""
    try:
        database.read(file.content)
    except FormatError as error:
        why = str(error)
    if not database.packages and not database.remarks and file.content[:_HEAD].strip():
        why = "not a database of apk"
    elif file.content[-1:] not in (b"", b"\n"):
        database.remarks.add(unread(file.path, "apk", "it ends in the middle of a line"))
    if why:
        database.remarks.add(unread(file.path, "apk", why, "broken-package-database"))
    return CatalogerResult(packages=tuple(database.packages), diagnostics=database.remarks.told())


class _Database:
    """The entries of one file."""

    def __init__(self, path: str) -> None:
        self.packages: list[FoundPackage] = []
        self.remarks = Remarks(path)
        self._path = path
        self._paths_left = _MOST_PATHS
        self._fields: dict[bytes, str] = {}
        self._files: list[str] = []

    def read(self, content: Content) -> None:
        """Raises FormatError; what came before is kept."""
        directory = ""
        for line in iter_lines(content, _MOST_LINES):
            key = line[:2]
            if key == b"P:" and key in self._fields:
                self.remarks.unread("apk", f"an entry for two packages, {_text(line)} the last")
            if key in _FIELDS:
                self._fields[key] = _text(line)
            elif key == b"R:":
                self._add_file(f"{directory}/{_text(line)}" if directory else _text(line))
            elif key == b"F:":
                directory = _text(line)
            elif len(line) < 2:
                self._end()
                directory = ""
        self._end()
        if self._paths_left < 0:
            message = f"file names of more than {_MOST_PATHS:,} characters: those beyond were left out"
            self.remarks.add(diagnostic("package-files-left-out", message, self._path))

    def _add_file(self, path: str) -> None:
        self._paths_left -= len(path)
        if self._paths_left >= 0:
            self._files.append(path)

    def _end(self) -> None:
        """Ends an entry, if there is one. Raises FormatError."""
        fields, files = self._fields, self._files
        self._fields, self._files = {}, []
        if not fields:
            return
        name, version = fields.get(b"P:", ""), fields.get(b"V:", "")
        if fault := fault_of(name, version):
            self.remarks.left_out(fault)
            return
        if len(self.packages) >= _MOST_PACKAGES:
            raise FormatError(f"more than {_MOST_PACKAGES:,} packages")
        license_ = fields.get(b"L:", "")
        self.packages.append(
            FoundPackage(
                type="apk",
                name=name,
                version=version,
                arch=fields.get(b"A:", ""),
                source=fields.get(b"o:", "") or name,
                source_version=version,
                maintainer=fields.get(b"m:", ""),
                licenses=(license_,) if license_ else (),
                files=tuple(files),
                requires=bounded(map(_name, filter(_is_need, fields.get(b"D:", "").split()))),
                provides=bounded(map(_name, fields.get(b"p:", "").split())),
                archives=_archives(fields.get(b"C:", "")),
                size=int(size) if (size := fields.get(b"S:", "")).isdecimal() and len(size) < _LONGEST_SIZE else 0,
            )
        )


def _archives(checksum: str) -> tuple[Archive, ...]:
    """The package by what the index of a repository knows it by: the digest of a part of it, its control segment."""
    return published(checksum=checksum) if _CHECKSUM.fullmatch(checksum) else ()


def parse_world(file: WantedFile) -> CatalogerResult:
    """`companion` keeps the names of what was asked for."""
    names = bounded(map(_name, filter(_is_need, file.content[:_HEAD].decode("utf-8", "backslashreplace").split())))
    return CatalogerResult(companion="\n".join(names).encode())


def combine(files: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """The databases, their packages told apart by whether they were asked for."""
    if _WORLD not in files:
        return files
    wanted = set(files[_WORLD].companion.decode().split("\n"))
    return {path: structs.replace(one, packages=tuple(_related(one, wanted))) for path, one in files.items()}


def _related(database: CatalogerResult, wanted: set[str]) -> Iterator[FoundPackage]:
    for one in database.packages:
        relationship: Relationship = "transitive" if wanted.isdisjoint((one.name, *one.provides)) else "direct"
        yield structs.replace(one, relationship=relationship)


def _is_need(word: str) -> bool:
    """Whether a word of a list of dependencies asks for something: one with an exclamation mark forbids it."""
    return not word.startswith("!")


def _name(word: str) -> str:
    return _CONSTRAINT.split(word, maxsplit=1)[0]


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_world(file) if file.path == _WORLD else parse_installed(file)


def _text(line: bytes) -> str:
    return line[2:].decode("utf-8", "backslashreplace").strip()


CATALOGER = Cataloger(
    name="apk",
    version=6,
    parse=_parse,
    files=("lib/apk/db/installed", "usr/lib/apk/db/installed", _WORLD),
    combine=combine,
    is_database=True,
)
