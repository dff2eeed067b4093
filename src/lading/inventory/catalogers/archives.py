"""Archives that are not opened: told by name or by their first bytes, so that nobody takes what is in them for looked
into.

Zip archives are the Java cataloger's, which opens every one.

Sources: file(1)'s magic for ar, rpm, 7z, RAR, cabinets, squashfs, disks and file systems; deb(5) for what tells a
package from a library.
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile

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
    ".arj": "ARJ archive",
    ".dmg": "disk image archive",
    ".lha": "LHA archive",
    ".lzh": "LHA archive",
    ".pack.gz": "Pack200 archive",
    ".tar.br": "tar archive",
    ".vdi": "disk image archive",
    ".vhd": "disk image archive",
    ".wim": "disk image archive",
}
_MAYBE = (".img", ".raw", ".ext2", ".ext3", ".ext4", ".erofs", ".cramfs", ".romfs")
"""Names of disks and file systems, and of much else."""
_MAGIC = {
    b"!<ar": "deb package archive",
    b"\xed\xab\xee\xdb": "rpm package archive",
    b"7z\xbc\xaf": "7z archive",
    b"Rar!": "RAR archive",
    b"MSCF": "cabinet archive",
    b"hsqs": "squashfs archive",
    b"QFI\xfb": "disk image archive",
    b"KDMV": "disk image archive",
    b"vhdxfile": "disk image archive",
    b"MSWIM\0": "disk image archive",
    b"xar!": "xar archive",
    b"LUKS\xba\xbe": "encrypted disk image archive",
    b"\x45\x3d\xcd\x28": "cramfs archive",
    b"-rom1fs-": "romfs archive",
    b"\xca\xfe\xd0\x0d": "Pack200 archive",
}
_SYSTEMS = ((1024, b"\xe2\xe1\xf5\xe0", "erofs archive"), (1080, b"\x53\xef", "ext file system archive"))
_BOOT_RECORD = (510, b"\x55\xaa")
_DEB = b"!<arch>\ndebian-binary"
_ZIP = (b"PK\3\4", b"PK\5\6")
_HEAD = 1088


def parse_archive(file: WantedFile) -> CatalogerResult:
    """That it is an archive, and of what kind; nothing of one that others open, and of an empty file."""
    head = file.content[:_HEAD]
    if not head or head.startswith(_ZIP) or (head.startswith(b"!<ar") and not head.startswith(_DEB)):
        return CatalogerResult()
    kind = next((said for mark, said in _MAGIC.items() if head.startswith(mark)), None)
    if kind is None:
        name = file.path.lower()
        kind = next((said for ending, said in _NAMES.items() if name.endswith(ending)), "")
    return CatalogerResult(unknown=kind or _disk(head))


def _disk(head: bytes) -> str:
    """What a disk or a file system in a file is, by what stands further in."""
    for offset, mark, kind in _SYSTEMS:
        if head.startswith(mark, offset):
            return kind
    offset, mark = _BOOT_RECORD
    return "disk image archive" if head.startswith(mark, offset) else ""


CATALOGER = Cataloger(
    name="archives",
    version=2,
    parse=parse_archive,
    patterns=tuple(f"**/*{ending}" for ending in (*_NAMES, *_MAYBE)),
    magic=tuple(mark[:4] for mark in _MAGIC),
    head=_HEAD,
    pace=PACE_OF_PROGRAMS,
)
