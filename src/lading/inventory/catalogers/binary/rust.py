"""Rust: the crates a program was built from, as cargo-auditable writes them into it.

Source: PARSING.md and the JSON schema of rust-secure-code/cargo-auditable: zlib-compressed JSON in a section.
"""

from collections.abc import Sequence

import msgspec

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.executables.program import Program
from lading.inventory.needs import bounded
from lading.model.errors import LimitError, SafeIOError
from lading.model.properties import ROOT
from lading.model.reader import Content
from lading.safeio.zlib_bytes import inflate_zlib

_SECTION = ".dep-v0"
_MOST_BYTES = 8 * 1024 * 1024
"""What the format's own readers allow."""


class _Crate(msgspec.Struct):
    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    root: bool = False
    dependencies: tuple[int, ...] = ()


class _Crates(msgspec.Struct):
    packages: list[_Crate]


def read_crates(program: Program, content: Content) -> tuple[FoundPackage, ...] | None:
    """The crates that are in the program, those that only built it left out; None when it tells nothing. Raises
    ValueError when what it tells is damaged."""
    section = program.sections.get(_SECTION)
    if section is None:
        return None
    try:
        data = inflate_zlib(content[section.offset : min(section.end, section.offset + _MOST_BYTES)], _MOST_BYTES)
        crates = msgspec.json.decode(data, type=_Crates).packages
    except (SafeIOError, LimitError, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error
    return tuple(_package(crate, crates) for crate in crates if crate.kind == "runtime" and crate.name)


def _package(crate: _Crate, crates: Sequence[_Crate]) -> FoundPackage:
    properties = {**ROOT} if crate.root else {}
    if crate.source not in ("", "crates.io"):
        properties["source"] = crate.source
    needed = [crates[index] for index in crate.dependencies if 0 <= index < len(crates)]
    requires = bounded(f"{one.name}@{one.version}" for one in needed)
    return FoundPackage("cargo", crate.name, crate.version, evidence="binary", properties=properties, requires=requires)
