"""Writing compressed files of any size, a piece at a time, whose bytes depend on nothing but their content."""

import hashlib
import tarfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from lading.safeio.zstd import compressor

_CHUNK = 1024 * 1024


class Packer:
    """A stream that is compressed (zstd) into `file` as it is written. The context ends the frame; `digest` and `size`
    are then those of what went to the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._compressor = compressor()
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def write(self, data: bytes) -> None:
        self._put(self._compressor.compress(data))

    def write_file(self, path: Path) -> None:
        """Writes what a file holds. Raises OSError."""
        with path.open("rb") as source:
            while piece := source.read(_CHUNK):
                self.write(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)


class TarPacker(Packer):
    """A compressed tar archive (POSIX.1-2001) of files that are owned by root and of the year 1970."""

    def add(self, name: str, data: bytes) -> None:
        """Adds a file."""
        self._add_header(name, len(data))
        self.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))

    def add_file(self, name: str, path: Path) -> None:
        """Adds a file with the content of another. Raises OSError."""
        size = path.stat().st_size
        self._add_header(name, size)
        self.write_file(path)
        self.write(bytes(-size % tarfile.BLOCKSIZE))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.write(bytes(2 * tarfile.BLOCKSIZE))
        super().__exit__(kind, error, trace)

    def _add_header(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size = size
        self.write(info.tobuf(tarfile.PAX_FORMAT))
