"""Composer: composer.lock.

Source: https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control and Composer's
own Locker, which writes it.
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
from lading.inventory.needs import bounded
from lading.inventory.published import digest, published
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages for use and for development."""
    document = read_json(file.data)
    if "packages" not in document and "packages-dev" not in document:
        raise BrokenFileError("has no packages")
    for key in ("packages", "packages-dev"):
        for entry in map(table, rows(document.get(key))):
            dist = table(entry.get("dist"))
            yield package(
                "composer",
                text(entry.get("name")).lower(),
                text(entry.get("version")),
                dev=key == "packages-dev",
                relationship="workspace" if text(dist.get("type")) == "path" else "",
                licenses=_licenses(strings(entry.get("license"))),
                requires=bounded(name.lower() for name in table(entry.get("require")) if "/" in name),
                provides=bounded(
                    name.lower() for kind in ("provide", "replace") for name in table(entry.get(kind)) if "/" in name
                ),
                archives=published(text(dist.get("url")), digest("sha1", text(dist.get("shasum")))),
            )


def _licenses(stated: tuple[str, ...]) -> tuple[str, ...]:
    """A list gives a choice, just as "or" does; only plain choices are taken apart."""
    if any(" and " in one for one in stated):
        return stated
    return tuple(one for line in stated for one in line.strip("()").split(" or "))


CATALOGER = cataloger("composer-lock", ("**/composer.lock",), read)
