"""Decompression by magic bytes, with bombs and damage."""

import gzip
import io

import pytest

from lading.model.errors import LimitError, SafeIOError, UsageError
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.zstd import compress
from tests.tars import BytesStream

DATA = bytes(range(256)) * 4000


def inflate(data: bytes, limits: Limits | None = None) -> bytes:
    stream = open_inflated(BytesStream(data), "layer 2", limits)
    pieces = []
    while piece := stream.read(10_000):
        assert len(piece) <= 10_000
        pieces.append(piece)
    stream.close()
    return b"".join(pieces)


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        gzip.compress(DATA),
        gzip.compress(DATA[:5000]) + gzip.compress(b"") + gzip.compress(DATA[5000:]),
        gzip.compress(DATA) + bytes(1024),
        compress(DATA),
        compress(DATA[:5000]) + compress(DATA[5000:]),
        b"\x50\x2a\x4d\x18\x03\0\0\0abc" + compress(DATA),
        compress(DATA) + b"\x5a\x2a\x4d\x18\x02\0\0\0xx",
    ],
    ids=["plain", "gzip", "members", "padded", "zstd", "frames", "skippable-first", "skippable-last"],
)
def test_whatever_it_is_the_content_comes_out(data: bytes) -> None:
    assert inflate(data) == DATA


def test_short_plain_data() -> None:
    assert inflate(b"") == b""
    assert inflate(b"ab") == b"ab"


@pytest.mark.parametrize("packed", [gzip.compress(DATA), compress(DATA)], ids=["gzip", "zstd"])
def test_truncation_is_one_clear_error(packed: bytes) -> None:
    for end in (6, len(packed) // 2, len(packed) - 1):
        with pytest.raises(SafeIOError) as caught:
            inflate(packed[:end])
        assert str(caught.value) == "layer 2: the compressed data ends too early: fetch the image again"


def test_corruption_is_one_clear_error() -> None:
    packed = bytearray(gzip.compress(DATA))
    packed[-6] ^= 1
    with pytest.raises(SafeIOError) as caught:
        inflate(bytes(packed))
    assert str(caught.value) == (
        "layer 2: corrupt compressed data (Error -6 Incorrect checksum found): fetch the image again"
    )
    with pytest.raises(SafeIOError, match=r"^layer 2: corrupt compressed data \("):
        inflate(b"\x28\xb5\x2f\xfd" + b"junk" * 50)


def test_junk_after_the_end_is_told() -> None:
    with pytest.raises(SafeIOError) as caught:
        inflate(gzip.compress(DATA) + b"trailing junk")
    assert str(caught.value) == "layer 2: data that is not compressed follows the compressed data"


class _Zeros(io.RawIOBase):
    """A gzip of ten billion zeros, made as it is read: members of a million bytes each."""

    def __init__(self) -> None:
        self._member = gzip.compress(bytes(1_000_000))
        self._left = 10_000
        self._held = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._held) < size and self._left:
            self._held += self._member * 50
            self._left -= 50
        data, self._held = self._held[:size], self._held[size:]
        return data


def test_a_bomb_meets_the_ratio_limit() -> None:
    stream = open_inflated(_Zeros(), "layer 2")
    with pytest.raises(LimitError) as caught:
        while stream.read(1_000_000):
            pass
    assert caught.value.limit == "ratio"
    assert str(caught.value) == (
        "inflates more than 100 to 1 (a decompression bomb?); the rest was not read (--limit ratio=N raises this)"
    )


def test_the_total_limit() -> None:
    with pytest.raises(LimitError) as caught:
        inflate(gzip.compress(DATA), Limits(total=1000))
    assert str(caught.value) == (
        "inflates to more than 1,000 bytes; the rest was not read (--limit total=N raises this)"
    )


def test_limit_options() -> None:
    assert Limits().with_option("entries=7").entries == 7
    assert Limits().with_option("file=2GB").file == 2_000_000_000
    assert Limits().with_option("total=3k").total == 3_000
    for text in ("entries", "entries=", "entries=-1", "colour=3", "file=1X"):
        with pytest.raises(UsageError, match=rf"^--limit {text}: expected NAME=NUMBER with one of: entries=5000000, "):
            Limits().with_option(text)
