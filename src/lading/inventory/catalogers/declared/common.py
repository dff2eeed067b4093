"""What the readers of lock files and manifests share: one way in, one way out, and no trust in any value's type.

A reader is a generator over one file. It yields packages, and diagnostics where it had to leave something out; broken
syntax it lets through as an exception of the parser. Everything else is done here.
"""

import re
import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.inventory.published import together
from lading.inventory.unread import left_out
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import SafeIOError
from lading.model.package import Archive
from lading.model.properties import RELATIONSHIP, UNPUBLISHED, relationship
from lading.model.reader import WantedFile

_K = TypeVar("_K", bound=Hashable)
Read = Callable[[WantedFile], Iterator[FoundPackage | Diagnostic]]

_MOST_BYTES = 32_000_000
_MOST_VALUES = 1_500_000
_BYTES_A_STEP = 4
_MOST_TOML_BYTES = 10_000_000
# tomllib takes quadratic time for dotted keys: real lock files stay far below these.
_MOST_DOTS_IN_HEADER = 12
_MOST_SQUARED_DOTS = 10_000_000

# Lock files below these came with a dependency: they say nothing about what this project installs.
_FOREIGN = re.compile(r"(?:^|/)(?:node_modules|site-packages|dist-packages|META-INF|cargo/registry|pkg/mod)/")
_LOCAL = re.compile(r"(?:file|link|portal):(?!.*\.t(?:ar\.)?gz(?:$|[?#]))")
_SEPARATORS = re.compile(r"[-_.]+")
_CLOSENESS = ("root", "workspace", "direct", "indirect", "")


class BrokenFileError(ValueError):
    """The file is not of its format; the message ends the sentence "it …"."""


def cataloger(name: str, patterns: tuple[str, ...], read: Read) -> Cataloger:
    """A cataloger of lock files around `read`; a package that a file states several times is listed once."""

    def parse(file: WantedFile) -> CatalogerResult:
        packages: dict[tuple[str, str], FoundPackage] = {}
        diagnostics: list[Diagnostic] = []
        nameless = 0
        try:
            for found in _iter_found(file, read):
                if isinstance(found, Diagnostic):
                    diagnostics.append(found)
                elif not found.name:
                    nameless += 1
                else:
                    key = (found.name, found.version)
                    packages[key] = _merged(packages[key], found) if key in packages else found
        except (ValueError, msgspec.DecodeError, RecursionError, SafeIOError) as error:
            why = str(error) if isinstance(error, BrokenFileError) else "is broken"
            diagnostics.append(
                diagnostic("broken-lock-file", f"read as {name}, it {why}: packages are missing", file.path)
            )
        if nameless:
            diagnostics.append(left_out(file.path, f"{nameless} of its entries name no package"))
        return CatalogerResult(packages=tuple(packages.values()), diagnostics=tuple(diagnostics))

    return Cataloger(name=name, version=7, parse=parse, patterns=patterns, declares=True, pace=_BYTES_A_STEP)


def package(
    kind: str,
    name: str,
    version: str,
    *,
    dev: bool = False,
    relationship: str = "",
    licenses: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    provides: tuple[str, ...] = (),
    archives: tuple[Archive, ...] = (),
    own: bool = False,
) -> FoundPackage:
    """A declared package of the package URL type `kind`. `relationship` is root, workspace, direct or indirect, or
    empty where the file does not tell; `dev` is on when only development needs it, `own` when it lies beside the file
    and was never published."""
    properties = dict(UNPUBLISHED) if own else {}
    if dev:
        properties["dev"] = "true"
    if relationship:
        properties[RELATIONSHIP] = relationship
    return FoundPackage(
        type=kind,
        name=name,
        version=version,
        licenses=licenses,
        evidence="declared",
        properties=properties,
        requires=requires,
        provides=provides,
        archives=archives,
    )


def unfixed(file: WantedFile, names: list[str]) -> Iterator[Diagnostic]:
    """The remark about dependencies that a manifest states without one version; nothing when there are none."""
    if names:
        some = ", ".join(name[:100] for name in names[:3]) + (", …" if len(names) > 3 else "")
        message = f"no single version is stated here for {len(names)} dependencies ({some}): they were left out"
        yield diagnostic("unresolved-versions", message, file.path)


def read_json(data: bytes) -> dict[str, Any]:
    """The object that a JSON document is. Raises what a reader may raise."""
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST_VALUES:
        raise BrokenFileError("has too many values")
    document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    if not isinstance(document, dict):
        raise BrokenFileError("is no object")
    return document


def read_toml(file: WantedFile) -> dict[str, Any]:
    """A TOML document. Raises what a reader may raise."""
    data = file.data
    if len(data) > _MOST_TOML_BYTES:
        raise BrokenFileError("is too large")
    squares = 0
    for line in data.split(b"\n"):
        dots = line.count(b".")
        squares += dots * dots
        if squares > _MOST_SQUARED_DOTS or (dots > _MOST_DOTS_IN_HEADER and line.lstrip().startswith(b"[")):
            raise BrokenFileError("has too long keys")
    return tomllib.loads(data.decode("utf-8-sig"))


def table(value: object) -> dict[str, Any]:
    """`value` when it is a table, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any]:
    """`value` when it is a list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """`value` when it is a string, an empty one otherwise."""
    return value if isinstance(value, str) else ""


def strings(value: object) -> tuple[str, ...]:
    """The strings of a list; a lone string counts as a list of one."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in rows(value) if isinstance(one, str) and one)


def split_reference(reference: str) -> tuple[str, str]:
    """npm's `NAME@REFERENCE` in two; the name may have a scope with an "@" of its own."""
    name, _, rest = reference[1:].partition("@")
    return reference[:1] + name, rest


def is_directory(reference: str) -> bool:
    """Whether what stands for a version in npm's world names a directory (`file:../a`, `link:a`, `portal:a`); an
    archive may have come from anywhere."""
    return _LOCAL.match(reference) is not None


def python_name(name: str) -> str:
    """The one spelling of a project's name (https://packaging.python.org/en/latest/specifications/name-normalization/)."""
    return _SEPARATORS.sub("-", name).lower()


def reach(starts: Iterable[_K], edges: Callable[[_K], Iterable[_K]]) -> set[_K]:
    """Everything that can be reached from `starts`, itself included."""
    seen = set(starts)
    waiting = list(seen)
    while waiting:
        for target in edges(waiting.pop()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _iter_found(file: WantedFile, read: Read) -> Iterator[FoundPackage | Diagnostic]:
    if _FOREIGN.search(file.path):
        return iter(())
    if len(file.content) > _MOST_BYTES:
        raise BrokenFileError("is too large")
    return read(file)


def _merged(one: FoundPackage, other: FoundPackage) -> FoundPackage:
    """What two statements of one package say together: the closest relationship, and development only if both do."""
    mine, theirs = one.properties, other.properties
    return package(
        one.type,
        one.name,
        one.version,
        dev="dev" in mine and "dev" in theirs,
        relationship=min(relationship(one), relationship(other), key=_CLOSENESS.index),
        licenses=one.licenses or other.licenses,
        requires=bounded((*one.requires, *other.requires)),
        provides=bounded((*one.provides, *other.provides)),
        archives=together((one.archives, other.archives)),
    )
