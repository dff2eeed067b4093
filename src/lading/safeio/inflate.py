"""Decompression of blobs by their magic bytes, whatever a media type says.

gzip: RFC 1952, any number of members. zstd: RFC 8878, any number of frames, skippable frames included (zstd:chunked and
eStargz layers are ordinary streams to a sequential reader). xz and bzip2: what advisory feeds are published in.

What follows the compressed data is refused as container engines refuse it, but for zeros that fill up the end of a
blob, which some of them skip (pigz, igzip) and none reads as content.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Protocol, cast

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import ByteStream
from lading.model.reader import Content
from lading.safeio.limits import RATIO_FLOOR, Limits, Spend, unbounded

_INPUT: Final = 256 * 1024
_A_PIECE: Final = 2
_BYTES_A_STEP: Final = {"gzip": 400, "zstd": 400, "xz": 80, "bzip2": 40}
"""About half of what inflating gave in a microsecond, of text: it took 1.1, 1.2, 12 and 21 ns a byte."""
_FIRST_INPUT: Final = 1024  # of a member, so that what follows a tiny one is not copied for each
_ZSTD_WINDOW_LOG: Final = 27  # 128 MiB: what the zstd tool itself accepts without being asked for more
_XZ_MEMORY: Final = 128 * 1024 * 1024
_MAGIC_BYTES: Final = 4
_GZIP: Final = 31
INFLATED_AT_ONCE: Final = 64 * 1024
"""So many bytes inflate to 66 MB at most."""
_MEMBERS: Final = 10_000
_MEMBER_BYTES: Final = 64
"""A blob may have `_MEMBERS` members or frames, and one for every `_MEMBER_BYTES`: each costs as much as a kilobyte."""
_ZEROS: Final = re.compile(rb"\0*")
_SKIPPABLE: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_SKIPPABLE_HEAD: Final = 8
_EMPTY_FRAMES: Final = re.compile(
    rb"(?:\x28\xb5\x2f\xfd"
    rb"(?:(?:\x20\x00|\x00[\x00-\x88])\x01\x00\x00|(?:\x24\x00|\x04[\x00-\x88])\x01\x00\x00\x99\xe9\xd8\x51)){1,1000}",
    re.DOTALL,
)
"""zstd frames of one empty block, which make no content: single segment or with a window, with or without the checksum
of nothing (RFC 8878, 3.1.1). Not possessive: before Python 3.11.5 a possessive group of alternatives matches wrongly
(https://github.com/python/cpython/issues/106052)."""
_LONGEST_EMPTY: Final = 13


def open_inflated(raw: ByteStream, where: str, limits: Limits | None = None, spend: Spend = unbounded) -> ByteStream:
    """`raw` uncompressed: gzip, zstd, xz and bzip2 are recognised by their first bytes, anything else passes unchanged.

    `where` names the blob in errors. The stream owns `raw`, and reads it to its very end before it reports its own
    end, so that checks at the end of `raw` are made. `spend` is told of what inflating takes. Raises SafeIOError on
    corrupt or truncated data and LimitError when it inflates beyond `limits`.
    """
    head = b""
    while len(head) < _MAGIC_BYTES and (piece := raw.read(_INPUT)):
        head += piece
    if compression(head) is None:
        return _Plain(raw, head)
    return _Inflated(raw, head, where, limits or Limits(), spend)


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


def inflated_at_once(data: bytes) -> bytes | None:
    """What a gzip file of at most `INFLATED_AT_ONCE` bytes inflates to, without the steps that bound a large one; None
    for anything but one whole stream, which `open_inflated` reads or says what is the matter with."""
    from isal import isal_zlib

    if data[:2] != b"\x1f\x8b":
        return None
    decompressor = isal_zlib.decompressobj(_GZIP)
    try:
        inflated = decompressor.decompress(data)
    except cast("type[Exception]", isal_zlib.error):
        return None
    return inflated if decompressor.eof and not decompressor.unused_data else None


def iter_deflated(content: Content, where: str) -> Iterator[bytes]:
    """What a stretch of deflated data without a frame (RFC 1951) inflates to, in pieces. Raises SafeIOError."""
    from isal import igzip_lib

    decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    at = 0
    while not decompressor.eof:
        data = content[at : at + _INPUT] if decompressor.needs_input else b""
        at += len(data)
        try:
            piece = decompressor.decompress(data, _INPUT)
        except cast("type[Exception]", igzip_lib.IsalError) as error:
            raise SafeIOError(f"{where}: corrupt compressed data ({error})") from error
        if not piece and not data and not decompressor.eof:
            raise SafeIOError(f"{where}: the compressed data ends too early")
        yield piece


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
    """The content of one member after the other; `_buffer` from `_position` on is read and not yet given to the
    decompressor."""

    def __init__(self, raw: ByteStream, head: bytes, where: str, limits: Limits, spend: Spend) -> None:
        self._raw = raw
        self._where = where
        self._limits = limits
        self._spend = spend
        self._kind = compression(head)
        self._pace = _BYTES_A_STEP[self._kind or "gzip"]
        self._buffer = head
        self._position = 0
        self._taken = len(head)
        self._given = 0
        self._members = 0
        self._step = _FIRST_INPUT
        self._decompressor: _Decompressor | None = None
        self._error: Any = None

    def read(self, size: int, /) -> bytes:
        while True:
            decompressor = self._decompressor
            if decompressor is None or decompressor.eof:
                if not self._next_member():
                    return b""
                continue
            data = self._input() if decompressor.needs_input else b""
            if not data and decompressor.needs_input:
                raise self._truncated()
            try:
                piece = decompressor.decompress(data, size)
            except self._error as error:
                text = str(error).removeprefix("Unable to decompress Zstandard data: ")
                raise SafeIOError(f"{self._where}: corrupt compressed data ({text}): fetch the image again") from error
            if piece:
                self._given += len(piece)
                self._spend(_A_PIECE + len(piece) // self._pace)
                self._check()
                return piece

    def close(self) -> None:
        self._raw.close()

    def _input(self) -> bytes:
        self._fill(1)
        data = self._buffer[self._position : self._position + self._step]
        self._position += len(data)
        self._step = min(4 * self._step, _INPUT)
        return data

    def _fill(self, size: int) -> bool:
        """Reads on until the buffer has so many bytes; whether it does."""
        while len(self._buffer) - self._position < size:
            data = self._raw.read(_INPUT)
            if not data:
                return False
            self._buffer = self._buffer[self._position :] + data
            self._position = 0
            self._taken += len(data)
        return True

    def _next_member(self) -> bool:
        """Starts on what follows the end of a member or frame; False at the end."""
        padded = False
        if self._decompressor is not None:
            self._position -= len(self._decompressor.unused_data)
            self._decompressor = None
            padded = self._kind != "zstd" and self._skip_zeros()
        while self._kind == "zstd" and self._skip_empty_frames():
            pass
        self._fill(_MAGIC_BYTES)
        head = self._buffer[self._position : self._position + _MAGIC_BYTES]
        if not head:
            return False
        if compression(head) != self._kind or (padded and self._kind != "xz"):
            raise SafeIOError(f"{self._where}: other data follows the compressed data")
        self._members += 1
        if self._members > _MEMBERS + self._taken // _MEMBER_BYTES:
            raise LimitError(
                f"more than {_MEMBERS:,} compressed pieces, of less than {_MEMBER_BYTES} bytes each; "
                "the rest was not read",
                "pieces",
            )
        self._decompressor, self._error = _decompressor(head)
        self._step = _FIRST_INPUT
        return True

    def _skip_zeros(self) -> bool:
        """Skips zero padding; whether there was any."""
        padded = False
        while self._fill(1):
            zeros = _ZEROS.match(self._buffer, self._position)
            assert zeros is not None
            padded = padded or zeros.end() > self._position
            self._position = zeros.end()
            if self._position < len(self._buffer):
                break
        return padded

    def _skip_empty_frames(self) -> bool:
        """Skips a skippable zstd frame, or frames without content; whether there were any."""
        self._fill(_LONGEST_EMPTY)
        empty = _EMPTY_FRAMES.match(self._buffer, self._position)
        if empty is not None:
            self._position = empty.end()
            return True
        if _SKIPPABLE.match(self._buffer, self._position) is None:
            return False
        if not self._fill(_SKIPPABLE_HEAD):
            raise self._truncated()
        head = self._buffer[self._position : self._position + _SKIPPABLE_HEAD]
        self._position += _SKIPPABLE_HEAD
        left = int.from_bytes(head[4:], "little")
        while left:
            if not self._fill(1):
                raise self._truncated()
            skipped = min(left, len(self._buffer) - self._position)
            self._position += skipped
            left -= skipped
        return True

    def _truncated(self) -> SafeIOError:
        return SafeIOError(f"{self._where}: the compressed data ends too early: fetch the image again")

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
