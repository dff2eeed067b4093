"""Locks between processes."""

import fcntl
from pathlib import Path

import pytest

from lading.advisories.place import locked
from lading.model.errors import AdvisoryError, SafeIOError
from lading.safeio.locking import holding


def test_a_lock_that_stays_held_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SafeIOError) as caught, holding(path, 0.02):
            pass
        assert str(caught.value) == (
            f"{path}: has been locked by another process for 0.02 seconds; end it, or try again later"
        )
        with pytest.raises(AdvisoryError, match="has been locked by another process"), locked(tmp_path, seconds=0.01):
            pass
    with holding(path, 0.02), pytest.raises(SafeIOError), holding(path, 0):
        pass
    with locked(tmp_path, seconds=0):
        pass
