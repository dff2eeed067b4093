"""Paths of archives relative to the root."""

import io
from itertools import product

import pytest

from lading.model.errors import LimitError
from lading.safeio.limits import Limits
from lading.safeio.names import clean_path
from lading.safeio.tar import StreamInput, iter_tar
from lading.safeio.tar_writer import NewEntry, build_tar


def resolved(raw: bytes) -> tuple[bytes, bool]:
    """Part for part."""
    kept: list[bytes] = []
    climbs = False
    for part in raw.split(b"/"):
        if part == b"..":
            climbs = climbs or not kept
            kept = kept[:-1]
        elif part not in (b"", b"."):
            kept.append(part)
    return b"/".join(kept), climbs


def test_every_short_path() -> None:
    for length in range(9):
        for letters in product(b"a./", repeat=length):
            assert clean_path(bytes(letters)) == resolved(bytes(letters)), letters


@pytest.mark.parametrize(
    ("lengths", "is_long"),
    [
        ((255,), False),
        ((256,), True),
        ((255, 255, 255), False),
        ((1, 255, 1, 256), True),
        ((256, 1), True),
        ((200, 200), False),
    ],
)
def test_names_that_are_too_long(lengths: tuple[int, ...], is_long: bool) -> None:
    path = "/".join("x" * length for length in lengths)
    archive = build_tar([NewEntry(path, data=b"a")])
    try:
        names = [entry.path for entry in iter_tar(StreamInput(io.BytesIO(archive), "x"), "x", Limits())]
    except LimitError:
        names = []
    assert names == ([] if is_long else [path])
