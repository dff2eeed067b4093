"""Writing tar archives and gzip members whose bytes depend on nothing but their content."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

_TYPES = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}


class NewEntry(Struct, frozen=True):
    """One entry to be written, owned by root. `path` is relative to the archive's root, without `..`; `data` the
    content of a file, `linkname` the target of a symlink."""

    path: str
    kind: Literal["file", "directory", "symlink"] = "file"
    data: bytes = b""
    linkname: str = ""
    mode: int = 0o644


def build_tar(entries: Iterable[NewEntry]) -> bytes:
    """An uncompressed POSIX.1-2001 (PAX) archive of `entries` in the given order, every time stamp 0. A directory
    is written with the mode 0755."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.type = _TYPES[entry.kind]
            info.mode = 0o755 if entry.kind == "directory" else entry.mode
            info.linkname = entry.linkname
            info.size = len(entry.data)
            archive.addfile(info, io.BytesIO(entry.data))
    return buffer.getvalue()


def build_gzip(data: bytes) -> bytes:
    """`data` as one gzip member (RFC 1952) without name and time stamp."""
    return gzip.compress(data, mtime=0)
