"""What servers ask for in Retry-After."""

import email.utils
import math
import time

import pytest

from lading.net.retry import parse_date, wait_before


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.5),
        ("", 0.5),
        ("-5", 0.5),
        ("1.5", 0.5),
        ("1e9", 0.5),
        ("soon", 0.5),
        ("\0", 0.5),
        ("\u0667", 0.5),
        ("999999999", 999999999.0),
        ("1" * 10, math.inf),
        ("9" * 60_000, math.inf),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.5),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.5),
        ("Mon, 01 Jan 0000 00:00:00 GMT", 0.5),
        ("Mon, 99 Jan 2024 99:99:99 GMT", 0.5),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0.5),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 0.5),
        ("Mon," * 20_000, 0.5),
    ],
)
def test_waits(asked: str, seconds: float) -> None:
    assert wait_before(2, {"retry-after": asked}) == seconds


def test_wait_for_a_date() -> None:
    soon = email.utils.formatdate(time.time() + 3600, usegmt=True)
    assert 3000 < wait_before(2, {"retry-after": soon}) <= 3600


def test_wait_grows_and_is_never_shorter_than_without_being_asked() -> None:
    assert [wait_before(attempt, {}) for attempt in (2, 3, 4, 5)] == [0.5, 1.0, 2.0, 4.0]
    assert wait_before(5, {"retry-after": "1"}) == 4.0


def test_far_date() -> None:
    assert wait_before(2, {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}) > 1e10


def test_dates() -> None:
    assert str(parse_date("Mon, 01 Jan 2024 00:00:00 GMT")) == "2024-01-01 00:00:00+00:00"
    assert parse_date("yesterday") is None
