"""A long list of paths kept small: NUL-joined and compressed as it grows."""

from lading.safeio.zstd import ZstdDecompressor, compress

_BATCH = 16384
_LEVEL = 1


class ListingWriter:
    """Collects paths. `append` is bound to a list's own append for speed; call `flush` now and then."""

    def __init__(self) -> None:
        self._batch: list[str] = []
        self._frames: list[bytes] = []
        self.append = self._batch.append

    def flush(self, least: int = _BATCH) -> None:
        """Compresses what has been gathered, once it is `least` paths."""
        if len(self._batch) >= least:
            self._frames.append(compress("\0".join([*self._batch, ""]).encode(), _LEVEL))
            self._batch.clear()

    def finish(self) -> bytes:
        """The compressed listing."""
        self.flush(1)
        return b"".join(self._frames)


def read_listing(data: bytes) -> set[str]:
    """The paths of a listing made by ListingWriter."""
    paths: set[str] = set()
    while data:
        frame = ZstdDecompressor()
        paths.update(frame.decompress(data).decode().split("\0"))
        data = frame.unused_data
    paths.discard("")
    return paths
