"""Nix: the store paths that its database calls valid. Guix, which names the entries of its store alike.

Source: NixOS/nix, src/libstore/schema.sql (`ValidPaths`) and the manual's "Store path" (HASH-NAME) and
`builtins.parseDrvName` (the version starts after the first dash that no letter follows).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostics import diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile
from lading.safeio.foreign_sqlite import JOURNAL, LOG, Database, iter_rows, kept_databases
from lading.safeio.keeping import keep

_STORE, _GUIX = "nix/store", "gnu/store"
_ENTRY = re.compile(r"[0-9a-df-np-sv-z]{32}-(.+?)-(?![A-Za-z])(.+)", re.ASCII)
_OUTPUT = re.compile(r"-(?:bin|dev|devdoc|debug|dist|doc|info|lib|libgcc|man|out|py|static|terminfo)$")
# What a builder was given rather than what it made.
_NO_PACKAGE = re.compile(
    r".*\.(?:drv|patch|diff|tar|tgz|gz|bz2|xz|zst|zip|gem|crate|whl|jar|json|sh|nix|lock|conf|service)"
)
_DATABASE = "nix/var/nix/db/db.sqlite"
_BESIDE = (LOG, JOURNAL)


def packages_of(entries: Iterable[str], type: str = "nix", store: str = _STORE) -> tuple[FoundPackage, ...]:
    """The packages of entries of a store (`HASH-NAME-VERSION`, one for each output); files without a version, sources
    and build recipes are none."""
    directories: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        if match is None or _NO_PACKAGE.fullmatch(entry):
            continue
        directories[match[1], _OUTPUT.sub("", match[2])].add(f"{store}/{entry}/")
    return tuple(
        FoundPackage(type, name, version, source=name, source_version=version, files=tuple(sorted(owned)))
        for (name, version), owned in sorted(directories.items())
    )


def parse_database(file: WantedFile) -> CatalogerResult:
    """The packages of the database. It and what lies beside it keep their bytes for `combine`."""
    packed = keep(file.content, file.limit, file.path) if len(file.content) else b""
    if file.path.endswith(_BESIDE):
        return CatalogerResult(companion=packed)
    return structs.replace(_from_database(Database(file.content), file.path), companion=packed)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """A database with a log or a journal beside it is read again as SQLite reads them together."""
    combined = {path: structs.replace(one, companion=b"") for path, one in facts.items()}
    for path, database in kept_databases({path: one.companion for path, one in facts.items()}):
        combined[path] = _from_database(database, path)
    return combined


def _from_database(database: Database, path: str) -> CatalogerResult:
    entries = []
    diagnostics = []
    try:
        for (entry,) in iter_rows(database, "ValidPaths", ("path",)):
            entries.append(str(entry).removeprefix(f"/{_STORE}/"))
    except SafeIOError as error:
        message = f"the Nix database cannot be read: {error}"
        diagnostics.append(diagnostic("broken-package-database", message, path))
    return CatalogerResult(packages=packages_of(entries), diagnostics=tuple(diagnostics))


def parse_entry(file: WantedFile) -> CatalogerResult:
    """What the name of one entry of the store says: most images carry no database."""
    return CatalogerResult(packages=packages_of([file.path.removeprefix(f"{_STORE}/")]))


def parse_guix_entry(file: WantedFile) -> CatalogerResult:
    """The same of Guix."""
    return CatalogerResult(packages=packages_of([file.path.removeprefix(f"{_GUIX}/")], "guix", _GUIX))


CATALOGERS = (
    Cataloger(
        name="nix",
        version=2,
        parse=parse_database,
        files=(_DATABASE, *(_DATABASE + ending for ending in _BESIDE)),
        combine=combine,
        pace=PACE_OF_PROGRAMS,
        is_database=True,
    ),
    Cataloger(name="nix-store", version=1, parse=parse_entry, entries=_STORE),
    Cataloger(name="guix-store", version=1, parse=parse_guix_entry, entries=_GUIX),
)
