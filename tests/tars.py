"""Layers written by hand: a tar from a list of entries."""

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    path: str
    content: bytes = b""
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)
    capabilities: bytes = b""
    time: int = 0


@dataclass(frozen=True)
class Directory:
    path: str
    mode: int = 0o644


@dataclass(frozen=True)
class Symlink:
    path: str
    target: str


@dataclass(frozen=True)
class Hardlink:
    path: str
    target: str


Entry = File | Directory | Symlink | Hardlink


def make_tar(entries: Iterable[Entry], tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    """The bytes of a tar with these entries, in order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.mode = 0o644
            match entry:
                case File(_, content):
                    info.mtime = entry.time
                    info.mode, (info.uid, info.gid) = entry.mode, entry.owner
                    if entry.capabilities:
                        value = entry.capabilities.decode("utf-8", "surrogateescape")
                        info.pax_headers = {"SCHILY.xattr.security.capability": value}
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
                case Directory():
                    info.type, info.mode = tarfile.DIRTYPE, entry.mode
                    tar.addfile(info)
                case Symlink(_, target):
                    info.type, info.linkname = tarfile.SYMTYPE, target
                    tar.addfile(info)
                case Hardlink(_, target):
                    info.type, info.linkname = tarfile.LNKTYPE, target
                    tar.addfile(info)
    return buffer.getvalue()


class BytesStream:
    """A ByteStream over bytes."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()
