"""What kind of container a file is, by its name and its first bytes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from msgspec import Struct, structs

from lading.inventory.catalogers.java import ARCHIVES
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening
from lading.safeio.containers.tars import is_tar, iter_archive
from lading.safeio.containers.zips import ends_as_zip, iter_zip

Open = Callable[[Content, Opening], Iterator[Member]]


INTO: Final = "!/"
"""Stands in a path between a container and what lies in it; no path of a file begins so."""


class Kind(Struct, frozen=True):
    """A kind of container. `open` gives its files; `said` is what it is called where it is not read. `is_carried`: a
    package for others to install, so that nothing in it is installed by lying there. `is_java`: the reader of Java
    archives has looked into it. `is_certain`: the name says the same as the first bytes, which may be those of
    something else. `peeks`: the first bytes of the files in it cost next to nothing. `claimed`: how the paths of files
    in it begin that the reader of the container itself has read."""

    said: str
    open: Open
    is_carried: bool = False
    is_java: bool = False
    is_certain: bool = True
    peeks: bool = True
    claimed: str = INTO


_ZIP: Final = Kind("zip archive", partial(iter_zip, as_java=False), is_java=True, peeks=False)
_JAVA: Final = Kind("Java archive", partial(iter_zip, as_java=True), is_java=True, peeks=False)
_WHEEL: Final = structs.replace(_ZIP, said="Python wheel archive", is_carried=True)
_EGG: Final = structs.replace(_ZIP, said="Python egg", claimed="EGG-INFO/")
_UNNAMED: Final = structs.replace(_ZIP, is_certain=False)
_TAR: Final = Kind("tar archive", iter_archive)
_COMPRESSED: Final = Kind("compressed file", iter_archive, is_certain=False)

STARTS: Final = frozenset({b"PK", b"#!", b"\x1f\x8b", b"BZ", b"\xfd7", b"(\xb5"})
"""The first two bytes of containers."""
_TARS: Final = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst",
)  # fmt: skip
_ZIPS: Final = (".zip", ".pyz", ".pex", ".nupkg", ".vsix", ".xpi")
_ZIP_MAGIC: Final = b"PK\3\4"
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zX", b"(\xb5/\xfd")
_HEAD: Final = 512
_TEXTS: Final = ("usr/share/man/", "usr/share/doc/", "usr/share/info/", "usr/share/locale/", "usr/share/i18n/")
"""Where packages of the operating system keep compressed texts."""
_DRIVERS: Final = (".ko.gz", ".ko.xz", ".ko.zst")
"""Modules of the kernel, which nobody but the kernel opens."""

PASSED_OVER: Final = (
    b".c", b".cc", b".class", b".cpp", b".dtd", b".gif", b".go", b".groovy", b".h", b".hpp", b".htm", b".html",
    b".java", b".jpeg", b".jpg", b".kt", b".map", b".md", b".mf", b".mo", b".png", b".po", b".py", b".pyc", b".pyi",
    b".rsa", b".scala", b".scss", b".sf", b".svg", b".ts", b".ttf", b".woff", b".woff2", b".xsd",
)  # fmt: skip
"""What the names of files end in that no reader wants; of archives with many files they are most."""
BY_NAME: Final = frozenset({
    ".css", ".csv", ".inc", ".ini", ".js", ".json", ".lock", ".pod", ".properties", ".rb", ".rst", ".toml", ".txt",
    ".xml", ".yaml", ".yml",
})  # fmt: skip
"""What the names of texts end in: a reader wants them by their whole name, or not at all."""


def kind_of(path: str, head: bytes, peek: Callable[[int], bytes]) -> Kind | None:
    """The kind of a file that begins with `head`, None for what is no container or has to be looked into to tell (see
    `kind_inside`). `peek` gives more of its first bytes."""
    lower = path.lower()
    if head.startswith(_ZIP_MAGIC):
        if lower.endswith(".whl"):
            return _WHEEL
        if lower.endswith(".egg"):
            return _EGG
        if lower.endswith(ARCHIVES):
            return _JAVA
        return _ZIP if lower.endswith(_ZIPS) else _UNNAMED
    if head.startswith(_PACKED):
        if path.startswith(_TEXTS) or lower.endswith(_DRIVERS):
            return None
        return _TAR if lower.endswith(_TARS) else _COMPRESSED
    name = path.rpartition("/")[2]
    if (lower.endswith(_TARS) or "." not in name) and is_tar(peek(_HEAD)):
        return _TAR
    return None


def kind_inside(head: bytes, content: Content) -> Kind | None:
    """The kind of a file with something else in front, such as a program that carries an archive at its end."""
    return _ZIP if head.startswith(b"#!") and ends_as_zip(content) else None
