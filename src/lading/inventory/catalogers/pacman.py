"""pacman: the local package database of Arch Linux, Manjaro, SteamOS and MSYS2.

Source: libalpm, lib/libalpm/be_local.c: one directory NAME-VERSION for each package, with its facts in `desc` and its
paths in `files`, both lists of `%FIELD%` and the lines below it up to an empty one.
"""

from collections.abc import Iterator, Mapping
from posixpath import dirname

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bare_names
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.errors import FormatError
from lading.model.reader import Content, WantedFile
from lading.safeio.lines import iter_lines

_MOST_LINES = 500_000


def parse_desc(file: WantedFile) -> CatalogerResult:
    """The package of one `desc` file. Raises FormatError."""
    fields = dict(_iter_fields(file.content))

    def first(field: str) -> str:
        return next(iter(fields.get(field, ())), "")

    name, version = first("NAME"), first("VERSION")
    if fault := fault_of(name, version):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    package = FoundPackage(
        type="alpm",
        name=name,
        version=version,
        arch=first("ARCH"),
        source=first("BASE") or name,
        source_version=version,
        maintainer=first("PACKAGER"),
        licenses=tuple(fields.get("LICENSE", ())),
        requires=bare_names(fields.get("DEPENDS", ())),
        provides=bare_names(fields.get("PROVIDES", ())),
        relationship="transitive" if first("REASON") == "1" else "direct",
    )
    return CatalogerResult(packages=(package,))


def parse_files(file: WantedFile) -> CatalogerResult:
    """The paths of one `files` file, directories left out. Raises FormatError."""
    listed = (line for field, lines in _iter_fields(file.content) if field == "FILES" for line in lines)
    return CatalogerResult(owned=tuple(path for path in listed if not path.endswith("/")))


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """Gives each package the files listed beside its `desc`."""
    whole = {}
    for path, one in facts.items():
        beside = facts.get(f"{dirname(path)}/files")
        if one.packages and beside is not None:
            one = structs.replace(
                one, packages=tuple(structs.replace(package, files=beside.owned) for package in one.packages)
            )
        whole[path] = one
    return whole


def _parse(file: WantedFile) -> CatalogerResult:
    try:
        return parse_desc(file) if file.path.endswith("/desc") else parse_files(file)
    except FormatError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "pacman", str(error)),))


def _iter_fields(content: Content) -> Iterator[tuple[str, list[str]]]:
    """Raises FormatError."""
    field = ""
    lines: list[str] = []
    for one in iter_lines(content, _MOST_LINES):
        line = one.decode("utf-8", "backslashreplace").rstrip("\r")
        if line.startswith("%") and line.endswith("%") and len(line) > 2:  # `%` and `%`, with a name between
            if field:
                yield field, lines
            field, lines = line[1:-1], []
        elif line.strip() and field:
            lines.append(line.strip())
        elif not line.strip():
            if field:
                yield field, lines
            field, lines = "", []
    if field:
        yield field, lines


CATALOGER = Cataloger(
    name="pacman",
    version=2,
    parse=_parse,
    patterns=("**/pacman/local/*/desc", "**/pacman/local/*/files"),
    combine=combine,
    is_database=True,
)
