"""Archives that are not opened: told by name or by their first bytes, so that nobody takes what is in them for looked
into.

Zip archives are the Java cataloger's, which opens every one.

Sources: file(1)'s magic for ar, rpm, 7z, RAR, cabinets and squashfs; deb(5) for what tells a package from a library.
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.reader import WantedFile

_NAMES = {
    ".tar": "tar archive",
    ".tar.gz": "tar archive",
    ".tgz": "tar archive",
    ".tar.bz2": "tar archive",
    ".tbz2": "tar archive",
    ".tar.xz": "tar archive",
    ".txz": "tar archive",
    ".tar.zst": "tar archive",
    ".tzst": "tar archive",
    ".tar.lz": "tar archive",
    ".tar.lz4": "tar archive",
    ".tar.z": "tar archive",
    ".gem": "gem archive",
    ".crate": "crate archive",
    ".apk": "apk package archive",
    ".asar": "asar archive",
    ".cpio": "cpio archive",
    ".iso": "disc image archive",
    ".squashfs": "squashfs archive",
    ".sqfs": "squashfs archive",
}
_MAGIC = {
    b"!<ar": "deb package archive",
    b"\xed\xab\xee\xdb": "rpm package archive",
    b"7z\xbc\xaf": "7z archive",
    b"Rar!": "RAR archive",
    b"MSCF": "cabinet archive",
    b"hsqs": "squashfs archive",
}
_DEB = b"!<arch>\ndebian-binary"
_ZIP = (b"PK\3\4", b"PK\5\6")
_HEAD = 64


def parse_archive(file: WantedFile) -> CatalogerResult:
    """That it is an archive, and of what kind; nothing of one that others open, and of an empty file."""
    head = file.content[:_HEAD]
    if not head or head.startswith(_ZIP) or (head.startswith(b"!<ar") and not head.startswith(_DEB)):
        return CatalogerResult()
    kind = _MAGIC.get(head[:4])
    if kind is None:
        name = file.path.lower()
        kind = next((said for ending, said in _NAMES.items() if name.endswith(ending)), "")
    return CatalogerResult(unknown=kind)


CATALOGER = Cataloger(
    name="archives",
    version=1,
    parse=parse_archive,
    patterns=tuple(f"**/*{ending}" for ending in _NAMES),
    magic=tuple(_MAGIC),
    head=_HEAD,
)
