"""Images of disks and of file systems: Singularity images, squashfs, ext2 to ext4, and raw disks with partitions."""

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from lading.image.opened import LayerBlob, Opened
from lading.image.platforms import Wanted
from lading.image.resolve import check_platform
from lading.image.source import Request, Source
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import ImageError, LimitError, UsageError
from lading.model.image import Image, Layer, Platform
from lading.model.ports import ByteStream
from lading.safeio.content import Stretch
from lading.safeio.limits import Limits
from lading.safeio.region import open_file, whole_file

if TYPE_CHECKING:
    from lading.safeio.disks import Disk, Volume
    from lading.safeio.ext4 import Ext4
    from lading.safeio.squashfs import SquashFs
    from lading.safeio.tree_tar import TreeEntry

_ROOTS: Final = (b"etc", b"usr", b"bin")
_MOST_LOOKED_AT: Final = 1000


def open_disk(request: Request) -> Opened:
    """The root file system as one pseudo layer. Raises ImageError, SafeIOError, UsageError."""
    from lading.safeio.disks import find_disk

    path = request.path
    if request.is_directory:
        raise ImageError(f"{path}: is a directory: dir:PATH reads it")
    if request.selector:
        raise ImageError(f"{path}: is an image of a disk, which has no tag {request.selector!r}")
    disk = find_disk(whole_file(request.place))
    if disk is None:
        raise ImageError(f"{path}: no image of a disk or a file system that is known")
    if disk.advice:
        raise ImageError(f"{path}: is {disk.kind}, which is not read: convert it ({disk.advice}) and scan that")
    architecture = next((one.architecture for one in disk.volumes), "")
    platform = Platform("linux", architecture) if architecture else None
    _check(request.wanted, platform, path)
    volume, diagnostics = _root_of(disk, path)
    layer = Layer(1, size=volume.region.size)
    blob = LayerBlob(layer, "", partial(_open, volume, path, request.options.limits))
    image = Image(path, disk.kind if disk.kind == "sif" else SOURCE.id, platform=platform, layers=(layer,))
    return Opened(image, (blob,), _nothing, diagnostics=diagnostics)


def _check(wanted: Wanted, platform: Platform | None, path: str) -> None:
    if platform is not None and wanted.explicit:
        check_platform(wanted, platform, path)
    elif wanted.explicit:
        raise UsageError(f"{path}: is an image of a disk, which has no platform: leave --platform out")


def _root_of(disk: "Disk", path: str) -> "tuple[Volume, tuple[Diagnostic, ...]]":
    """The volume that has a root filesystem, and what has to be said of it and the others. Raises ImageError."""
    from lading.safeio.disks import READ, WITHOUT_PACKAGES

    readable = [one for one in disk.volumes if one.kind in READ]
    roots = [one for one in readable if len(disk.volumes) == 1 or _is_root(one, path)] or readable[:1]
    others = [one for one in disk.volumes if one not in roots[:1] and one.kind not in WITHOUT_PACKAGES]
    if not roots:
        there = ", ".join(sorted({one.kind or "what is not known" for one in disk.volumes})) or "none"
        raise ImageError(f"{path}: no file system that is read (ext2 to ext4, squashfs): there is {there}; {_ADVICE}")
    told = [
        diagnostic("partition-not-read", f"{one.name} ({one.kind}) was not read; {_ADVICE}", path) for one in others
    ]
    with _Mounted(roots[0], path) as mounted:
        if not mounted.is_clean:
            text = "its journal holds changes that are not in their places: what they are is not seen"
            told.append(diagnostic("file-system-not-clean", text, path))
    return roots[0], tuple(told)


_ADVICE: Final = "mount it and scan dir:PATH"


def _is_root(volume: "Volume", path: str) -> bool:
    with _Mounted(volume, path) as mounted:
        entries = mounted.entries()
        tops = (entry.path for _, entry in zip(range(_MOST_LOOKED_AT), entries, strict=False))
        return any(one in _ROOTS for one in tops)


class _Mounted:
    """A file system that is open for as long as the context lasts."""

    def __init__(self, volume: "Volume", path: str) -> None:
        self._volume = volume
        self._path = path

    def __enter__(self) -> "SquashFs | Ext4":
        from lading.safeio.ext4 import Ext4
        from lading.safeio.squashfs import SquashFs

        region = self._volume.region
        self._descriptor = open_file(region.path)
        try:
            content = Stretch(self._descriptor, region.offset, region.size, self._path)
            return (Ext4 if self._volume.kind == "ext4" else SquashFs)(content, self._path)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _open(volume: "Volume", path: str, limits: Limits) -> ByteStream:
    from lading.safeio.tree_tar import TreeTar

    return TreeTar(_entries(volume, path), volume.region.size, limits)


def _entries(volume: "Volume", path: str) -> "Iterator[TreeEntry]":
    with _Mounted(volume, path) as mounted:
        yield from mounted.entries()
        if mounted.unreadable:
            raise LimitError(f"{mounted.unreadable:,} files are encrypted, and were not read", "encrypted")


def _nothing() -> None:
    """There is nothing to release."""


def _detects(request: Request) -> bool:
    if request.is_directory:
        return False
    from lading.safeio.disks import find_disk

    return find_disk(whole_file(request.place)) is not None


SOURCE = Source(
    "disk", prefixes=("disk:", "squashfs:", "sif:", "singularity:"), open=open_disk, detects=_detects, has_digest=False
)
