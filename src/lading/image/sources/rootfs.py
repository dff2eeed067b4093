"""Root filesystems: directories that hold what a container would see."""

from pathlib import Path

from lading.image.opened import Opened
from lading.image.source import Request, Source
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image, Layer


def open_rootfs(request: Request) -> Opened:
    """The directory as one pseudo layer. Raises ImageError, UsageError."""
    path = request.path
    if request.selector:
        raise ImageError(f"{path}: is a root filesystem, which has no tag {request.selector!r}")
    if not request.is_directory:
        raise ImageError(f"{path}: is not a directory; without dir: its kind is detected")
    if request.wanted.explicit:
        raise UsageError(f"{path}: is a root filesystem, which has no platform: leave --platform out")
    return Opened(Image(path, SOURCE.id, layers=(Layer(1),)), (), _nothing, root=str(Path(path).absolute()))


def _nothing() -> None:
    """There is nothing to release."""


def _detects(request: Request) -> bool:
    return request.is_directory


SOURCE = Source("rootfs", prefixes=("dir:",), open=open_rootfs, detects=_detects, has_digest=False)
