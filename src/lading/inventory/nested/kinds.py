"""What kind of container a file is, by its name and its first bytes."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from msgspec import Struct, structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.java import ARCHIVES
from lading.inventory.nested.identities import (
    Identify,
    of_apk,
    of_crate,
    of_deb,
    of_gem,
    of_npm,
    of_nuget,
    of_rpm,
    of_sdist,
)
from lading.model.package import INTO
from lading.model.reader import Content
from lading.safeio.containers.ar import CONTROL, begins_deb, iter_deb
from lading.safeio.containers.asar import begins_asar, iter_asar
from lading.safeio.containers.cpio import begins_cpio
from lading.safeio.containers.file_systems import iter_squashfs
from lading.safeio.containers.gems import METADATA, iter_gem
from lading.safeio.containers.members import Member, Opening
from lading.safeio.containers.programs import (
    bundle_at,
    end_of_program,
    is_appimage,
    is_disc,
    iter_appimage,
    iter_bundle,
    iter_disc,
)
from lading.safeio.containers.pyinstaller import iter_pyinstaller, pyinstaller_end
from lading.safeio.containers.rpm import HEADER, iter_rpm
from lading.safeio.containers.rpm import MAGIC as RPM_MAGIC
from lading.safeio.containers.tars import is_tar, iter_archive
from lading.safeio.containers.zips import ends_as_zip, iter_zip

Open = Callable[[Content, Opening], Iterator[Member]]


class Kind(Struct, frozen=True):
    """A kind of container. `open` gives its files; `said` is what it is called where it is not read. `is_carried`: a
    package for others to install, so that nothing in it is installed by lying there. `is_java`: the reader of Java
    archives has looked into it. `is_certain`: the name says the same as the first bytes, which may be those of
    something else. `peeks`: the first bytes of the files in it cost next to nothing. `claimed`: how the paths of files
    in it begin that the reader of the container itself has read. `records`: regular expressions of the paths in it of
    what says which package it is, with who reads that; a container that is a package is carried."""

    said: str
    open: Open
    is_carried: bool = False
    is_java: bool = False
    is_certain: bool = True
    peeks: bool = True
    claimed: str = INTO
    records: tuple[tuple[re.Pattern[str], Identify], ...] = ()

    def record(self, path: str) -> Identify | None:
        """Who reads from the file at a path in it which package it is; None for other files."""
        return next((identify for pattern, identify in self.records if pattern.fullmatch(path)), None)


def _record(
    pattern: str, read: Callable[[bytes], FoundPackage | None], **costs: int
) -> tuple[tuple[re.Pattern[str], Identify], ...]:
    return ((re.compile(pattern), Identify(read, **costs)),)


_SOURCES: Final = (
    *_record(r"package/package\.json", of_npm, bytes_a_step=1),
    *_record(r"(?!EGG-INFO/)[^/]+(?<!\.egg-info)/PKG-INFO", of_sdist, bytes_a_step=5),
)
_ZIP: Final = Kind("zip archive", partial(iter_zip, as_java=False), is_java=True, peeks=False)
_JAVA: Final = Kind("Java archive", partial(iter_zip, as_java=True), is_java=True, peeks=False)
_EGG: Final = structs.replace(_ZIP, said="Python egg", claimed="EGG-INFO/")
_UNNAMED: Final = structs.replace(_ZIP, is_certain=False)
_CARRIED_ZIP: Final = structs.replace(_ZIP, is_carried=True)
_TAR: Final = Kind("tar archive", iter_archive, records=_SOURCES)
_COMPRESSED: Final = structs.replace(_TAR, said="compressed file", is_certain=False)
_CARRIED_TAR: Final = Kind("tar archive", iter_archive, is_carried=True)
_DEB: Final = Kind(
    "deb package archive", iter_deb, is_carried=True, records=_record(re.escape(CONTROL), of_deb, bytes_a_step=5)
)
_RPM: Final = Kind(
    "rpm package archive",
    iter_rpm,
    is_carried=True,
    records=_record(re.escape(HEADER), of_rpm, most=64_000_000, bytes_a_step=50),
)
_GEM: Final = Kind("gem archive", iter_gem, is_carried=True, records=_record(METADATA, of_gem, bytes_a_step=2))
_ASAR: Final = Kind("asar archive", iter_asar)
_SQUASHFS: Final = Kind("squashfs archive", iter_squashfs, peeks=False)
_CPIO: Final = Kind("cpio archive", iter_archive)
_APPIMAGE: Final = Kind("AppImage", iter_appimage, peeks=False)
_DISC: Final = Kind("AppImage", iter_disc)
_BUNDLE: Final = Kind(".NET single-file program", iter_bundle, peeks=False)
_APPENDED: Final = Kind("program with an archive", partial(iter_zip, as_java=False), is_certain=False, peeks=False)
_FROZEN: Final = Kind("PyInstaller archive", iter_pyinstaller, peeks=False)

STARTS: Final = frozenset({
    b"PK", b"#!", b"\x1f\x8b", b"BZ", b"\xfd7", b"(\xb5", b"\x04\x22", b"LZ", b"]\0", b"!<", b"\xed\xab", b"\4\0",
    b"hs", b"07", b"\x7fE", b"MZ",
})  # fmt: skip
"""The first two bytes of containers."""
_TARS: Final = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst",
    ".tar.lz4", ".tar.lz", ".tlz", ".tar.lzma",
)  # fmt: skip
_ZIPS: Final = (".zip", ".pyz", ".pex")
_ZIP_MAGIC: Final = b"PK\3\4"
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zX", b"(\xb5/\xfd", b"\x04\x22\x4d\x18", b"LZIP")
_LZMA: Final = b"]\0\0"
_PROGRAMS: Final = (b"\x7fELF", b"MZ")
_SCRIPT: Final = b"#!"
_RUN: Final = (_SCRIPT, b"\x7fELF")
"""What the kernel runs: no tar, whose first bytes would be such a name of a file."""
_MAY_HAVE_MORE: Final = (_SCRIPT, *_PROGRAMS)
_HEAD: Final = 512
_USTAR: Final = slice(257, 262)
_TEXTS: Final = ("usr/share/man/", "usr/share/doc/", "usr/share/info/", "usr/share/locale/", "usr/share/i18n/")
"""Where packages of the operating system keep compressed texts."""
_DRIVERS: Final = (".ko.gz", ".ko.xz", ".ko.zst")
"""Modules of the kernel, which nobody but the kernel opens."""
_LEAST_APPENDED: Final = 22
"""Bytes of an empty zip archive; what is shorter behind a program is padding."""
_NAMED_ZIPS: Final = {
    ".whl": structs.replace(_CARRIED_ZIP, said="Python wheel archive"),
    ".nupkg": structs.replace(_CARRIED_ZIP, records=_record(r"[^/]+\.nuspec", of_nuget, bytes_a_step=2)),
    ".conda": _CARRIED_ZIP,
    ".egg": _EGG,
}
_CARGO: Final = r"[^/]+/Cargo\.toml"
_NAMED_TARS: Final = {
    ".apk": structs.replace(_CARRIED_TAR, said="apk package archive", records=_record(r"\.PKGINFO", of_apk)),
    ".crate": structs.replace(
        _CARRIED_TAR,
        said="crate archive",
        records=_record(r"[^/]+/Cargo\.toml", of_crate, most=1_000_000, bytes_a_step=2),
    ),
}

NEVER_READ: Final = (
    b".class", b".gif", b".jpeg", b".jpg", b".mf", b".mo", b".png", b".po", b".rsa", b".sf", b".ttf", b".woff",
    b".woff2",
)  # fmt: skip
"""What the names of files end in that readers of everything do not want either."""
PASSED_OVER: Final = (
    *NEVER_READ,
    b".c", b".cc", b".cpp", b".dtd", b".go", b".groovy", b".h", b".hpp", b".htm", b".html", b".java", b".kt", b".map",
    b".md", b".py", b".pyc", b".pyi", b".scala", b".scss", b".svg", b".ts", b".xsd",
)  # fmt: skip
"""What the names of files end in that no reader wants by their names; of archives with many files they are most."""
BY_NAME: Final = frozenset({
    ".css", ".csv", ".inc", ".ini", ".js", ".json", ".lock", ".pod", ".properties", ".rb", ".rst", ".toml", ".txt",
    ".xml", ".yaml", ".yml",
})  # fmt: skip
"""What the names of texts end in: a reader wants them by their whole name, or not at all."""


def kind_of(path: str, head: bytes, peek: Callable[[int], bytes]) -> Kind | None:
    """The kind of a file that begins with `head`, None for what is no container or has to be looked into to tell (see
    `kind_inside`). `peek` gives more of its first bytes."""
    if head.startswith(_MAY_HAVE_MORE):
        return None
    name = path[path.rfind("/") + 1 :]
    if "." not in name and head[:2] not in STARTS:  # as most of those that are asked about
        start = peek(_HEAD)
        return _TAR if start[_USTAR] == b"ustar" and is_tar(start) else None
    lower = path.lower()
    ending = lower[lower.rfind(".") :]
    if head.startswith(_ZIP_MAGIC):
        if lower.endswith(ARCHIVES):
            return _JAVA
        return _NAMED_ZIPS.get(ending) or (_ZIP if lower.endswith(_ZIPS) else _UNNAMED)
    if head.startswith(_PACKED):
        if path.startswith(_TEXTS) or lower.endswith(_DRIVERS):
            return None
        return _NAMED_TARS.get(ending) or (_TAR if lower.endswith(_TARS) else _COMPRESSED)
    if head.startswith(_LZMA) and ending in (".lzma", ".tlz"):
        return _TAR if lower.endswith(_TARS) else _COMPRESSED
    if ending == ".gem" and is_tar(peek(_HEAD)):
        return _GEM
    if (lower.endswith(_TARS) or "." not in name) and is_tar(peek(_HEAD)):
        return _TAR
    return _by_first_bytes(head, peek)


def is_looked_into(head: bytes) -> bool:
    """Whether more than the first bytes may tell that a file is a container."""
    return head.startswith(_MAY_HAVE_MORE)


def kind_inside(head: bytes, content: Content) -> Kind | None:
    """The kind of a file with something else in front, such as a program that carries an archive at its end."""
    if head.startswith(_SCRIPT):
        return _ZIP if ends_as_zip(content) else None
    if pyinstaller_end(content):
        return _FROZEN
    end = end_of_program(content)
    if not end or len(content) - end < _LEAST_APPENDED:
        return None
    start = content[:_HEAD]
    if is_appimage(start):
        return _APPIMAGE
    if is_disc(start):
        return _DISC
    if bundle_at(content) >= end:
        return _BUNDLE
    return _APPENDED if ends_as_zip(content) else None


def _by_first_bytes(head: bytes, peek: Callable[[int], bytes]) -> Kind | None:
    if head == RPM_MAGIC:
        return _RPM
    if head == b"hsqs":
        return _SQUASHFS
    if head == b"!<ar" and begins_deb(peek(_HEAD)):
        return _DEB
    if head == b"\4\0\0\0" and begins_asar(peek(_HEAD)):
        return _ASAR
    return _CPIO if head[:2] == b"07" and begins_cpio(peek(_HEAD)) else None
