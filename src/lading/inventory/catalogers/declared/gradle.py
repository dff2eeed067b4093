"""Gradle: lock files and version catalogs.

Sources: https://docs.gradle.org/current/userguide/dependency_locking.html and
https://docs.gradle.org/current/userguide/version_catalogs.html
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import cataloger, package, read_toml, table, text, unfixed
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_LOCKED = re.compile(r"([^\s:=#]+:[^\s:=#]+):([^\s:=#]+)(?:=(.*))?")
_EXACT = re.compile(r"[0-9A-Za-z][^\s,+\[\]()]*")


def read_lock(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The locked modules; development are those that only configurations for tests use."""
    for line in file.text.splitlines():
        if locked := _LOCKED.fullmatch(line.strip()):
            uses = [one.strip().lower() for one in (locked[3] or "").split(",") if one.strip()]
            yield package("maven", locked[1], locked[2], dev=bool(uses) and all("test" in one for one in uses))


def read_catalog(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The libraries that state one version, as text, by reference or as the strict or preferred one."""
    document = read_toml(file)
    versions = table(document.get("versions"))
    loose = []
    for library in table(document.get("libraries")).values():
        if isinstance(library, str):
            name, _, version = library.rpartition(":")
        else:
            entry = table(library)
            name = text(entry.get("module")) or f"{text(entry.get('group'))}:{text(entry.get('name'))}"
            version = _version(entry.get("version"), versions)
        if _EXACT.fullmatch(version):
            yield package("maven", name, version, relationship="direct")
        else:
            loose.append(name)
    yield from unfixed(file, loose)


def _version(value: object, versions: dict[str, object]) -> str:
    reference = text(table(value).get("ref"))
    if reference:
        value = versions.get(reference)
    rich = table(value)
    return text(value) or text(rich.get("strictly")) or text(rich.get("require")) or text(rich.get("prefer"))


CATALOGERS = (
    cataloger("gradle-lock", ("**/*gradle.lockfile", "**/gradle/dependency-locks/*.lockfile"), read_lock),
    cataloger("gradle-catalog", ("**/gradle/*.versions.toml",), read_catalog),
)
