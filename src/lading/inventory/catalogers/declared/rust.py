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
    table,
    text,
)
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """All packages; those without a source are members of the workspace, the root among them."""
    document = read_toml(file)
    if not document.keys() & {"package", "root", "version"}:
        raise BrokenFileError("has no packages")
    for entry in (table(one) for one in (document.get("root"), *rows(document.get("package"))) if one is not None):
        relationship = "" if "source" in entry else "workspace"
        yield package("cargo", text(entry.get("name")), text(entry.get("version")), relationship=relationship)


CATALOGER = cataloger("cargo-lock", ("**/Cargo.lock",), read)
