"""Streams checked against a promised size and digest."""

import hashlib

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.verify import VerifiedStream, digest_of, is_digest, verify_bytes
from tests.tars import BytesStream

_DATA = b"0123456789" * 100
_SHA256 = "sha256:" + hashlib.sha256(_DATA).hexdigest()
_SHA512 = "sha512:" + hashlib.sha512(_DATA).hexdigest()


def _drain(stream: VerifiedStream) -> bytes:
    pieces = []
    while piece := stream.read(64):
        pieces.append(piece)
    stream.close()
    return b"".join(pieces)


@pytest.mark.parametrize("digest", [_SHA256, _SHA512])
@pytest.mark.parametrize("size", [len(_DATA), -1])
def test_right_bytes_pass(digest: str, size: int) -> None:
    assert _drain(VerifiedStream(BytesStream(_DATA), digest, size, "layer 1")) == _DATA
    assert verify_bytes(_DATA, digest, len(_DATA), "layer 1") == _DATA


def test_wrong_digest() -> None:
    wrong = "sha256:" + "0" * 64
    message = f"layer 1: its digest is {_SHA256}, expected {wrong}: the image is damaged: fetch it again"
    with pytest.raises(SafeIOError) as raised:
        _drain(VerifiedStream(BytesStream(_DATA), wrong, len(_DATA), "layer 1"))
    assert str(raised.value) == message
    with pytest.raises(SafeIOError) as raised:
        verify_bytes(_DATA, wrong, len(_DATA), "layer 1")
    assert str(raised.value) == message


def test_too_short() -> None:
    with pytest.raises(SafeIOError) as raised:
        _drain(VerifiedStream(BytesStream(_DATA), _SHA256, 2000, "layer 1"))
    assert str(raised.value) == (
        "layer 1: ends after 1,000 bytes, expected 2,000: the image is damaged: fetch it again"
    )


def test_too_long_is_refused_before_the_end() -> None:
    stream = VerifiedStream(BytesStream(_DATA), _SHA256, 100, "layer 1")
    stream.read(100)
    with pytest.raises(SafeIOError) as raised:
        stream.read(1)
    assert str(raised.value) == "layer 1: goes on after the 100 bytes expected: the image is damaged: fetch it again"


def test_wrong_size_in_memory() -> None:
    with pytest.raises(SafeIOError) as raised:
        verify_bytes(_DATA, _SHA256, 2000, "manifest")
    assert str(raised.value) == "manifest: has 1,000 bytes, expected 2,000: the image is damaged: fetch it again"


def test_empty_stream() -> None:
    assert _drain(VerifiedStream(BytesStream(b""), digest_of(b""), 0, "layer 1")) == b""


@pytest.mark.parametrize(
    "text",
    ["", "md5:0123", "sha256:" + "0" * 63, "sha256:" + "A" * 64, "sha256:../x", f"{_SHA256}\n", "sha512:" + "0" * 64],
)
def test_what_is_no_digest(text: str) -> None:
    assert not is_digest(text)
    with pytest.raises(SafeIOError, match="is neither SHA-256 nor SHA-512"):
        VerifiedStream(BytesStream(b""), text, 0, "layer 1")
