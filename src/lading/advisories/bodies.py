"""The bodies of a shard's rows: MessagePack, compressed where that makes them smaller.

The advisories of one package resemble one another: compressed, a shard takes an eighth of the room, and inflating a row
takes less time than decoding it.
"""

from lading.safeio.zlib_bytes import deflate_zlib, inflate_zlib

_LIMIT = 500_000_000
_COMPRESSED = 0x78
"""The first byte of a zlib stream. In MessagePack it is the number 120, which no row begins with."""


def pack_body(body: bytes) -> bytes:
    """What is stored for a body."""
    compressed = deflate_zlib(body)
    return compressed if len(compressed) < len(body) else body


def unpack_body(stored: bytes) -> bytes:
    """The body as it was. Raises SafeIOError when it is damaged."""
    return inflate_zlib(stored, _LIMIT) if stored[:1] == bytes((_COMPRESSED,)) else stored
