"""The content of one file: in memory when it is small, in an unlinked temporary file when it is not."""

import mmap
import os
from collections.abc import Callable, Iterator
from typing import Protocol

from lading.model.errors import SafeIOError

IN_MEMORY = 16 * 1024 * 1024
"""Files above this many bytes are spooled."""


class Content(Protocol):
    """Bytes that may lie in memory or on disk. Slices are `bytes`; regular expressions search it in place."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: slice, /) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def find(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...
    def rfind(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...


def spool(pieces: Iterator[bytes]) -> Content:
    """The pieces as one content on disk, gone with its last reference. Raises SafeIOError when the disk is full."""
    import tempfile

    try:
        with tempfile.TemporaryFile(prefix="lading-") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise SafeIOError(f"{tempfile.gettempdir()}: a large file cannot be spooled: {error.strerror}") from error


def mapped(descriptor: int) -> Content:
    """A whole open file that is not empty, mapped. Raises OSError."""
    return mmap.mmap(descriptor, os.fstat(descriptor).st_size, access=mmap.ACCESS_READ)


Reader = Callable[[int], Content]
"""Gives a file's content; called at most once, with the most bytes that may be read. Raises LimitError beyond them."""
