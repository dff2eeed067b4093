"""Numbers of any length."""

import pytest

from lading.versions.numbers import number, successor


def test_order() -> None:
    assert (
        number("")
        == number("000")
        < number("1")
        < number("09")
        < number("10")
        < number("9" * 5000)
        < number("1" * 5001)
    )


@pytest.mark.parametrize(
    ("digits", "following"),
    [("0", "1"), ("8", "9"), ("9", "10"), ("199", "200"), ("009", "010"), ("9" * 5000, "1" + "0" * 5000)],
)
def test_successor(digits: str, following: str) -> None:
    assert successor(digits) == following
