"""Root filesystems packed in a tar, compressed or not: what `docker export` and `mmdebstrap` write."""

from functools import partial
from typing import Final

from lading.image.opened import LayerBlob, Opened
from lading.image.source import Request, Source
from lading.model.errors import ImageError, SafeIOError, UsageError
from lading.model.image import Image, Layer
from lading.safeio.inflate import compression
from lading.safeio.region import RegionStream, first_bytes, whole_file
from lading.safeio.tar import begins_tar

_MARKS: Final = ("etc/os-release", "usr/lib/os-release", "etc/passwd", "lib/apk/db/installed", "var/lib/dpkg/status")
"""One of them is in every root filesystem that has packages, and hardly in any other tar."""


def open_rootfs_archive(request: Request) -> Opened:
    """The tar as one pseudo layer. Raises ImageError, SafeIOError, UsageError."""
    path = request.path
    if request.selector:
        raise ImageError(f"{path}: is a root filesystem, which has no tag {request.selector!r}")
    if request.wanted.explicit:
        raise UsageError(f"{path}: is a root filesystem, which has no platform: leave --platform out")
    layer = Layer(1)
    blob = LayerBlob(layer, "", partial(_open, request.place))
    return Opened(Image(path, SOURCE.id, layers=(layer,)), (blob,), _nothing)


def _open(place: str) -> RegionStream:
    return RegionStream(whole_file(place))


def _nothing() -> None:
    """There is nothing to release."""


def _detects(request: Request) -> bool:
    return not request.is_directory and any(request.store.has(mark) for mark in _MARKS)


def _is_tar(request: Request) -> bool:
    """Whether a file that is named as one is a tar, so that what is in it is meant."""
    if request.is_directory:
        return False
    head = first_bytes(request.place)
    if compression(head) is None:
        return begins_tar(head)
    try:
        return begins_tar(first_bytes(request.place, request.options.limits))
    except SafeIOError:
        return False


SOURCE = Source(
    "rootfs-archive",
    has_digest=False,
    prefixes=("rootfs-archive:",),
    open=open_rootfs_archive,
    detects=_detects,
    shares={"file:": _is_tar},
)
