"""Cargo: Cargo.lock.

Source: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html; versions 1 to 4 differ in what is not read
here. It does not tell development from other dependencies.
"""

from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    package,
    read_toml,
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
    """All packages; those without a source are members of the workspace, the root among them."""
    document = read_toml(file)
    if not document.keys() & {"package", "root", "version"}:
        raise BrokenFileError("has no packages")
    for entry in (table(one) for one in (document.get("root"), *rows(document.get("package"))) if one is not None):
        yield package(
            "cargo",
            text(entry.get("name")),
            text(entry.get("version")),
            relationship="" if "source" in entry else "workspace",
            requires=bounded(map(_need, strings(entry.get("dependencies")))),
            archives=published(digests=digest("sha256", text(entry.get("checksum")))),
        )


def _need(stated: str) -> str:
    """`NAME`, with its version where there are several, and with its source where that is not enough."""
    name, _, rest = stated.partition(" ")
    version = rest.partition(" ")[0]
    return f"{name}@{version}" if version else name


CATALOGER = cataloger("cargo-lock", ("**/Cargo.lock",), read)
