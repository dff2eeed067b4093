"""Short zlib and gzip streams in memory (RFC 1950, 1952), such as programs carry and shards hold."""

import zlib
from collections.abc import Iterable, Iterator

from isal import isal_zlib

from lading.model.errors import LimitError, SafeIOError
from lading.safeio.limits import Spend, unbounded


def deflate_zlib(data: bytes) -> bytes:
    """The stream of `data`, as small as it gets."""
    return zlib.compress(data, 9)


def iter_deflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same of what comes in pieces, in pieces."""
    stream = zlib.compressobj(9)
    for piece in pieces:
        yield stream.compress(piece)
    yield stream.flush()


def inflate_zlib(data: bytes, limit: int, spend: Spend = unbounded) -> bytes:
    """The zlib stream at the start of `data`, uncompressed. `spend` is told of what that took. Raises SafeIOError when
    it is damaged or cut short and LimitError when it is more than `limit` bytes."""
    return _inflated(data, limit, _ZLIB, spend)


def inflate_gzip(data: bytes, limit: int, spend: Spend = unbounded) -> bytes:
    """As `inflate_zlib`, of a gzip stream's first member."""
    return _inflated(data, limit, _GZIP, spend)


def beginning_of_gzip(data: bytes, limit: int) -> bytes:
    """The first `limit` bytes of what a gzip stream holds, of which `data` is the beginning: fewer where they tell no
    more. Raises SafeIOError when it is damaged before that."""
    stream = isal_zlib.decompressobj(_GZIP)
    try:
        return stream.decompress(data, limit)
    except isal_zlib.error as error:  # type: ignore[misc]
        raise SafeIOError(f"damaged compressed data ({error})") from error


_ZLIB, _GZIP = 15, 31
"""How zlib is told of a stream's header and the largest window."""


_BYTES_A_STEP = 20
"""With what is then made of them."""


def _inflated(data: bytes, limit: int, kind: int, spend: Spend) -> bytes:
    stream = isal_zlib.decompressobj(kind)
    try:
        inflated = stream.decompress(data, limit + 1)
    except isal_zlib.error as error:  # type: ignore[misc]  # its stubs do not say that it is an exception
        raise SafeIOError(f"damaged compressed data ({error})") from error
    spend(len(inflated) // _BYTES_A_STEP)
    if len(inflated) > limit:
        raise LimitError(f"compressed data inflate to more than {limit:,} bytes; the rest was not read", "zlib")
    if not stream.eof:
        raise SafeIOError("compressed data that end too early")
    return inflated
