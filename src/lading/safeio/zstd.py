"""Zstandard, from the standard library where it has it (3.14, PEP 784), else from the backport of the same code."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdCompressor,
        ZstdDecompressor,
        ZstdError,
        compress,
    )
else:
    from backports.zstd import (
        CompressionParameter,
        DecompressionParameter,
        ZstdCompressor,
        ZstdDecompressor,
        ZstdError,
        compress,
    )

__all__ = [
    "ZstdCompressor",
    "ZstdDecompressor",
    "ZstdError",
    "compress",
    "compressor",
    "decompressor",
    "fast_compressor",
]

_LEVEL = 3
_WINDOW_LOG = 25


def decompressor(window_log: int) -> ZstdDecompressor:
    """A decompressor of one frame that refuses windows above 2**window_log bytes."""
    return ZstdDecompressor(options={DecompressionParameter.window_log_max: window_log})


def fast_compressor() -> ZstdCompressor:
    """A compressor of one frame that takes little time and memory."""
    return ZstdCompressor(level=1)


def compressor() -> ZstdCompressor:
    """A compressor of one frame that finds what repeats over 32 MiB. The same bytes in the same pieces give the same
    frame."""
    return ZstdCompressor(
        options={
            CompressionParameter.compression_level: _LEVEL,
            CompressionParameter.enable_long_distance_matching: 1,
            CompressionParameter.window_log: _WINDOW_LOG,
        }
    )
