"""What a file holds that is an image of a disk, of a file system, or of one in a Singularity image.

Sources: UEFI specification 2.10, chapter 5 (GPT and the MBR); sylabs/sif, `pkg/sif` (the layout of SIF, version 1);
the magic bytes of file systems and virtual disks as file(1) lists them.
"""

import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from lading.model.errors import SafeIOError
from lading.model.ports import Region

_SECTOR: Final = 512
_MOST_PARTITIONS: Final = 256
_GPT: Final = b"EFI PART"
_MBR: Final = b"\x55\xaa"
_EXTENDED: Final = (0x05, 0x0F, 0x85)
_PROTECTIVE: Final = 0xEE
_SIF: Final = b"SIF_MAGIC\0"
_SIF_HEADER: Final = struct.Struct("<32s10s3s3s16sqqqqqqqq")
_SIF_DESCRIPTOR: Final = struct.Struct("<i?IIIqqqqqqq128s384s")
_SIF_PARTITION, _SIF_PRIMARY, _SIF_ENCRYPTED = 0x4004, 2, 5
_SIF_ARCHITECTURES: Final = {
    b"01": "386", b"02": "amd64", b"03": "arm", b"04": "arm64", b"05": "ppc64", b"06": "ppc64le", b"07": "mips",
    b"08": "mipsle", b"09": "mips64", b"10": "mips64le", b"11": "s390x", b"12": "riscv64",
}  # fmt: skip
_RAW: Final = "qemu-img convert -O raw"
_FOREIGN: Final = (
    (0, b"QFI\xfb", "a qcow2 disk", _RAW),
    (0, b"KDMV", "a VMDK disk", _RAW),
    (0, b"# Disk DescriptorFile", "a VMDK disk", _RAW),
    (0, b"conectix", "a VHD disk", _RAW),
    (0, b"vhdxfile", "a VHDX disk", _RAW),
    (0x40, b"\x7f\x10\xda\xbe", "a VirtualBox disk", _RAW),
    (32769, b"CD001", "an ISO 9660 disc", "bsdtar -xf"),
)
"""Kinds of disks that are not read: where their magic bytes lie, and what makes them ones that are."""
_SYSTEMS: Final = (
    (1024 + 56, b"\x53\xef", "ext4"),
    (0, b"hsqs", "squashfs"),
    (0, b"XFSB", "XFS"),
    (0x10040, b"_BHRfS_M", "Btrfs"),
    (0, b"LUKS\xba\xbe", "LUKS"),
    (0x218, b"LVM2 001", "LVM"),
    (0x400, b"\x10\x20\xf5\xf2", "F2FS"),
    (0x400, b"\xe2\xe1\xf5\xe0", "EROFS"),
    (0x52, b"FAT32", "FAT"),
    (0x36, b"FAT1", "FAT"),
    (4086, b"SWAPSPACE2", "swap"),
)
"""File systems by their magic bytes; the first two are read."""
READ: Final = ("ext4", "squashfs")
WITHOUT_PACKAGES: Final = ("FAT", "swap", "")


class Volume(Struct, frozen=True):
    """A file system: its kind, "" where that is not known, and where it lies. `name` is what to call it beside others
    in one file; `architecture` the processor that it is said to be for."""

    kind: str
    region: Region
    name: str = ""
    architecture: str = ""


class Disk(Struct, frozen=True):
    """What a file holds: "sif", "squashfs", "ext4" or "disk"; or what no reader takes, with the `advice` how it can be
    made into what one does."""

    kind: str
    volumes: tuple[Volume, ...] = ()
    advice: str = ""


def find_disk(region: Region) -> Disk | None:
    """What the file is, None for none of these. Raises SafeIOError for a damaged one, and where it cannot be read."""
    with _Reading(region) as reading:
        for place, magic, kind, advice in _FOREIGN:
            if reading.at(place, len(magic)) == magic:
                return Disk(kind, advice=advice)
        if reading.at(32, len(_SIF)) == _SIF:
            return Disk("sif", tuple(_sif_volumes(reading)))
        kind = reading.system(0)
        if kind:
            return Disk(kind, (Volume(kind, region),))
        if reading.at(_SECTOR, 8) == _GPT:
            return Disk("disk", tuple(_numbered(reading, _gpt(reading))))
        if _is_mbr(reading):
            return Disk("disk", tuple(_numbered(reading, _mbr(reading))))
        if reading.at(region.size - _SECTOR, 8) == b"conectix":
            return Disk("a VHD disk", advice=_RAW)
    return None


class _Reading:
    """Reads pieces of a region."""

    def __init__(self, region: Region) -> None:
        self.region = region

    def __enter__(self) -> "_Reading":
        from lading.safeio.content import Stretch
        from lading.safeio.region import open_file

        self._descriptor = open_file(self.region.path)
        self._content = Stretch(self._descriptor, self.region.offset, self.region.size, self.region.path)
        return self

    def __exit__(self, *_: object) -> None:
        import os

        os.close(self._descriptor)

    def at(self, place: int, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        return self._content[place : place + size] if place >= 0 else b""

    def system(self, start: int) -> str:
        """The kind of file system that begins there, "" for none that is known."""
        return next((kind for place, magic, kind in _SYSTEMS if self.at(start + place, len(magic)) == magic), "")

    def part(self, start: int, size: int) -> Region:
        """A part of the region. Raises SafeIOError for one that lies outside."""
        if start < 0 or size <= 0 or start >= self.region.size:
            raise SafeIOError(f"{self.region.path}: a partition lies outside of the file: it is damaged or not whole")
        return Region(self.region.path, self.region.offset + start, min(size, self.region.size - start))


def _numbered(reading: _Reading, parts: Iterator[tuple[int, int]]) -> Iterator[Volume]:
    for number, (start, size) in enumerate(parts, 1):
        if size:
            yield Volume(reading.system(start), reading.part(start, size), f"partition {number}")


def _gpt(reading: _Reading) -> Iterator[tuple[int, int]]:
    """Where each partition begins, and its size: 0 for one that there is not."""
    header = reading.at(_SECTOR, 92)
    table, count, size = struct.unpack("<QII", header[72:88]) if len(header) == 92 else (0, 0, 0)
    if not 128 <= size <= 4096:
        raise SafeIOError(f"{reading.region.path}: a partition table that cannot be: it is damaged")
    for number in range(min(count, _MOST_PARTITIONS)):
        entry = reading.at(table * _SECTOR + number * size, 128)
        if len(entry) < 128:
            raise SafeIOError(f"{reading.region.path}: its partition table ends too early: it is damaged")
        first, last = struct.unpack("<QQ", entry[32:48])
        yield (first * _SECTOR, (last - first + 1) * _SECTOR) if any(entry[:16]) and last >= first else (0, 0)


def _is_mbr(reading: _Reading) -> bool:
    """Whether a partition table of the older kind begins the file, and not two bytes that any file may have."""
    table = reading.at(446, 66)
    if len(table) < 66 or table[64:] != _MBR or any(table[place] not in (0, 0x80) for place in range(0, 64, 16)):
        return False
    used = [one for one in _mbr_entries(reading, 0) if one[0]]
    return bool(used) and all(0 < start * _SECTOR < reading.region.size and size for _, start, size in used)


def _mbr(reading: _Reading) -> Iterator[tuple[int, int]]:
    """The same for the older table, with the chain of logical partitions, which count from 5."""
    extended = 0
    for kind, start, size in _mbr_entries(reading, 0):
        if kind in _EXTENDED:
            extended = start
        yield (start * _SECTOR, size * _SECTOR) if kind not in (0, _PROTECTIVE, *_EXTENDED) else (0, 0)
    here, left = extended, _MOST_PARTITIONS
    while here and left and reading.at(here * _SECTOR + 510, 2) == _MBR:
        left -= 1
        (kind, start, size), (following, offset, _), *_ = _mbr_entries(reading, here)
        yield ((here + start) * _SECTOR, size * _SECTOR) if kind else (0, 0)
        here = extended + offset if following in _EXTENDED and offset else 0


def _mbr_entries(reading: _Reading, sector: int) -> list[tuple[int, int, int]]:
    table = reading.at(sector * _SECTOR + 446, 64).ljust(64, b"\0")
    return [(table[place + 4], *struct.unpack("<II", table[place + 8 : place + 16])) for place in range(0, 64, 16)]


def _sif_volumes(reading: _Reading) -> Iterator[Volume]:
    """The primary system partition of a Singularity image. Raises SafeIOError."""
    path = reading.region.path
    head = reading.at(0, _SIF_HEADER.size)
    if len(head) < _SIF_HEADER.size:
        raise SafeIOError(f"{path}: the Singularity image ends too early")
    fields = _SIF_HEADER.unpack(head)
    total, start = fields[8], fields[9]
    for number in range(max(0, min(total, _MOST_PARTITIONS))):
        entry = reading.at(start + number * _SIF_DESCRIPTOR.size, _SIF_DESCRIPTOR.size)
        if start < 0 or len(entry) < _SIF_DESCRIPTOR.size:
            raise SafeIOError(f"{path}: the Singularity image ends too early")
        kind, is_used, _, _, _, offset, size, *_, extra = _SIF_DESCRIPTOR.unpack(entry)
        system, role = struct.unpack("<ii", extra[:8])
        if kind != _SIF_PARTITION or not is_used or role != _SIF_PRIMARY:
            continue
        if system == _SIF_ENCRYPTED:
            raise SafeIOError(f"{path}: the Singularity image is encrypted: unpack it (singularity build --sandbox)")
        architecture = _SIF_ARCHITECTURES.get(extra[8:10], "")
        yield Volume(reading.system(offset), reading.part(offset, size), "", architecture)
        return
    raise SafeIOError(f"{path}: the Singularity image has no system partition")
