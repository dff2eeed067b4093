"""Bills of materials that came with the image: what their makers say is in it, be it built into programs or lying in
files of its own.

Packages of the operating system are left out, for its package database tells of them what is true today. Components
without a package URL or a version, which nothing can be matched against, are counted.

Sources: CycloneDX 1.6, SPDX 2.3; melange, which leaves a document on the making of each package in `var/lib/db/sbom`.
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, stated_by_document
from lading.inventory.components import read_components
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.reader import WantedFile

_OF_PACKAGES = "var/lib/db/sbom/"
_IN_WHEELS = ".dist-info/sboms/"
_MOST_BYTES = 32 * 1024 * 1024
_HEAD = 64 * 1024
_MARKS = (b'"bomFormat"', b'"spdxVersion"')


def parse(file: WantedFile) -> CatalogerResult:
    """The packages that a CycloneDX or SPDX document in JSON lists; nothing of other files with such names, nor of the
    documents in wheels, which are read with the wheel."""
    if file.path.startswith(_OF_PACKAGES) or _IN_WHEELS in file.path or not _claims(file):
        return CatalogerResult()
    if len(file.content) > _MOST_BYTES:
        return _unread(file, f"it is larger than {_MOST_BYTES:,} bytes")
    try:
        packages, diagnostics = read_components(file.data, file.path)
    except FormatError as error:
        return _unread(file, str(error).removeprefix(f"{file.path}: "))
    return CatalogerResult(packages=tuple(map(stated_by_document, packages)), diagnostics=diagnostics)


def _claims(file: WantedFile) -> bool:
    """Whether a file says that it is a bill of materials; many a `bom.json` is something else."""
    head, tail = file.content[:_HEAD], file.content[-_HEAD:]
    return any(mark in head or mark in tail for mark in _MARKS)


def _unread(file: WantedFile, why: str) -> CatalogerResult:
    message = f"an SBOM that came with the image cannot be read: {why}"
    return CatalogerResult(diagnostics=(diagnostic("broken-sbom", message, file.path),))


CATALOGER = Cataloger(
    name="sbom",
    version=2,
    parse=parse,
    patterns=("**/*.spdx.json", "**/*.cdx.json", "**/*bom.json"),
)
