"""Conan: C and C++ packages in its cache.

Sources: Conan 1's documentation, "conaninfo.txt" and the cache's layout (data/NAME/VERSION/USER/CHANNEL/package/ID/);
Conan 2, conan/internal/cache/db (`.conan2/p/cache.sqlite3`, tables of references NAME/VERSION@USER/CHANNEL).
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import WantedFile
from lading.safeio.foreign_sqlite import iter_rows

_MOST = 1_000_000
_PLACE = re.compile(r"(?:^|/)([^/]+)/([^/]+)/[^/]+/[^/]+/package/[^/]+/conaninfo\.txt$")
_REFERENCE = re.compile(r"([a-z0-9_][a-z0-9_+.-]*)/([^\s@:#/\[\]]+)(?:[@:#]\S*)?", re.ASCII | re.IGNORECASE)


def parse_info(file: WantedFile) -> CatalogerResult:
    """The package whose directory holds this conaninfo.txt, where the path tells it, and the exact ones it was built
    against (`full_requires`)."""
    packages = []
    if match := _PLACE.search(file.path):
        packages.append(FoundPackage("conan", match[1], match[2], files=(f"{file.path.rpartition('/')[0]}/",)))
    section = ""
    for line in map(str.strip, file.text[:_MOST].splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[full_requires]" and (match := _REFERENCE.fullmatch(line)):
            packages.append(FoundPackage("conan", match[1], match[2], evidence="static"))
    return CatalogerResult(packages=tuple(packages))


def parse_cache(file: WantedFile) -> CatalogerResult:
    """The packages with binaries in Conan 2's cache."""
    found = set()
    diagnostics = []
    try:
        for (reference,) in iter_rows(file.content, "packages", ("reference",)):
            if match := _REFERENCE.fullmatch(str(reference)):
                found.add((match[1], match[2]))
    except SafeIOError as error:
        message = f"Conan's cache cannot be read: {error}"
        diagnostics.append(Diagnostic("incomplete", "broken-package-database", message, file.path))
    packages = tuple(FoundPackage("conan", name, version) for name, version in sorted(found))
    return CatalogerResult(packages=packages, diagnostics=tuple(diagnostics))


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_cache(file) if file.path.endswith(".sqlite3") else parse_info(file)


CATALOGER = Cataloger(
    name="conan",
    version=1,
    parse=_parse,
    patterns=("**/conaninfo.txt", "**/.conan2/p/cache.sqlite3"),
)
