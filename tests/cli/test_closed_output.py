"""Readers that are gone, or slow: nothing that is written to them changes the exit status."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.cli.closed_output import flush_errors, wait_for_readers
from lading.cli.log import say
from lading.cli.output import Output, write_encoded
from lading.formats.encoders.registry import FORMATS
from lading.model.errors import SafeIOError

JSON = next(one for one in FORMATS if one.id == "json")


@pytest.fixture
def unread() -> Iterator[int]:
    """The end for writing of a pipe that nobody reads."""
    reads, writes = os.pipe()
    os.close(reads)
    yield writes
    os.close(writes)


class Unread(io.StringIO):
    """A stream that nobody reads, until its descriptor leads elsewhere."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.told = 0

    def fileno(self) -> int:
        return self._descriptor

    def flush(self) -> None:
        os.write(self._descriptor, b"x")
        self.told += 1


def test_a_pipe_in_the_place_of_a_file_may_be_closed(unread: int) -> None:
    write_encoded([Output(JSON, Path(f"/dev/fd/{unread}"))], [[b"{}"]])


def test_what_a_device_does_not_take_is_told_by_its_name() -> None:
    with pytest.raises(SafeIOError) as raised:
        write_encoded([Output(JSON, Path("/dev/full"))], [[b"{}"]])
    assert str(raised.value) == "/dev/full: cannot be written: No space left on device"


def test_what_is_said_may_be_read_by_nobody(unread: int, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = Unread(unread)
    monkeypatch.setattr(sys, "stderr", errors)
    say("error", "first")
    assert errors.told == 0
    say("error", "second")
    flush_errors()
    assert errors.told == 2


def test_a_process_that_opens_nothing_says_nothing_more(unread: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(sys, "stderr", Unread(unread))
    monkeypatch.setattr("lading.cli.closed_output.os.open", refuse)
    say("error", "first")
    assert type(sys.stderr) is io.StringIO
    say("error", "second")


def test_slow_readers_are_waited_for() -> None:
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    wait_for_readers((writes,))
    assert os.get_blocking(writes)
    os.close(reads)
    os.close(writes)
    wait_for_readers((-1,))  # one that is closed
