"""Dart and Flutter: pubspec.lock.

Source: https://dart.dev/tools/pub/glossary#lockfile
"""

from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.blocks import block, read_blocks, scalar
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package
from lading.inventory.published import digest, published
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_OF_NO_REGISTRY = ("path", "sdk")


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages; `direct dev` marks only what development itself asks for, not what follows from that."""
    document = next(read_blocks(file.text), {})
    if "packages" not in document and file.text.strip():
        raise BrokenFileError("has no packages")
    for name, value in block(document.get("packages")).items():
        entry = block(value)
        dependency = scalar(entry.get("dependency"))
        relationship = "direct" if dependency.startswith("direct") else "indirect"
        if scalar(entry.get("source")) in _OF_NO_REGISTRY:
            relationship = "workspace"
        yield package(
            "pub",
            name,
            scalar(entry.get("version")),
            dev=dependency == "direct dev",
            relationship=relationship,
            archives=published(digests=digest("sha256", scalar(block(entry.get("description")).get("sha256")))),
        )


CATALOGER = cataloger("pubspec-lock", ("**/pubspec.lock",), read)
