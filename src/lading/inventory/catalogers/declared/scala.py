"""Scala: build.sbt.lock, as the plugin sbt-dependency-lock writes it.

Source: https://github.com/stringbean/sbt-dependency-lock, docs/lockfile-format.md.
"""

from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    package,
    read_json,
    rows,
    strings,
    table,
    text,
)
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_USED = frozenset({"compile", "optional", "provided", "runtime"})


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The locked modules; development are those that only configurations for tests and tools use."""
    document = read_json(file.data)
    if "dependencies" not in document or "lockVersion" not in document:
        raise BrokenFileError("has no dependencies")
    for entry in map(table, rows(document["dependencies"])):
        group, artifact = text(entry.get("org")), text(entry.get("name"))
        uses = {one.partition("-")[0] for one in strings(entry.get("configurations"))}
        name = f"{group}:{artifact}" if group and artifact else ""
        yield package("maven", name, text(entry.get("version")), dev=bool(uses) and uses.isdisjoint(_USED))


CATALOGER = cataloger("sbt-lock", ("**/build.sbt.lock",), read)
