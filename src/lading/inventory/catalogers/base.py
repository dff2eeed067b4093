"""What every cataloger is made of.

A cataloger is data and pure functions: the files it wants, and a parser from one file to facts. It never walks,
opens a path of the host or starts a process.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from lading.model.build_records import BuildRecord
from lading.model.diagnostic import Diagnostic
from lading.model.errors import LimitError
from lading.model.package import Evidence
from lading.safeio.content import Content


class WantedFile(Struct, frozen=True):
    """A file a cataloger asked for. `path` is where the container sees it, without a leading slash, also when the
    bytes lie elsewhere behind a link; `mode` the permission bits; `content` all of it, or its first bytes when the
    cataloger wants no more. `limit` is the most bytes that may be held in memory."""

    path: str
    mode: int
    content: Content
    limit: int = 256_000_000

    @property
    def data(self) -> bytes:
        """The whole content in memory; for files that are small by nature. Raises LimitError when it is too large."""
        if len(self.content) > self.limit:
            raise LimitError(
                f"{self.path}: {len(self.content):,} bytes, above the limit of {self.limit:,} for one file", "file"
            )
        return self.content[:]

    @property
    def text(self) -> str:
        """The whole content as UTF-8; bytes that are not are written out (`\\xff`). Raises LimitError as `data`."""
        return self.data.decode("utf-8", "backslashreplace")


class FoundPackage(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A package as one file states it; fields as in model.Package. `files` are the paths it owns, without a leading
    slash; one that ends in a slash stands for everything below a directory. `purl` is set only where the file itself
    states a package URL that the other fields would not give."""

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


class CatalogerResult(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What a cataloger read from one file.

    `owner` and `owned`: the file is a list of the paths that the package `owner` owns. `text`: the file says
    something that later stages read, and is kept as it is. `companion`: bytes that `combine` needs. `unknown`: the
    file is a program or an archive that no cataloger identified; the word says what it is ("ELF executable"), and it
    counts as unknown unless some package owns the path. `symbols`: the names of the functions of a Go binary, as a
    listing (see safeio.listing). `build_record`: what the file says of the image's build or subscriptions.
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


class Cataloger(Struct, frozen=True):
    """`version` grows whenever the same file would give other facts: it is part of the layer cache's key.

    What it wants: `files` are exact paths; `directories` maps a directory to the suffixes wanted in it ("" for every
    file there). `patterns` are files anywhere: `**/NAME`, `**/*.ending` or with directories in front
    (`**/*.dist-info/METADATA`, `*` within one name); the last name is literal or `*` with an ending from its last
    dot on (several dots allowed). `magic` are the first two or four bytes of files that no name claims.
    `entries` is a directory of two parts of which every entry's name is wanted, whatever lies below it: `parse` gets
    the entry's path, once for each layer, and no content.
    `head` bounds what is read of a file whose beginning is all that matters; 0 stands for all of it.

    `combine` sees the facts of all files that the finished image shows, by path, and gives them as they are to be
    used: for what only several files together tell. `is_database` marks files that list packages: when a layer
    deletes the last of them, that is reported. `declares` marks lock files and manifests, which say what ought to be
    installed: they are read in directories, and in images only when asked for.
    """

    name: str
    version: int
    parse: Callable[[WantedFile], CatalogerResult]
    files: tuple[str, ...] = ()
    directories: dict[str, tuple[str, ...]] = {}
    patterns: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    entries: str = ""
    head: int = 0
    combine: Callable[[Mapping[str, CatalogerResult]], Mapping[str, CatalogerResult]] | None = None
    is_database: bool = False
    declares: bool = False
