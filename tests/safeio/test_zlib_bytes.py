"""Short zlib and gzip streams."""

import gzip
import zlib

import pytest

from lading.model.errors import LimitError, SafeIOError
from lading.safeio.zlib_bytes import beginning_of_gzip, deflate_zlib, inflate_gzip, inflate_zlib


def test_a_stream_is_inflated_whatever_follows_it() -> None:
    assert inflate_zlib(zlib.compress(b"text") + b"padding", 4) == b"text"


def test_what_is_deflated_is_inflated() -> None:
    assert inflate_zlib(deflate_zlib(b"text" * 100), 400) == b"text" * 100


def test_more_than_the_limit_is_refused() -> None:
    with pytest.raises(LimitError, match="more than 3 bytes"):
        inflate_zlib(zlib.compress(b"text"), 3)
    with pytest.raises(LimitError, match="more than 1,000 bytes"):
        inflate_zlib(zlib.compress(bytes(100_000_000)), 1000)


def test_damage_is_told() -> None:
    whole = zlib.compress(b"some text")
    for data in (b"", whole[:-1], b"no zlib at all", whole[:4] + b"\xff\xff" + whole[6:]):
        with pytest.raises(SafeIOError):
            inflate_zlib(data, 100)


def test_gzip_is_read_the_same() -> None:
    whole = gzip.compress(b"text", mtime=0)
    assert inflate_gzip(whole + b"padding", 4) == b"text"
    with pytest.raises(LimitError, match="more than 3 bytes"):
        inflate_gzip(whole, 3)
    for data in (zlib.compress(b"text"), whole[:-1]):
        with pytest.raises(SafeIOError):
            inflate_gzip(data, 100)


def test_the_beginning_of_gzip_needs_no_end() -> None:
    whole = gzip.compress(b"some text" * 1000, mtime=0)
    assert beginning_of_gzip(whole, 9) == b"some text"
    assert beginning_of_gzip(whole[:-20], 9) == b"some text"
    assert beginning_of_gzip(whole[:10], 9) == b""
    with pytest.raises(SafeIOError):
        beginning_of_gzip(b"no gzip at all", 9)


def test_what_is_inflated_costs_whether_it_is_taken_or_not() -> None:
    told: list[int] = []
    inflate_gzip(gzip.compress(bytes(10_000)), 10_000, told.append)
    with pytest.raises(LimitError):
        inflate_zlib(zlib.compress(bytes(100_000)), 10_000, told.append)
    assert told == [500, 500]
