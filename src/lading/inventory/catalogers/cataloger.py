"""What every cataloger is made of: a reader that finds packages, and the packages as it finds them."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from lading.model.build_records import BuildRecord
from lading.model.diagnostic import Diagnostic
from lading.model.package import Archive, Evidence, Package, Relationship
from lading.model.reader import Reader


class FoundPackage(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A package as one file states it; fields as in model.Package. `files` are the paths it owns, without a leading
    slash; one that ends in a slash stands for everything below a directory. `purl` is set only where the file itself
    states a package URL that the other fields would not give.

    `requires` are the names of what the package needs, as its ecosystem resolves them: a package's (`NAME` or
    `NAME@VERSION`), what one `provides` besides its own, or a file's path with a leading slash; "|" stands between
    alternatives, the best first. `constraints` are the versions of these that it accepts, by the names in `requires`
    and in the ecosystem's own words. `relationship` says whether somebody asked for the package. `candidates` are full
    names of what it may be, where `name` leaves that open."""

    type: str
    name: str
    version: str
    arch: str = ""
    source: str = ""
    source_version: str = ""
    maintainer: str = ""
    licenses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    evidence: Evidence = "installed"
    cpes: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    purl: str = ""
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    relationship: Relationship = ""
    digests: dict[str, str] = {}
    size: int = 0
    constraints: dict[str, str] = {}
    candidates: tuple[str, ...] = ()
    archives: tuple[Archive, ...] = ()


ONLY_BY_NAME: Final = "file named like a Java archive"
"""What `unknown` says of a file that is none by its content, so that under another name it is nothing."""


class CatalogerResult(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What a cataloger read from one file.

    `owner` and `owned`: the file is a list of the paths that the package `owner` owns. `text`: the file says
    something that later stages read, and is kept as it is. `companion`: bytes that `combine` needs. `unknown`: the
    file is a program or an archive that no cataloger identified; the word says what it is ("ELF executable"), and it
    counts as unknown unless some package owns the path; `unknown_size` is its bytes, which the pass fills in.
    `symbols`: the names of the functions of a Go binary, as a listing (see safeio.listing). `build_record`: what the
    file says of the image's build or subscriptions. `vex`: a VEX document, or the signature of the one beside it, as it
    is. `observed`: what a check saw in the file (model.checks.Observed). `inside`: the file is a container, and this is
    what the cataloger read from files that lie in it, by their paths within ("lib/inner.tar!/app.jar"); the pass fills
    it in.
    """

    packages: tuple[FoundPackage, ...] = ()
    owner: str = ""
    owned: tuple[str, ...] = ()
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    companion: bytes = b""
    unknown: str = ""
    symbols: bytes = b""
    build_record: BuildRecord | None = None
    vex: bytes = b""
    unknown_size: int = 0
    observed: bytes = b""
    inside: dict[str, "CatalogerResult"] = {}


class Cataloger(Reader[CatalogerResult], frozen=True):
    """A reader of what is installed.

    `combine` sees the results of all files that the finished image shows, by path, and gives them as they are to be
    used: for what only several files together tell. `is_database` marks files that list packages: when a layer
    deletes the last of them, that is reported. `declares` marks lock files and manifests, which say what ought to be
    installed: they are read in directories, and in images only when asked for. `is_remains` marks what tells of
    packages besides their database: it counts, and is looked for, only where that was erased.
    """

    combine: Callable[[Mapping[str, CatalogerResult]], Mapping[str, CatalogerResult]] | None = None
    is_database: bool = False
    declares: bool = False
    is_remains: bool = False


def stated_by_document(package: Package) -> FoundPackage:
    """The package as a bill of materials states it."""
    return FoundPackage(
        type=package.type,
        name=package.name,
        version=package.version,
        arch=package.arch,
        maintainer=package.maintainer,
        licenses=package.licenses,
        evidence="sbom",
        cpes=package.cpes,
        properties=package.properties,
        purl=package.purl,
    )
