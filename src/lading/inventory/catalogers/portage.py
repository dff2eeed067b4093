"""Portage: the database of installed packages of Gentoo, ChromeOS and Flatcar.

Source: Gentoo's Package Manager Specification 8 (section 3.2 for versions, 7.2 and 8.2 for licences) and vdb(5):
`var/db/pkg/CATEGORY/NAME-VERSION/` with a small file for each fact, of which CONTENTS lists the paths.
"""

import re
from collections.abc import Mapping
from posixpath import basename, dirname
from urllib.parse import quote

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import left_out, unread
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.properties import SLOT
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning, iter_lines

_MOST_LINES = 500_000
_PACKAGE = re.compile(
    r"(?P<name>[A-Za-z0-9_][\w+-]*)-(?P<version>\d[\d.]*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)", re.ASCII
)

_CONTENTS = re.compile(r"(?:obj (/.+) [0-9a-f]+ \d+|sym (/.+?) -> .*|(?:fif|dev) (/.+))", re.ASCII)


def parse_contents(file: WantedFile) -> CatalogerResult:
    """The package whose directory holds this CONTENTS, with the files it lists."""
    directory, category = basename(dirname(file.path)), basename(dirname(dirname(file.path)))
    match = _PACKAGE.fullmatch(directory)
    if match is None:
        if directory.startswith("-MERGING-"):
            return CatalogerResult()
        fault = f"{category}/{directory} is not a package's name and version"
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    name, version = f"{category}/{match['name']}", match["version"]
    files: list[str] = []
    diagnostics: tuple[Diagnostic, ...] = ()
    try:
        for line in iter_lines(file.content, _MOST_LINES):
            if entry := _CONTENTS.fullmatch(line.decode("utf-8", "backslashreplace")):
                files.append((entry[1] or entry[2] or entry[3])[1:])
    except FormatError as error:
        diagnostics = (unread(file.path, "Portage", str(error), "unread-list"),)
    package = FoundPackage(
        type="ebuild",
        name=name,
        version=version,
        source=name,
        source_version=version,
        files=tuple(files),
        purl=f"pkg:ebuild/{quote(name, safe='')}@{quote(version)}",
    )
    return CatalogerResult(packages=(package,), diagnostics=diagnostics)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """Gives each package the licence and slot that stand beside its CONTENTS."""
    whole = {}
    for path, one in facts.items():
        beside = dirname(path)
        licence = facts.get(f"{beside}/LICENSE", CatalogerResult()).companion.decode()
        slot = facts.get(f"{beside}/SLOT", CatalogerResult()).companion.decode()
        if one.packages:
            changed = structs.replace(
                one.packages[0],
                licenses=(_expression(licence),) if licence else (),
                properties={SLOT: slot} if slot else {},
            )
            one = structs.replace(one, packages=(changed,))
        whole[path] = structs.replace(one, companion=b"")
    return whole


def _parse(file: WantedFile) -> CatalogerResult:
    if basename(file.path) == "CONTENTS":
        return parse_contents(file)
    return CatalogerResult(companion=" ".join(beginning(file.content, 10_000).split()).encode())


def _expression(text: str) -> str:
    """A licence in Gentoo's words as an expression: all of a list with AND, `|| ( … )` with OR. Conditions on USE flags
    are resolved when a package is installed; a flag that still stands there is passed over."""
    open_groups: list[tuple[str, list[str]]] = [("AND", [])]
    joiner = "AND"
    for word in text.split():
        if word == "||":
            joiner = "OR"
        elif word == "(":
            open_groups.append((joiner, []))
            joiner = "AND"
        elif word == ")" and len(open_groups) > 1:
            kind, inner = open_groups.pop()
            if inner:
                plain = len(inner) == 1 or kind == open_groups[-1][0]
                joined = f" {kind} ".join(inner)
                open_groups[-1][1].append(joined if plain else f"({joined})")
        elif word != ")" and not word.endswith("?"):
            open_groups[-1][1].append(word)
    return " AND ".join(word for _, words in open_groups for word in words)


CATALOGER = Cataloger(
    name="portage",
    version=1,
    parse=_parse,
    patterns=(
        "**/var/db/pkg/*/*/CONTENTS",
        "**/var/db/pkg/*/*/LICENSE",
        "**/var/db/pkg/*/*/SLOT",
    ),
    combine=combine,
    is_database=True,
)
