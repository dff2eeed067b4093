"""Decompression by magic bytes, with bombs and damage."""

import bz2
import gzip
import io
import lzma

import pytest

from lading.model.errors import LimitError, SafeIOError, UsageError
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.zstd import compress
from tests.tars import BytesStream

DATA = bytes(range(256)) * 4000
EMPTY_FRAMES = (
    b"\x28\xb5\x2f\xfd\x20\0\1\0\0",
    b"\x28\xb5\x2f\xfd\x24\0\1\0\0\x99\xe9\xd8\x51",
    b"\x28\xb5\x2f\xfd\0\x58\1\0\0",
    b"\x28\xb5\x2f\xfd\4\0\1\0\0\x99\xe9\xd8\x51",
)
"""Frames without content, as zstd and its libraries write them, with and without a checksum."""


class Dribble:
    """A ByteStream that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._size))

    def close(self) -> None:
        self._file.close()


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
        gzip.compress(DATA) + bytes(300_000),
        lzma.compress(DATA[:5000]) + bytes(8) + lzma.compress(DATA[5000:]) + bytes(4),
        bz2.compress(DATA[:5000]) + bz2.compress(DATA[5000:]),
        compress(DATA),
        compress(DATA[:5000]) + compress(DATA[5000:]),
        b"\x50\x2a\x4d\x18\x03\0\0\0abc" + compress(DATA),
        compress(DATA) + b"\x5a\x2a\x4d\x18\x02\0\0\0xx",
    ],
    ids=[
        "plain",
        "gzip",
        "members",
        "padded",
        "padded-long",
        "xz",
        "bzip2",
        "zstd",
        "frames",
        "skippable-first",
        "skippable-last",
    ],
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


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(DATA) + b"trailing junk",
        gzip.compress(DATA) + b"\x1f",
        gzip.compress(DATA) + bytes(512) + gzip.compress(DATA),
        gzip.compress(DATA) + bytes(300_000) + b"x",
        gzip.compress(DATA) + compress(DATA),
        gzip.compress(DATA) + lzma.compress(DATA),
        compress(DATA) + bytes(512),
        compress(DATA) + b"junk",
        compress(DATA) + bytes(3) + compress(DATA),
        compress(DATA) + gzip.compress(DATA),
        lzma.compress(DATA) + b"junk",
        bz2.compress(DATA) + b"junk",
    ],
)
def test_what_engines_do_not_read_behind_the_end_is_refused(packed: bytes) -> None:
    with pytest.raises(SafeIOError) as caught:
        inflate(packed)
    assert str(caught.value) == "layer 2: other data follows the compressed data"


def test_skippable_frame_that_is_cut_short_is_truncation() -> None:
    with pytest.raises(SafeIOError, match="ends too early"):
        inflate(compress(DATA) + b"\x50\x2a\x4d\x18\xff\xff\0\0abc")
    with pytest.raises(SafeIOError, match="ends too early"):
        inflate(compress(DATA) + b"\x50\x2a\x4d\x18\xff")


@pytest.mark.parametrize("size", [1, 7, 4096, 1_000_000])
def test_members_and_frames_may_be_cut_anywhere(size: int) -> None:
    skippable = b"\x57\x2a\x4d\x18" + (3000).to_bytes(4, "little") + bytes(3000)
    parts = [DATA[start : start + 9000] for start in range(0, len(DATA), 9000)]
    for packed in (
        b"".join(gzip.compress(part) + gzip.compress(b"") for part in parts),
        b"".join(EMPTY_FRAMES[at % 4] * 3 + skippable + compress(part) for at, part in enumerate(parts))
        + EMPTY_FRAMES[0],
        b"".join(lzma.compress(part) + bytes(4) for part in parts),
        b"".join(bz2.compress(part) for part in parts),
    ):
        stream = open_inflated(Dribble(packed, size), "layer 2")
        pieces = []
        while piece := stream.read(50_000):
            pieces.append(piece)
        assert b"".join(pieces) == DATA


def test_a_million_empty_frames_cost_little() -> None:
    """No measure of time: with a decompressor for each, or a copy of what follows, this would not end."""
    assert inflate(EMPTY_FRAMES[0] * 1_000_000 + compress(DATA)) == DATA
    assert inflate((b"\x50\x2a\x4d\x18\0\0\0\0" + EMPTY_FRAMES[3]) * 200_000 + compress(DATA)) == DATA


def test_countless_tiny_frames_meet_a_limit() -> None:
    tiny = compress(b"x")
    assert inflate(tiny * 9_000) == b"x" * 9_000
    with pytest.raises(LimitError) as caught:
        inflate(tiny * 100_000)
    assert str(caught.value) == (
        "more than 10,000 compressed pieces, of less than 64 bytes each; the rest was not read"
    )


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
