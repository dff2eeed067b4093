"""rpm: the package database of Red Hat, Fedora, SUSE, Amazon, Oracle, Azure Linux and their kin, in each of the three
formats it has had, and the list that stands in for it in distroless images.

Source: rpm's manual (https://rpm.org/docs/) and its lib/backend; each module beside this one tells one format.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from lading.formats.rpm.databases import DATABASES, HOMES, SQLITE, iter_headers, iter_sqlite
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.rpm.manifest import read_manifest
from lading.inventory.catalogers.rpm.package import HeaderReader
from lading.inventory.unread import unread
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, SafeIOError
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile
from lading.safeio import foreign_sqlite
from lading.safeio.keeping import keep

_BESIDE = (foreign_sqlite.LOG, foreign_sqlite.JOURNAL)
_MANIFEST = "var/lib/rpmmanifest/container-manifest-2"


def parse(file: WantedFile) -> CatalogerResult:
    """The packages of a database or of the list. A database of SQLite, and what lies beside it, keep their bytes for
    `combine`."""
    if not len(file.content):
        return CatalogerResult()
    if file.path == _MANIFEST:
        return _from_manifest(file)
    if file.path.endswith(_BESIDE):
        return CatalogerResult(companion=keep(file.content, file.limit, file.path))
    if not foreign_sqlite.is_database(file.content):
        return _from_database(iter_headers(file.content), file.path)
    file.spend(_A_DATABASE)
    packed = keep(file.content, file.limit, file.path)
    return structs.replace(_from_sqlite(foreign_sqlite.Database(file.content), file.path), companion=packed)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """A database with a log or a journal beside it is read again as SQLite reads them together."""
    combined = {path: structs.replace(one, companion=b"") for path, one in facts.items()}
    files = {path: one.companion for path, one in facts.items()}
    for path, database in foreign_sqlite.kept_databases(files):
        combined[path] = _from_sqlite(database, path)
    return combined


def _from_sqlite(database: foreign_sqlite.Database, path: str) -> CatalogerResult:
    return _from_database(iter_sqlite(database), path)


def _from_database(headers: Iterator[bytes | None], path: str) -> CatalogerResult:
    reader = HeaderReader()
    diagnostics = []
    try:
        reader.read(headers)
    except SafeIOError as error:
        message = f"a damaged rpm database, read as far as it goes: {error}"
        diagnostics.append(diagnostic("broken-package-database", message, path))
    if reader.damaged:
        message = f"damaged entries of the rpm database, which were left out: {reader.damaged:,}"
        diagnostics.append(diagnostic("broken-package-entry", message, path))
    if reader.unlisted:
        message = f"packages whose lists of files ask for too much memory and were left out: {reader.unlisted:,}"
        diagnostics.append(diagnostic("package-files-left-out", message, path))
    return CatalogerResult(packages=_sorted(reader.packages), diagnostics=tuple(diagnostics))


def _from_manifest(file: WantedFile) -> CatalogerResult:
    file.spend(len(file.content) // _BYTES_A_STEP)
    try:
        packages, broken = read_manifest(file.content)
    except FormatError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "rpm", str(error), "broken-package-database"),))
    message = f"lines of the list of packages that could not be read: {broken:,}"
    diagnostics = (diagnostic("broken-package-entry", message, file.path),) if broken else ()
    return CatalogerResult(packages=_sorted(packages), diagnostics=diagnostics)


def _sorted(packages: Iterable[FoundPackage]) -> tuple[FoundPackage, ...]:
    return tuple(sorted(packages, key=lambda found: (found.name, found.version, found.arch)))


_A_DATABASE = 1000
_BYTES_A_STEP = 4
"""Steps to open one with SQLite (see WantedFile.spend)."""

CATALOGER = Cataloger(
    name="rpm",
    version=6,
    parse=parse,
    files=(*DATABASES, *(f"{home}/{SQLITE}{ending}" for home in HOMES for ending in _BESIDE), _MANIFEST),
    combine=combine,
    pace=PACE_OF_PROGRAMS,
    is_database=True,
)
