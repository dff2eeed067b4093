"""rpm: the package database of Red Hat, Fedora, SUSE, Amazon, Oracle, Azure Linux and their kin, in each of the three
formats it has had, and the list that stands in for it in distroless images.

Source: rpm's manual (https://rpm.org/docs/) and its lib/backend; each module beside this one tells one format.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.rpm import bdb, ndb
from lading.inventory.catalogers.rpm.manifest import read_manifest
from lading.inventory.catalogers.rpm.package import HeaderReader
from lading.model.diagnostic import Diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import Content, WantedFile
from lading.safeio import foreign_sqlite
from lading.safeio.zstd import ZstdDecompressor, compress

_HOMES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
_LOG = "-wal"
_NAMES = ("Packages", "Packages.db", "rpmdb.sqlite", f"rpmdb.sqlite{_LOG}")
_MANIFEST = "var/lib/rpmmanifest/container-manifest-2"


def parse(file: WantedFile) -> CatalogerResult:
    """The packages of a database or of the list. A write-ahead log of SQLite, and the database it may belong to, keep
    their bytes for `combine`."""
    if not len(file.content):
        return CatalogerResult()
    if file.path == _MANIFEST:
        return _from_manifest(file)
    if file.path.endswith(_LOG):
        return CatalogerResult(companion=compress(file.data, level=1))
    facts = _from_database(file.content, file.path)
    if foreign_sqlite.is_database(file.content) and foreign_sqlite.is_wal_mode(file.content):
        return structs.replace(facts, companion=compress(file.data, level=1))
    return facts


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """A database with a log beside it is read again as the log leaves it."""
    combined = {path: structs.replace(one, companion=b"") for path, one in facts.items()}
    for path, one in facts.items():
        log = facts.get(path + _LOG)
        if one.companion and log is not None and log.companion:
            combined[path] = _joined(path, one, log)
    return combined


def _joined(path: str, facts: CatalogerResult, log: CatalogerResult) -> CatalogerResult:
    unpack = ZstdDecompressor
    try:
        database = foreign_sqlite.with_log(unpack().decompress(facts.companion), unpack().decompress(log.companion))
    except SafeIOError as error:
        message = f"the log of changes beside it cannot be read: {error}"
        diagnostic = Diagnostic("incomplete", "broken-package-database", message, path)
        return structs.replace(facts, companion=b"", diagnostics=(*facts.diagnostics, diagnostic))
    return _from_database(database, path)


def _from_database(content: Content, path: str) -> CatalogerResult:
    reader = HeaderReader()
    diagnostics = []
    try:
        reader.read(_iter_headers(content))
    except SafeIOError as error:
        message = f"a damaged rpm database, read as far as it goes: {error}"
        diagnostics.append(Diagnostic("incomplete", "broken-package-database", message, path))
    if reader.damaged:
        message = f"damaged entries of the rpm database, which were left out: {reader.damaged:,}"
        diagnostics.append(Diagnostic("incomplete", "broken-package-entry", message, path))
    if reader.unlisted:
        message = f"packages whose lists of files ask for too much memory and were left out: {reader.unlisted:,}"
        diagnostics.append(Diagnostic("warning", "package-files-left-out", message, path))
    return CatalogerResult(packages=_sorted(reader.packages), diagnostics=tuple(diagnostics))


def _iter_headers(content: Content) -> Iterator[bytes | None]:
    """By the first bytes, for the names of the files have come to mean several formats."""
    if foreign_sqlite.is_database(content):
        return _iter_sqlite(content)
    if ndb.is_database(content):
        return ndb.iter_headers(content)
    if bdb.is_hash_table(content):
        return bdb.iter_headers(content)
    raise SafeIOError("none of the formats that rpm writes")


def _iter_sqlite(content: Content) -> Iterator[bytes | None]:
    left = len(content)
    for (blob,) in foreign_sqlite.iter_rows(content, "Packages", ("blob",)):
        if not isinstance(blob, bytes):
            yield None
            continue
        left -= len(blob)
        if left < 0:
            raise SafeIOError("it lists more than it holds")
        yield blob


def _from_manifest(file: WantedFile) -> CatalogerResult:
    packages, broken = read_manifest(file.text)
    message = f"lines of the list of packages that could not be read: {broken:,}"
    diagnostics = (Diagnostic("incomplete", "broken-package-entry", message, file.path),) if broken else ()
    return CatalogerResult(packages=_sorted(packages), diagnostics=diagnostics)


def _sorted(packages: Iterable[FoundPackage]) -> tuple[FoundPackage, ...]:
    return tuple(sorted(packages, key=lambda found: (found.name, found.version, found.arch)))


CATALOGER = Cataloger(
    name="rpm",
    version=1,
    parse=parse,
    files=(*(f"{home}/{name}" for home in _HOMES for name in _NAMES), _MANIFEST),
    combine=combine,
    is_database=True,
)
