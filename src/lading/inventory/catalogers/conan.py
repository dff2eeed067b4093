"""Conan: C and C++ packages in its cache.

Sources: Conan 1's documentation, "conaninfo.txt" and the cache's layout (data/NAME/VERSION/USER/CHANNEL/package/ID/);
Conan 2, conan/internal/cache/db (`.conan2/p/cache.sqlite3`, tables of references NAME/VERSION@USER/CHANNEL).
"""

import re
from collections.abc import Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import unread
from lading.model.diagnostics import diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile
from lading.safeio.foreign_sqlite import JOURNAL, LOG, Database, iter_rows, kept_databases
from lading.safeio.keeping import keep
from lading.safeio.lines import LONGEST, beginning

_BESIDE = (LOG, JOURNAL)
_BYTES_A_STEP = 4
_PLACE = re.compile(r"(?:^|/)([^/]+)/([^/]+)/[^/]+/[^/]+/package/[^/]+/conaninfo\.txt$")
_REFERENCE = re.compile(r"([a-z0-9_][a-z0-9_+.-]*)/([^\s@:#/\[\]]+)(?:[@:#]\S*)?", re.ASCII | re.IGNORECASE)


def parse_info(file: WantedFile) -> CatalogerResult:
    """The package whose directory holds this conaninfo.txt, where the path tells it, and the exact ones it was built
    against (`full_requires`)."""
    file.spend(min(len(file.content), LONGEST) // _BYTES_A_STEP)
    packages = []
    if match := _PLACE.search(file.path):
        packages.append(FoundPackage("conan", match[1], match[2], files=(f"{file.path.rpartition('/')[0]}/",)))
    section = ""
    for line in map(str.strip, beginning(file.content).splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[full_requires]" and (match := _REFERENCE.fullmatch(line)):
            packages.append(FoundPackage("conan", match[1], match[2], evidence="static"))
    is_cut = len(file.content) > LONGEST
    diagnostics = (unread(file.path, "Conan", f"more than {LONGEST:,} bytes"),) if is_cut else ()
    return CatalogerResult(packages=tuple(packages), diagnostics=diagnostics)


def parse_cache(file: WantedFile) -> CatalogerResult:
    """The packages with binaries in Conan 2's cache. It and what lies beside it keep their bytes for `combine`."""
    packed = keep(file.content, file.limit, file.path) if len(file.content) else b""
    if file.path.endswith(_BESIDE):
        return CatalogerResult(companion=packed)
    return structs.replace(_from_cache(Database(file.content), file.path), companion=packed)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """A cache with a log or a journal beside it is read again as SQLite reads them together."""
    combined = {path: structs.replace(one, companion=b"") for path, one in facts.items()}
    for path, database in kept_databases({path: one.companion for path, one in facts.items()}):
        combined[path] = _from_cache(database, path)
    return combined


def _from_cache(database: Database, path: str) -> CatalogerResult:
    found = set()
    diagnostics = []
    try:
        for (reference,) in iter_rows(database, "packages", ("reference",)):
            if match := _REFERENCE.fullmatch(str(reference)):
                found.add((match[1], match[2]))
    except SafeIOError as error:
        message = f"Conan's cache cannot be read: {error}"
        diagnostics.append(diagnostic("broken-package-database", message, path))
    packages = tuple(FoundPackage("conan", name, version) for name, version in sorted(found))
    return CatalogerResult(packages=packages, diagnostics=tuple(diagnostics))


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_info(file) if file.path.endswith(".txt") else parse_cache(file)


CATALOGER = Cataloger(
    name="conan",
    version=2,
    parse=_parse,
    patterns=("**/conaninfo.txt", *(f"**/.conan2/p/cache.sqlite3{ending}" for ending in ("", *_BESIDE))),
    combine=combine,
    pace=PACE_OF_PROGRAMS,
)
