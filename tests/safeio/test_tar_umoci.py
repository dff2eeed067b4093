"""A sample of the table of header combinations against what umoci unpacks: the files are the same, or one refuses.

bench/layers.py asks about the whole table, containerd and Docker too.
"""

import os
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.limits import Limits
from lading.safeio.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, StreamInput, iter_tar
from tests.safeio.tar_table import GROUPS
from tests.support.umoci import unpacked_by_umoci
from tests.tars import BytesStream

EVERY = 20
SPARSE = 100_000
"""Bytes: files with larger holes are not unpacked."""


def files_of(tar: bytes) -> dict[str, str] | None:
    """What an archive's entries leave in an empty directory, but for directories; None of what is refused."""
    found: dict[str, str] = {}
    try:
        for entry in iter_tar(StreamInput(BytesStream(tar), "x"), "x", Limits(file=SPARSE)):
            if entry.kind is FILE:
                found[entry.path] = f"f{entry.read(SPARSE).decode('utf-8', 'backslashreplace')}"
            elif entry.kind is SYMLINK:
                found[entry.path] = f"l{entry.linkname}"
            elif entry.kind is HARDLINK:
                found[entry.path] = found.get(entry.linkname, "nothing")
            elif entry.kind is not DIRECTORY:
                found[entry.path] = "o"
    except SafeIOError:
        return None
    return found


@pytest.mark.debian("umoci")
@pytest.mark.skipif(os.geteuid() != 0, reason="umoci unpacks the layers of root only as root")
@pytest.mark.parametrize("group", GROUPS)
def test_umoci_unpacks_the_same_files(group: str, tmp_path: Path) -> None:
    for number, (name, tar) in enumerate(list(GROUPS[group]().items())[::EVERY]):
        ours = files_of(tar)
        theirs = None if ours is None else unpacked_by_umoci([tar], tmp_path / str(number))
        if theirs is not None:
            assert (name, ours) == (name, {path: what for path, what in theirs.items() if what != "d"})
