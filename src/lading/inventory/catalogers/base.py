"""What every cataloger is made of.

A cataloger is data and one pure function: the paths it wants, and a parser from one file to facts. It never walks,
opens a path of the host or starts a process.
"""

from collections.abc import Callable

from msgspec import Struct

from lading.model.diagnostic import Diagnostic


class WantedFile(Struct, frozen=True):
    """A file a cataloger asked for. `path` is where the container sees it, without a leading slash, also when the
    bytes lie elsewhere behind a link; `mode` the permission bits; `data` the whole content."""

    path: str
    mode: int
    data: bytes


class FoundPackage(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A package as one database states it; fields as in model.Package. `files` are the paths it owns."""

    type: str
    name: str
    version: str
    arch: str = ""
    source: str = ""
    source_version: str = ""
    maintainer: str = ""
    licenses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Facts(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What a cataloger read from one file.

    `owner` and `owned`: the file is a list of the paths that the package `owner` owns. `text`: the file says
    something about the distribution, and is kept as it is.
    """

    packages: tuple[FoundPackage, ...] = ()
    owner: str = ""
    owned: tuple[str, ...] = ()
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


class Cataloger(Struct, frozen=True):
    """`version` grows whenever the same file would give other facts: it is part of the layer cache's key.

    `files` are exact paths; `directories` maps a directory to the suffixes wanted in it ("" for every file there).
    `reads_content` is off for files whose presence is all that matters. `is_database` marks files that list packages:
    when a layer deletes the last of them, that is reported.
    """

    name: str
    version: int
    parse: Callable[[WantedFile], Facts]
    files: tuple[str, ...] = ()
    directories: dict[str, tuple[str, ...]] = {}
    reads_content: bool = True
    is_database: bool = False
