"""Archives that are not opened, by name and by their first bytes."""

import pytest

from lading.inventory.catalogers import archives
from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import Router
from lading.model.reader import WantedFile

ROUTER = Router([archives.CATALOGER])


def read(path: str, content: bytes) -> CatalogerResult | None:
    """What is read of a file, None where nobody wants it."""
    routes = [*ROUTER.routes(path), *ROUTER.routes_by_content(path, content[:4])]
    return archives.parse_archive(WantedFile(path, 0o644, content)) if routes else None


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a/dump.tar", b"any", "tar archive"),
        ("a/dump.tar.gz", b"\x1f\x8b", "tar archive"),
        ("a/dump.tgz", b"\x1f\x8b", "tar archive"),
        ("a/dump.tar.zst", b"(\xb5/\xfd", "tar archive"),
        ("a/rack-2.0.gem", b"any", "gem archive"),
        ("opt/app.asar", b"\4\0\0\0", "asar archive"),
        ("a/x.deb", b"!<arch>\ndebian-binary   ", "deb package archive"),
        ("a/x", b"!<arch>\ndebian-binary   ", "deb package archive"),
        ("a/x.bin", b"\xed\xab\xee\xdb\3", "rpm package archive"),
        ("a/x", b"7z\xbc\xaf\x27\x1c", "7z archive"),
        ("a/x.rar", b"Rar!\x1a\7", "RAR archive"),
        ("a/x.cab", b"MSCF", "cabinet archive"),
        ("a/root", b"hsqs", "squashfs archive"),
        ("disk/vm.qcow2", b"QFI\xfb\0\0\0\3", "disk image archive"),
        ("disk/vm", b"KDMV\1", "disk image archive"),
        ("disk/vm.vhdx", b"vhdxfile", "disk image archive"),
        ("disk/install.wim", b"MSWIM\0\0\0", "disk image archive"),
        ("disk/vm.dmg", b"any", "disk image archive"),
        ("disk/vm.img", bytes(510) + b"\x55\xaa", "disk image archive"),
        ("disk/root.img", bytes(1080) + b"\x53\xef", "ext file system archive"),
        ("disk/root.erofs", bytes(1024) + b"\xe2\xe1\xf5\xe0", "erofs archive"),
        ("disk/secret", b"LUKS\xba\xbe\0\2", "encrypted disk image archive"),
        ("a/x", b"\x45\x3d\xcd\x28", "cramfs archive"),
        ("a/x", b"-rom1fs-", "romfs archive"),
        ("a/x", b"xar!", "xar archive"),
        ("a/lib.jar.pack", b"\xca\xfe\xd0\x0d", "Pack200 archive"),
        ("a/x.lzh", b"\x20\0-lh5-", "LHA archive"),
    ],
)
def test_what_is_told(path: str, content: bytes, kind: str) -> None:
    assert read(path, content) == CatalogerResult(unknown=kind)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("usr/lib/libc.a", b"!<arch>\n/               "),
        ("a/dump.tar.gz", b""),
        ("a/x.apk", b"PK\3\4"),
        ("a/x", b"LUKS is a format"),
        ("a/x", b"-romantic"),
        ("a/scan.raw", b"\0" * 2000),
        ("a/logo.img", b"any"),
    ],
)
def test_what_is_none(path: str, content: bytes) -> None:
    assert read(path, content) == CatalogerResult()


def test_what_nobody_wants() -> None:
    assert read("usr/share/man/man1/ls.1.gz", b"\x1f\x8b\x08\0") is None
    assert read("boot/config.xz", b"\xfd7zX") is None
