"""What is left of apk's packages where their database was erased: the archive of their scripts, and the list of what
was asked for.

Sources: apk-tools, src/database.c (`PACKAGE-VERSION.CHECKSUM.SCRIPT` in scripts.tar) and apk-world(5).
"""

import re
from typing import Final

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of
from lading.model.errors import SafeIOError
from lading.model.properties import RECOVERED
from lading.model.reader import WantedFile
from lading.safeio.content import ContentStream
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.tar import StreamInput, iter_tar

_LIMITS: Final = Limits(entries=100_000, total=64 * 1024 * 1024)
_AN_ENTRY: Final = 6
_MOST_WISHES: Final = 10_000
_PACKAGE: Final = r"(?P<name>[^/\s]+?)-(?P<version>\d[^/\s-]*-r\d+)"
_SCRIPT: Final = re.compile(rf"(?:.*/)?{_PACKAGE}\.Q[12][\w+/=]+\.[\w-]+")
_WISH: Final = re.compile(r"(?P<name>[^!\s<>=~@.][^\s<>=~@]*)(?P<rest>[<>=~@]\S*)?")
_EXACT: Final = re.compile(r"=(?P<version>[^@]+-r\d+)(?:@.*)?")


def parse_scripts(file: WantedFile) -> CatalogerResult:
    """The packages that have scripts."""
    names: list[str] = []
    try:
        stream = open_inflated(ContentStream(file.content), file.path, _LIMITS, file.spend)
        for entry in iter_tar(StreamInput(stream, file.path), file.path, _LIMITS, file.spend):
            file.spend(_AN_ENTRY)
            names.append(entry.path)
    except SafeIOError:
        pass  # what was read of it counts
    scripts = filter(None, map(_SCRIPT.fullmatch, names))
    stated = sorted({(match["name"], match["version"]) for match in scripts})
    packages = (_package(name, version, "scripts") for name, version in stated if not fault_of(name, version))
    return CatalogerResult(packages=tuple(packages))


def parse_world(file: WantedFile) -> CatalogerResult:
    """The packages that were asked for: those of one version, and the names of the others (`owned`)."""
    wishes = [match for word in file.text.split()[:_MOST_WISHES] if (match := _WISH.fullmatch(word))]
    exact = {
        match["name"]: version["version"] for match in wishes if (version := _EXACT.fullmatch(match["rest"] or ""))
    }
    packages = (_package(name, version, "list") for name, version in sorted(exact.items()))
    names = tuple(sorted({match["name"] for match in wishes} - exact.keys()))
    return CatalogerResult(packages=tuple(packages), owned=names)


def _package(name: str, version: str, why: str) -> FoundPackage:
    return FoundPackage("apk", name, version, source=name, source_version=version, properties={RECOVERED: why})


CATALOGERS: Final = (
    Cataloger(
        name="remains-apk-scripts",
        version=1,
        parse=parse_scripts,
        files=tuple(f"{home}/apk/db/scripts.tar{packed}" for home in ("lib", "usr/lib") for packed in ("", ".gz")),
        is_remains=True,
    ),
    Cataloger(name="remains-apk-world", version=1, parse=parse_world, files=("etc/apk/world",), is_remains=True),
)
