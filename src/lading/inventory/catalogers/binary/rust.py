"""Rust: the crates a program was built from, as cargo-auditable writes them into it, or by the places of source code
that its panics name.

Sources: PARSING.md and the JSON schema of rust-secure-code/cargo-auditable: zlib-compressed JSON in a section; "Cargo
Home" in the Cargo book for where the code of crates lies when they are compiled, Debian's and Fedora's packaging of
crates for theirs, the Rust project's own builds (`/rust/deps`), `cargo vendor --versioned-dirs`; core::panic::Location.
"""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.executables.program import Program
from lading.inventory.needs import bounded
from lading.model.errors import LimitError, SafeIOError
from lading.model.properties import ROOT
from lading.model.reader import Content
from lading.safeio.limits import Spend, unbounded
from lading.safeio.zlib_bytes import inflate_zlib

_SECTION = ".dep-v0"
_MOST_BYTES = 8 * 1024 * 1024
"""What the format's own readers allow."""


_OF_CRATES = (b"registry/src/", b"registry\\src\\", b"share/cargo/registry/", b"/rust/deps/")
_OF_VENDORED = (b"/vendor/", b"/rustc/")
TEXTS = (*_OF_CRATES, *_OF_VENDORED)
"""One of the first is in the path of every crate's code, or all of the last are in the program, if it names crates."""
_PATH = re.compile(
    rb"(?:registry[/\\]src[/\\][\w.-]{1,200}-[0-9a-f]{16}|/share/cargo/registry|/rust/deps"
    rb"|/vendor(?=/[\w.+-]{1,120}/src/))[/\\]"
    rb"([A-Za-z][\w-]{0,80}?)-(\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,80})?)[/\\]"
)
_KNOWN_BY = {"known_by": "places of panics"}


class _Crate(msgspec.Struct):
    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    root: bool = False
    dependencies: tuple[int, ...] = ()


class _Crates(msgspec.Struct):
    packages: list[_Crate]


def read_crates(program: Program, content: Content, spend: Spend = unbounded) -> tuple[FoundPackage, ...] | None:
    """The crates that are in the program, those that only built it left out; None when it tells nothing. Raises
    ValueError when what it tells is damaged. `spend` is told of what inflating takes."""
    section = program.sections.get(_SECTION)
    if section is None:
        return None
    try:
        packed = content[section.offset : min(section.end, section.offset + _MOST_BYTES)]
        data = inflate_zlib(packed, _MOST_BYTES, spend)
        crates = msgspec.json.decode(data, type=_Crates).packages
    except (SafeIOError, LimitError, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from error
    return tuple(_package(crate, crates) for crate in crates if crate.kind == "runtime" and crate.name)


def may_name_crates(present: Collection[int]) -> bool:
    """Whether a program in which these of `TEXTS`, by their index, occur may name crates."""
    first = len(_OF_CRATES)
    return any(one < first for one in present) or all(first + one in present for one in range(len(_OF_VENDORED)))


def crates_of_paths(windows: Iterable[bytes]) -> tuple[FoundPackage, ...]:
    """The crates that the paths in a program's texts name: those of which some code may panic. What they are to each
    other is not told, nor that there are no more."""
    found = {match.groups() for window in windows for match in _PATH.finditer(window)}
    return tuple(
        FoundPackage("cargo", name.decode(), version.decode(), evidence="static", properties=_KNOWN_BY)
        for name, version in sorted(found)
    )


def _package(crate: _Crate, crates: Sequence[_Crate]) -> FoundPackage:
    properties = {**ROOT} if crate.root else {}
    if crate.source not in ("", "crates.io"):
        properties["source"] = crate.source
    needed = [crates[index] for index in crate.dependencies if 0 <= index < len(crates)]
    requires = bounded(f"{one.name}@{one.version}" for one in needed)
    return FoundPackage("cargo", crate.name, crate.version, evidence="binary", properties=properties, requires=requires)
