"""Blocks that file systems compress each by itself."""

from collections.abc import Callable
from functools import partial
from typing import Final

from lading.model.errors import SafeIOError
from lading.safeio.limits import Spend, unbounded

_NAMES: Final = {1: "gzip", 2: "lzma", 3: "lzo", 4: "xz", 5: "lz4", 6: "zstd"}
_MEMORY: Final = 64 * 1024 * 1024
_WINDOW_LOG: Final = 27
_BYTES_A_STEP: Final = 4
"""So many compressed bytes are a step (see lading.safeio.limits.Work): three may repeat a few bytes."""


def decompressor_of(number: int, where: str, spend: Spend = unbounded) -> Callable[[bytes, int], bytes]:
    """What gives the content of a block, of at most so many bytes, by squashfs's number of the compression. `spend` is
    as of `lz4_block`. Raises SafeIOError for one that is not read; so does what it gives, for damaged blocks."""
    name = _NAMES.get(number, str(number))
    lz4 = partial(lz4_block, spend=spend)
    forms: dict[str, Callable[[bytes, int], bytes]] = {"gzip": _zlib, "xz": _xz, "lz4": lz4, "zstd": _zstd}
    known = forms.get(name)
    if known is None:
        raise SafeIOError(f"{where}: is compressed with {name}, which is not read: unpack it and scan dir:PATH")

    def decompress(data: bytes, most: int) -> bytes:
        try:
            return known(data, most)
        except (ValueError, OSError, EOFError, IndexError) as error:
            raise SafeIOError(f"{where}: a block is damaged ({name}: {error})") from error

    return decompress


def _zlib(data: bytes, most: int) -> bytes:
    import zlib

    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _xz(data: bytes, most: int) -> bytes:
    import lzma

    try:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY).decompress(data, most)
    except lzma.LZMAError as error:
        raise ValueError(str(error)) from error


def _zstd(data: bytes, most: int) -> bytes:
    from lading.safeio.zstd import ZstdError, decompressor

    try:
        return decompressor(_WINDOW_LOG).decompress(data, most)
    except ZstdError as error:
        raise ValueError(str(error)) from error


def lz4_block(data: bytes, most: int, before: bytes = b"", spend: Spend = unbounded) -> bytes:
    """The content of a block of LZ4, of at most so many bytes, which may repeat what stands `before` it
    (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md). `spend` is told of its work, in steps, and may raise
    to stop it. Raises ValueError, IndexError for a damaged one."""
    spend(len(data) // _BYTES_A_STEP)
    out = bytearray(before)
    most += len(before)
    place = 0
    while place < len(data):
        token = data[place]
        place += 1
        length, place = _lz4_length(token >> 4, data, place)
        out += data[place : place + length]
        place += length
        if len(out) > most:
            raise ValueError("too long")
        if place >= len(data):
            break
        offset = data[place] | data[place + 1] << 8
        length, place = _lz4_length(token & 15, data, place + 2)
        length += 4
        if not 0 < offset <= len(out) or len(out) + length > most:
            raise ValueError("a reference to nothing")
        start = len(out) - offset
        if offset >= length:
            out += out[start : start + length]
        else:
            pattern = bytes(out[start:])
            out += (pattern * (length // offset + 1))[:length]
    return bytes(out[len(before) :])


def _lz4_length(nibble: int, data: bytes, place: int) -> tuple[int, int]:
    length = nibble
    if nibble == 15:
        while True:
            byte = data[place]
            place += 1
            length += byte
            if byte != 255:
                break
    return length, place
