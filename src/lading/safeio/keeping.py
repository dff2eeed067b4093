"""Whole files kept small, from the reading of a layer until the layers are put together."""

from collections.abc import Iterator

from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, iter_pieces, spool
from lading.safeio.limits import check_size
from lading.safeio.zstd import ZstdDecompressor, fast_compressor

_PIECE = 1024 * 1024


def keep(content: Content, limit: int, where: str) -> bytes:
    """The content as `kept` takes it. Raises LimitError above `limit` bytes; `where` is its name."""
    check_size(len(content), limit, where)
    stream = fast_compressor()
    return b"".join([*map(stream.compress, iter_pieces(content)), stream.flush()])


def kept(packed: bytes) -> Content:
    """What `keep` was given, on disk when it is large. Raises SafeIOError when the disk is full."""
    first = ZstdDecompressor()
    data = first.decompress(packed, IN_MEMORY)
    return data if first.eof else spool(_inflated(packed))


def _inflated(packed: bytes) -> Iterator[bytes]:
    stream = ZstdDecompressor()
    yield stream.decompress(packed, _PIECE)
    while not stream.eof:
        yield stream.decompress(b"", _PIECE)
