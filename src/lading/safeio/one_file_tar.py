"""A single file in the form of a tar, for those that read files from tars."""

from typing import Final

from lading.model.ports import ByteStream

_BLOCK: Final = 512
_END: Final = bytes(2 * _BLOCK)


class OneFileTar:
    """The tar of a file of this name, size and mode. Owns `stream`, which gives its content: when that is shorter, the
    tar is a truncated one."""

    def __init__(self, stream: ByteStream, name: str, size: int, mode: int) -> None:
        import tarfile

        header = tarfile.TarInfo(name)
        header.size, header.mode = size, mode
        self._head = header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        self._stream = stream
        self._left = size
        self._tail = bytes(-size % _BLOCK) + _END

    def read(self, size: int, /) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        if self._left:
            piece = self._stream.read(min(size, self._left))
            self._left -= len(piece)
            return piece
        piece, self._tail = self._tail[:size], self._tail[size:]
        return piece

    def close(self) -> None:
        self._stream.close()
