"""A single file: a jar, a program, a lock file. It is read as the one file of a layer without a name."""

import posixpath
from functools import partial

from lading.image.opened import LayerBlob, Opened
from lading.image.source import Request, Source
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image, Layer
from lading.model.ports import ByteStream
from lading.safeio.inflate import compression
from lading.safeio.region import RegionStream, file_status, first_bytes, whole_file
from lading.safeio.tar import begins_tar


def open_single_file(request: Request) -> Opened:
    """The file as one pseudo layer. Raises ImageError, SafeIOError, UsageError."""
    path = request.path
    if request.is_directory:
        raise ImageError(f"{path}: is a directory: dir:PATH reads it")
    if request.selector:
        raise ImageError(f"{path}: is a file, which has no tag {request.selector!r}")
    if request.wanted.explicit:
        raise UsageError(f"{path}: is a file, which has no platform: leave --platform out")
    layer = Layer(1)
    blob = LayerBlob(layer, "", partial(_open, request.place, posixpath.basename(path)))
    return Opened(Image(path, SOURCE.id, layers=(layer,)), (blob,), _nothing)


def _open(place: str, name: str) -> ByteStream:
    from lading.safeio.one_file_tar import OneFileTar

    whole = whole_file(place)
    return OneFileTar(RegionStream(whole), name, whole.size, file_status(place).st_mode & 0o777)


def _nothing() -> None:
    """There is nothing to release."""


def _detects(request: Request) -> bool:
    """Whether it is neither a directory nor a tar, packed or not. A file that is compressed could be a damaged one."""
    if request.is_directory or request.is_standard_input:
        return False
    head = first_bytes(request.place)
    return bool(head) and compression(head) is None and not begins_tar(head)


SOURCE = Source("file", prefixes=("file:",), open=open_single_file, detects=_detects, has_digest=False)
