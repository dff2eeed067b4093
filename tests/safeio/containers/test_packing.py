"""Compressions that archives have, beside the tools that write them."""

import lzma
import random
import shutil
import subprocess

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.containers.packing import unpacker
from lading.safeio.limits import unbounded
from tests.inventory.nested.containers import lzip

WORDS = random.Random(5).choices([b"alpha ", b"beta ", b"gamma ", b"\0" * 40], k=60_000)
DATA = b"".join(WORDS) + random.Random(6).randbytes(100_000)


def unpacked(data: bytes) -> bytes:
    unpack = unpacker(data[:64])
    assert unpack is not None
    return b"".join(unpack(data, "x", unbounded))


@pytest.mark.parametrize(
    "options", [(), ("-BD",), ("-B4", "-BD"), ("-B5", "--no-frame-crc"), ("-BX", "-9"), ("--content-size",)]
)
def test_lz4(options: tuple[str, ...]) -> None:
    if shutil.which("lz4") is None:
        pytest.skip("needs lz4")
    packed = subprocess.run(["lz4", "-c", *options], input=DATA, check=True, capture_output=True).stdout
    assert unpacked(packed) == DATA
    for cut in (3, 8, 100, len(packed) // 2, len(packed) - 5):
        with pytest.raises(SafeIOError):
            unpacked(packed[: max(cut, 5)])


def test_lzma_alone_and_lzip() -> None:
    alone = lzma.compress(DATA, lzma.FORMAT_ALONE)
    assert unpacked(alone) == DATA
    with pytest.raises(SafeIOError, match="ends too early"):
        unpacked(alone[:-100])
    assert unpacked(lzip(DATA[:1000]) + lzip(DATA[1000:])) == DATA
    with pytest.raises(SafeIOError, match="ends too early"):
        unpacked(lzip(DATA)[:5])


def test_other_files_are_none_of_these() -> None:
    assert unpacker(b"]\0\0not lzma") is None
    assert unpacker(b"\x1f\x8b\x08\0") is None
