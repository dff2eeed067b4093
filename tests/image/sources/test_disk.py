"""File systems in files: squashfs, ext2 to ext4, disks with partitions, Singularity images."""

import contextlib
import os
import random
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

import lading
from lading.engine.options import ScanOptions
from lading.engine.targets import list_target
from lading.image.open import OpenOptions, open_image
from lading.model.errors import LadingError, UsageError
from lading.model.image import Platform

_ENVIRONMENT = lading.Environment(database=lading.StarterDatabase())
_LONG = "a-name-of-a-directory-that-is-long/" * 5
_LINK = "../" * 30 + "usr/share/somewhere/else"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root filesystem with files of every size, holes, links and long names."""
    root = tmp_path / "tree"
    for name in ("etc", "var/lib/dpkg", "usr/bin", f"opt/{_LONG}", "empty", "many"):
        (root / name).mkdir(parents=True)
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    status = "Package: bash\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"
    (root / "var/lib/dpkg/status").write_text(status)
    noise = random.Random(1)
    for size in (0, 1, 59, 60, 61, 150, 1024, 4096, 4097, 131072, 131073, 700_001):
        (root / f"usr/bin/f{size}").write_bytes(noise.randbytes(size // 2) + b"x" * (size - size // 2))
    with (root / "usr/bin/holes").open("wb") as file:
        for place in (100_000, 2_000_000, 9_000_000):
            file.seek(place)
            file.write(b"end")
        file.truncate(9_500_000)
    (root / f"opt/{_LONG}/file").write_bytes(b"deep")
    (root / "usr/bin/short").symlink_to("f1")
    (root / "usr/bin/long").symlink_to(_LINK)
    for number in range(400):
        (root / f"many/{'n' * 60}{number}").write_bytes(b"%d" % number)
    os.link(root / "usr/bin/f4096", root / "usr/bin/same")
    return root


def _unpacked(target: Path, directory: Path) -> Path:
    """What tar makes of the layer of an image."""
    opened = open_image(f"disk:{target}", OpenOptions())
    directory.mkdir()
    stream = opened.layers[0].open()
    process = subprocess.Popen(["tar", "-xf", "-", "-C", directory], stdin=subprocess.PIPE)
    assert process.stdin is not None
    with process.stdin as file:
        while piece := stream.read(1 << 20):
            file.write(piece)
    assert process.wait() == 0
    stream.close()
    opened.close()
    return directory


def _is_same(one: Path, other: Path, *options: str) -> bool:
    command: list[str | Path] = ["diff", "--recursive", "--no-dereference", *options, one, other]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode == 0


def _squash(tree: Path, path: Path, *options: str) -> Path:
    command: list[str | Path] = [
        "mksquashfs",
        tree,
        path,
        "-noappend",
        "-quiet",
        "-no-progress",
        "-all-time",
        "0",
        *options,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return path


def _format(tree: Path, path: Path, kind: str, *options: str, size: str = "64M") -> Path:
    subprocess.run(["mke2fs", "-q", "-t", kind, *options, "-d", tree, path, size], check=True, capture_output=True)
    return path


def _packages(path: Path, prefix: str = "") -> list[str]:
    listed = list_target(f"{prefix}{path}", ScanOptions(), _ENVIRONMENT)
    assert [one.code for one in listed.diagnostics if one.level == "incomplete"] == []
    return [one.name for one in listed.inventory.packages if one.type == "deb"]


@pytest.mark.debian("squashfs-tools")
@pytest.mark.parametrize(
    "options",
    [
        ("-comp", "gzip"),
        ("-comp", "xz"),
        ("-comp", "zstd", "-b", "1M"),
        ("-comp", "lz4"),
        ("-noI", "-noD", "-noF", "-no-fragments", "-b", "4096"),
        ("-always-use-fragments", "-xattrs"),
    ],
    ids=lambda options: "-".join(options).replace("--", "-"),
)
def test_squashfs(tree: Path, tmp_path: Path, options: Sequence[str]) -> None:
    path = _squash(tree, tmp_path / "image.squashfs", *options)
    assert _is_same(tree, _unpacked(path, tmp_path / "unpacked"))
    for prefix in ("", "disk:", "squashfs:"):
        assert _packages(path, prefix) == ["bash"]


@pytest.mark.debian("squashfs-tools")
def test_squashfs_that_is_not_read(tree: Path, tmp_path: Path) -> None:
    path = _squash(tree, tmp_path / "image", "-comp", "lzo")
    assert _refused(path) == f"{path}: is compressed with lzo, which is not read: unpack it and scan dir:PATH"


@pytest.mark.debian("e2fsprogs")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("ext2", ("-b", "1024")),
        ("ext3", ("-b", "4096")),
        ("ext4", ("-b", "4096")),
        ("ext4", ("-b", "1024", "-O", "^64bit")),
        ("ext4", ("-b", "2048", "-I", "256", "-O", "inline_data")),
    ],
)
def test_ext4(tree: Path, tmp_path: Path, kind: str, options: Sequence[str]) -> None:
    if "inline_data" in options:
        (tree / "usr/bin/holes").unlink()  # mke2fs itself writes other bytes then, as debugfs sees them too
    path = _format(tree, tmp_path / "image", kind, *options)
    assert _is_same(tree, _unpacked(path, tmp_path / "unpacked"), "--exclude=lost+found")
    assert _packages(path) == ["bash"]


@pytest.mark.debian("e2fsprogs")
def test_ext4_that_is_not_clean(tree: Path, tmp_path: Path) -> None:
    path = _format(tree, tmp_path / "image", "ext4")
    data = bytearray(path.read_bytes())
    data[1024 + 96] |= 0x4
    path.write_bytes(data)
    opened = open_image(str(path), OpenOptions())
    assert [(one.code, one.level) for one in opened.diagnostics] == [("file-system-not-clean", "incomplete")]


def _entry(kind: int, start: int, size: int) -> bytes:
    return struct.pack("<B3sB3sII", 0, b"", kind, b"", start, size)


def _mbr(*entries: bytes) -> bytes:
    return bytes(446) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def _gpt(*parts: tuple[int, int]) -> bytes:
    """A protective table, a header and the entries, in the first 34 sectors."""
    table = b"".join(struct.pack("<16s16sQQ80x", b"t" * 16, b"u" * 16, start, last) for start, last in parts)
    head = struct.pack("<8sIII4xQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 1, 99, 34, 90, b"d" * 16, 2, 128, 128, 0)
    return _mbr(_entry(0xEE, 1, 99)) + head.ljust(512, b"\0") + table.ljust(128 * 128, b"\0")


def _at(sector: int, *parts: tuple[int, bytes]) -> bytes:
    """Bytes at sectors, up to one."""
    data = bytearray(512 * sector)
    for place, content in parts:
        data[512 * place : 512 * place + len(content)] = content
    return bytes(data)


@pytest.mark.debian("squashfs-tools")
def test_disks_with_partitions(tree: Path, tmp_path: Path) -> None:
    root = _squash(tree, tmp_path / "root").read_bytes()
    (tmp_path / "other/boot").mkdir(parents=True)
    other = _squash(tmp_path / "other", tmp_path / "boot").read_bytes()
    size, small = -(-len(root) // 512), -(-len(other) // 512)
    fat = bytes(0x52) + b"FAT32"
    end = 200 + size
    disks = {
        "gpt": (_at(end, (0, _gpt((40, 50), (200, end - 1))), (40, fat), (200, root)), []),
        "mbr": (_at(end, (0, _mbr(_entry(0x83, 100, small), _entry(0x83, 200, size))), (100, other), (200, root)), [
            "partition 1 (squashfs) was not read; mount it and scan dir:PATH"
        ]),
        "logical": (_at(end, (0, _mbr(_entry(0xC, 40, 9), _entry(5, 199, size + 1))), (40, fat),
                        (199, _mbr(_entry(0x83, 1, size))), (200, root)), []),
        "xfs": (_at(end, (0, _mbr(_entry(0x83, 100, 9), _entry(0x83, 200, size))), (100, b"XFSB"), (200, root)), [
            "partition 1 (XFS) was not read; mount it and scan dir:PATH"
        ]),
    }  # fmt: skip
    for name, (data, messages) in disks.items():
        path = tmp_path / f"{name}.img"
        path.write_bytes(data)
        listed = list_target(str(path), ScanOptions(), _ENVIRONMENT)
        assert [one.name for one in listed.inventory.packages if one.type == "deb"] == ["bash"], name
        assert [one.message for one in listed.diagnostics if one.code == "partition-not-read"] == messages, name


@pytest.mark.debian("squashfs-tools")
def test_a_singularity_image(tree: Path, tmp_path: Path) -> None:
    content = _squash(tree, tmp_path / "root").read_bytes()
    path = tmp_path / "image.sif"

    def write(role: int = 2, system: int = 1) -> None:
        extra = struct.pack("<ii3s", system, role, b"04").ljust(384, b"\0")
        entry = struct.pack("<i?IIIqqqqqqq128s", 0x4004, True, 1, 1, 0, 8192, len(content), 0, 0, 0, 0, 0, b"root")
        launch = b"#!/usr/bin/env run-singularity\n"
        head = struct.pack("<32s10s3s3s16sqqqqqqqq", launch, b"SIF_MAGIC", b"01", b"04", b"", 0, 0, 0, 1, 4096, 0, 0, 0)
        path.write_bytes(head.ljust(4096, b"\0") + (entry + extra).ljust(4096, b"\0") + content)

    write()
    for prefix in ("", "sif:", "singularity:"):
        opened = open_image(f"{prefix}{path}", OpenOptions())
        assert (opened.image.source, opened.image.platform) == ("sif", Platform("linux", "arm64"))
        opened.close()
    assert _packages(path) == ["bash"]
    assert _refused(path, OpenOptions(platform="linux/amd64")) == (
        f"{path}: is for linux/arm64 only, not for linux/amd64: --platform linux/arm64 takes it"
    )
    write(role=3)
    assert _refused(path) == f"{path}: the Singularity image has no system partition"
    write(system=5)
    assert "is encrypted: unpack it (singularity build --sandbox)" in _refused(path)


def _refused(path: Path, options: OpenOptions = OpenOptions()) -> str:  # noqa: B008
    with pytest.raises(LadingError) as raised:
        _read(str(path), options)
    return str(raised.value)


def _read(reference: str, options: OpenOptions = OpenOptions()) -> int:  # noqa: B008
    """Reads all of an image's layer; gives a sum of it."""
    opened = open_image(reference, options)
    stream = opened.layers[0].open()
    found = 0
    try:
        while piece := stream.read(1 << 20):
            found = zlib.crc32(piece, found)
    finally:
        stream.close()
        opened.close()
    return found


@pytest.mark.parametrize(
    ("data", "kind", "advice"),
    [
        (b"QFI\xfb\0\0\0\3", "a qcow2 disk", "qemu-img convert -O raw"),
        (b"KDMV\1\0\0\0", "a VMDK disk", "qemu-img convert -O raw"),
        (b"# Disk DescriptorFile\n", "a VMDK disk", "qemu-img convert -O raw"),
        (b"vhdxfile", "a VHDX disk", "qemu-img convert -O raw"),
        (bytes(2048) + b"conectix".ljust(512, b"\0"), "a VHD disk", "qemu-img convert -O raw"),
        (bytes(0x40) + b"\x7f\x10\xda\xbe", "a VirtualBox disk", "qemu-img convert -O raw"),
        (bytes(32769) + b"CD001", "an ISO 9660 disc", "bsdtar -xf"),
    ],
)
def test_disks_of_other_kinds(tmp_path: Path, data: bytes, kind: str, advice: str) -> None:
    path = tmp_path / "image"
    path.write_bytes(data)
    assert _refused(path) == f"{path}: is {kind}, which is not read: convert it ({advice}) and scan that"


def test_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"XFSB".ljust(4096, b"\0"))
    there = "no file system that is read (ext2 to ext4, squashfs): there is XFS; mount it and scan dir:PATH"
    assert _refused(path) == f"{path}: {there}"
    path.write_bytes(_at(9, (0, _mbr(_entry(0x83, 8, 1)))))
    assert "there is what is not known; mount it" in _refused(path)
    path.write_bytes(b"hsqs".ljust(96, b"\0"))
    with pytest.raises(UsageError, match="is an image of a disk, which has no platform: leave --platform out"):
        open_image(str(path), OpenOptions(platform="linux/amd64"))
    path.write_bytes(b"x" * 4096)
    with pytest.raises(LadingError, match="no image of a disk or a file system that is known"):
        open_image(f"disk:{path}", OpenOptions())


@pytest.mark.debian("squashfs-tools", "e2fsprogs")
def test_damage_ends_in_an_error_or_in_files(tree: Path, tmp_path: Path) -> None:
    noise = random.Random(2)
    (tree / "usr/bin/holes").unlink()
    images = [_squash(tree, tmp_path / "squash", "-noI"), _format(tree, tmp_path / "ext", "ext4", size="8M")]
    for image in images:
        whole = image.read_bytes()
        used = [place for place in range(0, len(whole), 64) if any(whole[place : place + 64])]
        damaged = tmp_path / "damaged"
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(noise.choice((1, 3, 20))):
                data[noise.choice(used) + noise.randrange(64) if used else 0] = noise.randrange(256)
            damaged.write_bytes(data[: noise.choice((len(data), len(data), len(data) // 2))])
            with contextlib.suppress(LadingError):
                _read(f"disk:{damaged}")
