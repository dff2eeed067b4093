"""Zstandard, from the standard library where it has it (3.14, PEP 784), else from the backport of the same code."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError, compress
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError, compress

__all__ = ["ZstdDecompressor", "ZstdError", "compress", "decompressor"]


def decompressor(window_log: int) -> ZstdDecompressor:
    """A decompressor of one frame that refuses windows above 2**window_log bytes."""
    return ZstdDecompressor(options={DecompressionParameter.window_log_max: window_log})
