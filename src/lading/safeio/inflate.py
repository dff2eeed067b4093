"""Decompression of blobs by their magic bytes, whatever a media type says.

gzip: RFC 1952, any number of members, zero padding after the last. zstd: RFC 8878, any number of frames, skippable
frames included (zstd:chunked and eStargz layers are ordinary streams to a sequential reader). xz and bzip2: what
advisory feeds are published in.
"""

from typing import Any, Protocol

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import ByteStream
from lading.safeio.limits import RATIO_FLOOR, Limits

_INPUT = 256 * 1024
_ZSTD_WINDOW_LOG = 27  # 128 MiB: what the zstd tool itself accepts without being asked for more
_XZ_MEMORY = 128 * 1024 * 1024
_MAGIC_BYTES = 4


def open_inflated(raw: ByteStream, where: str, limits: Limits | None = None) -> ByteStream:
    """`raw` uncompressed: gzip, zstd, xz and bzip2 are recognised by their first bytes, anything else passes unchanged.

    `where` names the blob in errors. The stream owns `raw`, and reads it to its very end before it reports its own
    end, so that checks at the end of `raw` are made. Raises SafeIOError on corrupt or truncated data and LimitError
    when it inflates beyond `limits`.
    """
    head = b""
    while len(head) < _MAGIC_BYTES and (piece := raw.read(_INPUT)):
        head += piece
    if compression(head) is None:
        return _Plain(raw, head)
    return _Inflated(raw, head, where, limits or Limits())


def is_inflated(stream: ByteStream) -> bool:
    """Whether what `open_inflated` gave is inflated, rather than passed unchanged."""
    return isinstance(stream, _Inflated)


def compression(head: bytes) -> str | None:
    """ "gzip", "zstd", "xz", "bzip2" or None, by the first four bytes of a blob."""
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    if head[:4] == b"\x28\xb5\x2f\xfd" or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return "zstd"
    if head[:4] == b"\xfd7zX":
        return "xz"
    if head[:3] == b"BZh" and b"1" <= head[3:4] <= b"9":
        return "bzip2"
    return None


class _Plain:
    def __init__(self, raw: ByteStream, head: bytes) -> None:
        self._raw = raw
        self._head = head

    def read(self, size: int, /) -> bytes:
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._raw.read(size)

    def close(self) -> None:
        self._raw.close()


class _Decompressor(Protocol):
    """The interface of bz2.BZ2Decompressor, which isal and zstd follow: output is bounded by the caller."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Inflated:
    def __init__(self, raw: ByteStream, head: bytes, where: str, limits: Limits) -> None:
        self._raw = raw
        self._where = where
        self._limits = limits
        self._pending = head
        self._taken = len(head)
        self._given = 0
        self._decompressor, self._error = _decompressor(head)

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decompressor.eof and not self._next_member():
                return b""
            data = self._input() if self._decompressor.needs_input else b""
            if not data and self._decompressor.needs_input and not self._decompressor.eof:
                raise SafeIOError(f"{self._where}: the compressed data ends too early: fetch the image again")
            try:
                piece = self._decompressor.decompress(data, size)
            except self._error as error:
                text = str(error).removeprefix("Unable to decompress Zstandard data: ")
                raise SafeIOError(f"{self._where}: corrupt compressed data ({text}): fetch the image again") from error
            if piece:
                self._given += len(piece)
                self._check()
                return piece

    def close(self) -> None:
        self._raw.close()

    def _input(self) -> bytes:
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        data = self._raw.read(_INPUT)
        self._taken += len(data)
        return data

    def _next_member(self) -> bool:
        """Starts on what follows the end of a gzip member or zstd frame; False when only zero padding follows."""
        rest = self._decompressor.unused_data or self._pending
        self._pending = b""
        while True:
            rest = rest.lstrip(b"\0")
            if len(rest) >= _MAGIC_BYTES:
                break
            more = self._raw.read(_INPUT)
            self._taken += len(more)
            if not more:
                break
            rest += more
        if not rest:
            return False
        if compression(rest) is None:
            raise SafeIOError(f"{self._where}: data that is not compressed follows the compressed data")
        self._decompressor, self._error = _decompressor(rest)
        self._pending = rest
        return True

    def _check(self) -> None:
        given, limits = self._given, self._limits
        if given > limits.total:
            raise LimitError(
                f"inflates to more than {limits.total:,} bytes; the rest was not read (--limit total=N raises this)",
                "total",
            )
        if given > RATIO_FLOOR and given > self._taken * limits.ratio:
            raise LimitError(
                f"inflates more than {limits.ratio} to 1 (a decompression bomb?); "
                "the rest was not read (--limit ratio=N raises this)",
                "ratio",
            )


def _decompressor(head: bytes) -> tuple[_Decompressor, Any]:
    """A decompressor for what starts with `head`, and the exception it raises on corrupt data."""
    if compression(head) == "gzip":
        from isal import igzip_lib

        return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP), igzip_lib.IsalError
    if compression(head) == "xz":
        import lzma

        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY), lzma.LZMAError
    if compression(head) == "bzip2":
        import bz2

        return bz2.BZ2Decompressor(), OSError
    from lading.safeio.zstd import ZstdError, decompressor

    return decompressor(_ZSTD_WINDOW_LOG), ZstdError
