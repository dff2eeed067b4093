"""Short zlib streams in memory (RFC 1950), such as programs carry and shards hold."""

import zlib

from isal import isal_zlib

from lading.model.errors import LimitError, SafeIOError


def deflate_zlib(data: bytes) -> bytes:
    """The stream of `data`, as small as it gets."""
    return zlib.compress(data, 9)


def inflate_zlib(data: bytes, limit: int) -> bytes:
    """The stream at the start of `data`, uncompressed. Raises SafeIOError when it is damaged or cut short and
    LimitError when it is more than `limit` bytes."""
    stream = isal_zlib.decompressobj()
    try:
        inflated = stream.decompress(data, limit + 1)
    except isal_zlib.error as error:  # type: ignore[misc]  # its stubs do not say that it is an exception
        raise SafeIOError(f"damaged zlib data ({error})") from error
    if len(inflated) > limit:
        raise LimitError(f"compressed data inflate to more than {limit:,} bytes; the rest was not read", "zlib")
    if not stream.eof:
        raise SafeIOError("zlib data that end too early")
    return inflated
