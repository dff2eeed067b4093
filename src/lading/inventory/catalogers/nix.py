"""Nix: the store paths that its database calls valid.

Source: NixOS/nix, src/libstore/schema.sql (`ValidPaths`) and the manual's "Store path" (HASH-NAME) and
`builtins.parseDrvName` (the version starts after the first dash that no letter follows).
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import WantedFile
from lading.safeio.foreign_sqlite import iter_rows

_STORE = "nix/store"
_ENTRY = re.compile(r"[0-9a-df-np-sv-z]{32}-(.+?)-(?![A-Za-z])(.+)", re.ASCII)
_OUTPUT = re.compile(r"-(?:bin|dev|devdoc|debug|dist|doc|info|lib|libgcc|man|out|py|static|terminfo)$")
# What a builder was given rather than what it made.
_NO_PACKAGE = re.compile(
    r".*\.(?:drv|patch|diff|tar|tgz|gz|bz2|xz|zst|zip|gem|crate|whl|jar|json|sh|nix|lock|conf|service)"
)
_WAL_HEADER_SIZE = 32


def packages_of(entries: Iterable[str]) -> tuple[FoundPackage, ...]:
    """The packages of entries of the store (`HASH-NAME-VERSION`, one for each output); files without a version, sources
    and build recipes are none."""
    directories: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        if match is None or _NO_PACKAGE.fullmatch(entry):
            continue
        directories[match[1], _OUTPUT.sub("", match[2])].add(f"{_STORE}/{entry}/")
    return tuple(
        FoundPackage("nix", name, version, source=name, source_version=version, files=tuple(sorted(owned)))
        for (name, version), owned in sorted(directories.items())
    )


def parse_database(file: WantedFile) -> CatalogerResult:
    """The packages of the database, or a remark about a write-ahead log that holds later changes."""
    if file.path.endswith("-wal"):
        if len(file.content) <= _WAL_HEADER_SIZE:
            return CatalogerResult()
        message = "the Nix database has changes in a write-ahead log, which is not read: packages may be missing"
        return CatalogerResult(diagnostics=(Diagnostic("incomplete", "unread-package-database", message, file.path),))
    entries = []
    diagnostics = []
    try:
        for (path,) in iter_rows(file.content, "ValidPaths", ("path",)):
            entries.append(str(path).removeprefix(f"/{_STORE}/"))
    except SafeIOError as error:
        message = f"the Nix database cannot be read: {error}"
        diagnostics.append(Diagnostic("incomplete", "broken-package-database", message, file.path))
    return CatalogerResult(packages=packages_of(entries), diagnostics=tuple(diagnostics))


def parse_entry(file: WantedFile) -> CatalogerResult:
    """What the name of one entry of the store says: most images carry no database."""
    return CatalogerResult(packages=packages_of([file.path.removeprefix(f"{_STORE}/")]))


CATALOGERS = (
    Cataloger(
        name="nix",
        version=1,
        parse=parse_database,
        files=("nix/var/nix/db/db.sqlite", "nix/var/nix/db/db.sqlite-wal"),
        is_database=True,
    ),
    Cataloger(name="nix-store", version=1, parse=parse_entry, entries=_STORE),
)
