"""What is too slow, and what is only slow."""

import pytest

from lading.net.pace import MOST_HEAD, Meter, Patience
from lading.net.trouble import Trouble
from tests.net.clocks import HandClock

_SLOW = "answers too slowly; try again later, or wait longer with --timeout"
_SILENT = "stopped answering; try again later, or wait longer with --timeout"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def meter(clock: HandClock) -> Meter:
    """Of two minutes: a minute of silence, 24 seconds for a head and to measure a body by."""
    return Meter(120, clock)


def _wait(meter: Meter, clock: HandClock, waited: float, count: int) -> None:
    clock.now += waited
    meter.note(waited, count)


def test_a_byte_a_second_is_too_slow_for_a_body(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    for _ in range(23):
        _wait(meter, clock, 1, 1)
    with pytest.raises(Trouble) as raised:
        _wait(meter, clock, 1, 1)
    assert (raised.value.what, raised.value.attempts) == (_SLOW, 1)


def test_a_byte_a_second_after_a_quick_start_is_too_slow(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    _wait(meter, clock, 0.1, 1_000_000)
    with pytest.raises(Trouble):
        for _ in range(60):
            _wait(meter, clock, 1, 1)
    assert clock.now < 60


def test_slow_but_steady_takes_its_time(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    for _ in range(100_000):
        _wait(meter, clock, 1, 256)
    assert clock.now == 100_000


def test_bursts_are_steady(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    for _ in range(1000):
        _wait(meter, clock, 50, 20_000)


def test_a_stall_is_no_trickle(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    for _ in range(10):
        _wait(meter, clock, 59, 1448)
        for _ in range(100):
            _wait(meter, clock, 0.01, 1448)


def test_time_in_which_nobody_reads_does_not_count(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    for _ in range(1000):
        clock.now += 100
        _wait(meter, clock, 0.001, 10)


def test_silence(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    assert meter.limit() == 60
    trouble = meter.timed_out()
    assert (trouble.what, trouble.attempts) == (_SILENT, 5)


def test_head_that_does_not_come(meter: Meter, clock: HandClock) -> None:
    meter.begin_head(40)
    assert meter.limit() == 40
    clock.now += 30
    assert meter.limit() == 10
    clock.now += 10
    with pytest.raises(Trouble) as raised:
        meter.limit()
    assert (raised.value.what, raised.value.attempts) == (_SILENT, 5)


def test_head_that_trickles(meter: Meter, clock: HandClock) -> None:
    meter.begin_head(60)
    _wait(meter, clock, 20, 1)
    for _ in range(23):
        assert meter.limit() > 0
        _wait(meter, clock, 1, 1)
    clock.now += 1
    with pytest.raises(Trouble) as raised:
        meter.limit()
    assert (raised.value.what, raised.value.attempts) == (_SLOW, 1)


def test_head_without_end(meter: Meter, clock: HandClock) -> None:
    meter.begin_head(60)
    meter.note(0, MOST_HEAD)
    with pytest.raises(Trouble) as raised:
        meter.note(0, 1)
    assert (raised.value.what, raised.value.attempts) == ("sent headers of more than 262,144 bytes; refused", 1)


def test_next_head_begins_anew(meter: Meter, clock: HandClock) -> None:
    meter.begin_head(60)
    meter.note(0, MOST_HEAD)
    meter.begin_body()
    clock.now += 1000
    meter.begin_head(60)
    meter.note(0, MOST_HEAD)
    assert meter.limit() == 24


def test_rest_that_nobody_wants(meter: Meter, clock: HandClock) -> None:
    meter.begin_body()
    meter.hurry()
    assert meter.limit() == 1
    clock.now += 2
    with pytest.raises(Trouble):
        meter.limit()


def test_patience_without_any_answer(clock: HandClock) -> None:
    patience = Patience(120, clock)
    assert patience.left() == 120
    clock.now += 130
    assert patience.left() == -10


def test_patience_with_a_server_that_puts_off(clock: HandClock) -> None:
    patience = Patience(120, clock)
    clock.now += 100
    patience.renew(60)
    assert patience.left() == 180
    clock.now += 180
    patience.renew(60)
    assert patience.left() == 20
