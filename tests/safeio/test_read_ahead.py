"""Streams that a thread reads ahead."""

import contextlib
import gc
import threading
import weakref

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.read_ahead import ReadAhead, Tally


class _Pieces:
    """Gives pieces, then raises what there is to raise. Counts what it gave."""

    def __init__(self, pieces: list[bytes], error: BaseException | None = None) -> None:
        self._pieces = pieces
        self._error = error
        self._passed = 0
        self.is_closed = False
        self.given = threading.Semaphore(0)

    def read(self, size: int, /) -> bytes:
        if not self._pieces and self._error is not None:
            raise self._error
        piece = self._pieces.pop(0) if self._pieces else b""
        self._passed += len(piece)
        self.given.release()
        return piece

    def passed(self) -> int:
        passed, self._passed = self._passed, 0
        return passed

    def close(self) -> None:
        self.is_closed = True


def test_all_bytes_come_in_order_and_are_told_when_they_do() -> None:
    pieces = _Pieces([bytes([number]) * 10 for number in range(100)])
    told: list[int] = []
    ahead = ReadAhead(pieces, pieces.passed, told.append)
    for _ in range(5):  # as far as the thread goes by itself
        pieces.given.acquire()
    assert told == []
    assert ahead.read(4) == b"\0" * 4
    assert told == [10]
    read = b"\0" * 4
    while piece := ahead.read(7):
        assert len(piece) <= 7
        read += piece
    assert read == b"".join(bytes([number]) * 10 for number in range(100))
    assert told == [10] * 100 + [0]
    assert ahead.read(1) == b""
    ahead.close()
    assert pieces.is_closed


def test_what_goes_wrong_is_raised_where_the_piece_is_missed() -> None:
    pieces = _Pieces([b"one", b"two"], SafeIOError("the rest is missing"))
    ahead = ReadAhead(pieces, pieces.passed, lambda amount: None)
    assert [ahead.read(3), ahead.read(3)] == [b"one", b"two"]
    for _ in range(2):
        with pytest.raises(SafeIOError, match="the rest is missing"):
            ahead.read(3)
    ahead.close()
    assert pieces.is_closed


def test_a_stream_that_nobody_reads_to_its_end_is_closed() -> None:
    before = set(threading.enumerate())
    pieces = _Pieces([b"x"] * 1000)
    ahead = ReadAhead(pieces, pieces.passed, lambda amount: None)
    (thread,) = set(threading.enumerate()) - before
    assert ahead.read(1) == b"x"
    ahead.close()
    assert pieces.is_closed
    assert not thread.is_alive()


def test_one_reads_ahead_of_another() -> None:
    pieces = _Pieces([bytes([number]) * 10 for number in range(100)], SafeIOError("the rest is missing"))
    behind = Tally()
    told: list[int] = []
    ahead = ReadAhead(ReadAhead(pieces, pieces.passed, behind.add), behind.take, told.append)
    for number in range(100):
        assert ahead.read(20) == bytes([number]) * 10
        assert told == [10] * (number + 1)
    with pytest.raises(SafeIOError, match="the rest is missing"):
        ahead.read(20)
    ahead.close()
    assert pieces.is_closed


def test_an_error_keeps_nothing_of_who_met_it() -> None:
    class Failing:
        def read(self, size: int, /) -> bytes:
            raise SafeIOError("the rest is missing")

        def close(self) -> None:
            pass

    def met() -> "weakref.ref[Failing]":
        failing = Failing()
        ahead = ReadAhead(failing, lambda: 0, lambda amount: None)
        with contextlib.suppress(SafeIOError):
            ahead.read(1)
        ahead.close()
        return weakref.ref(failing)

    gc.disable()
    try:
        assert met()() is None
    finally:
        gc.enable()
